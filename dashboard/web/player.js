// A spectrogram that plays: picture, playhead, seeking, and switching between sounds at the same
// place and at matched loudness. All sound goes through Web Audio, so that a switch is a short
// crossfade between two sources that run at the same position.

const FADE_SECONDS = 0.04
const ADOPT_MS = 1500

// A page may take the component away and put it back while it reruns; the sound goes on meanwhile.
const engines = (window.mossEngines ??= new Map())

class Engine {
  constructor() {
    this.buffers = new Map() // source id -> { url, buffer }
    this.coming = new Map() // address -> promise
    this.playing = false
    this.offset = 0
    this.duration = 0
    this.wanted = null
  }

  get position() {
    if (!this.playing || !this.duration) return this.offset
    return (this.offset + this.context.currentTime - this.startedAt) % this.duration
  }

  // Fetch and decode a source's latest sound; what is there already stays until it has come.
  load(source) {
    if (this.buffers.get(source.id)?.url === source.sound) return Promise.resolve()
    if (!this.coming.has(source.sound)) {
      const done = this.fetch(source).finally(() => this.coming.delete(source.sound))
      this.coming.set(source.sound, done)
    }
    return this.coming.get(source.sound)
  }

  async fetch(source) {
    const answer = await fetch(source.sound)
    if (!answer.ok) throw new Error(`the sound is not there (${answer.status})`)
    const decoder = new OfflineAudioContext(1, 1, source.sample_rate)
    const buffer = await decoder.decodeAudioData(await answer.arrayBuffer())
    this.buffers.set(source.id, { url: source.sound, buffer })
    this.duration = buffer.duration
  }

  async play(id, gain) {
    this.context ??= new AudioContext()
    await this.context.resume()
    const position = this.position
    const now = this.context.currentTime
    const node = this.context.createBufferSource()
    node.buffer = this.buffers.get(id).buffer
    node.loop = true
    const fader = this.context.createGain()
    fader.gain.setValueAtTime(0, now)
    fader.gain.linearRampToValueAtTime(gain, now + FADE_SECONDS)
    node.connect(fader).connect(this.context.destination)
    node.start(now, position % node.buffer.duration)
    this.fadeOut()
    Object.assign(this, { node, fader, playing: true, offset: position, startedAt: now })
    this.heard = this.buffers.get(id).url
    this.gain = gain
  }

  setGain(gain) {
    if (!this.fader || gain === this.gain) return
    this.gain = gain
    this.fader.gain.linearRampToValueAtTime(gain, this.context.currentTime + FADE_SECONDS)
  }

  fadeOut() {
    if (!this.node) return
    const end = this.context.currentTime + FADE_SECONDS
    this.fader.gain.cancelScheduledValues(this.context.currentTime)
    this.fader.gain.setValueAtTime(this.gain, this.context.currentTime)
    this.fader.gain.linearRampToValueAtTime(0, end)
    this.node.stop(end)
    this.node = null
  }

  pause() {
    this.offset = this.position
    this.playing = false
    this.heard = null
    if (this.context) this.fadeOut()
  }
}

const players = new WeakMap()

function clock(seconds) {
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, "0")}`
}

class Player {
  constructor(root, key) {
    this.root = root
    this.key = key
    this.engine = engines.get(key) ?? new Engine()
    engines.set(key, this.engine)
    clearTimeout(this.engine.leaving)
    for (const name of ["frame", "picture", "target", "playhead", "note", "readout", "play",
      "seek", "time", "sources", "peek", "trouble"]) {
      this[name] = root.querySelector(`.${name}`)
    }
    this.play.onclick = () => this.toggle()
    this.engine.toggle = () => this.toggle() // for what else on the page plays this section
    this.seek.oninput = () => this.go(Number(this.seek.value))
    this.peek.onclick = () => this.setPeek(this.target.hidden)
    this.frame.onpointerdown = (event) => {
      this.frame.setPointerCapture(event.pointerId)
      this.goTo(event)
    }
    this.frame.onpointermove = (event) => {
      if (event.buttons) this.goTo(event)
      this.readOut(event)
    }
    root.onkeydown = (event) => this.pressed(event)
    // The space bar plays wherever the focus is on nothing that has a use for it.
    this.anywhere = (event) => {
      const ours = event.key === " " || this.data?.arrows
      if (event.target === document.body && ours) this.pressed(event)
    }
    document.addEventListener("keydown", this.anywhere)
    this.draw()
  }

  leave() {
    document.removeEventListener("keydown", this.anywhere)
    cancelAnimationFrame(this.frameRequest)
    this.engine.leaving = setTimeout(() => {
      this.engine.pause()
      engines.delete(this.key)
    }, ADOPT_MS)
  }

  show(data) {
    this.data = data
    this.root.style.setProperty("--aspect", data.aspect)
    const place = `${data.start} ${data.duration}`
    if (this.place !== undefined && this.place !== place) this.engine.offset = 0
    this.place = place
    this.ticks("x", data.ticks_x, "left")
    this.ticks("y", data.ticks_y, "bottom")
    this.root.querySelector(".unit").hidden = !data.ticks_y.length
    if (!data.sources.some((source) => source.id === this.engine.wanted)) {
      this.engine.wanted = data.sources[0]?.id ?? null
    }
    this.peek.hidden = !data.target
    this.drawSources()
    const { engine } = this
    const asked = engine.played !== undefined && data.played > engine.played
    engine.played = data.played
    if (asked) this.hear(data.sources[0]?.id)
    else this.update()
  }

  // Play a source from where the last one is; what plays goes on until its sound has come.
  async hear(id) {
    this.choose(id)
    const source = this.source
    if (!source?.sound) return
    try {
      await this.engine.load(source)
      if (this.source?.id === id) await this.sound()
    } catch (error) {
      this.complain(error)
    }
    this.draw()
  }

  get source() {
    return this.data.sources.find((source) => source.id === this.engine.wanted)
  }

  gainOf(source) {
    const quietest = Math.min(...this.data.sources.map((other) => other.loudness))
    return Math.min(1, 10 ** ((quietest - source.loudness) / 20))
  }

  // Bring picture and sound to the source that is wanted, at its latest.
  async update() {
    const source = this.source
    this.play.disabled = !source?.sound
    if (!source) return
    this.swap(this.picture, source.picture, source.alt)
    if (this.data.target) this.swap(this.target, this.data.target, this.data.target_alt)
    this.note.textContent = source.note
    if (!source.sound || (!this.engine.playing && this.engine.buffers.has(source.id))) return
    try {
      await this.engine.load(source)
      this.trouble.hidden = true
    } catch (error) {
      const known = this.engine.buffers.has(source.id)
      if (!known) this.complain(error)
    }
    if (this.engine.playing && this.source === source) await this.sound()
  }

  async sound() {
    const source = this.source
    const loaded = this.engine.buffers.get(source.id)
    if (!loaded) return
    if (this.engine.heard === loaded.url) this.engine.setGain(this.gainOf(source))
    else await this.engine.play(source.id, this.gainOf(source))
    this.root.dataset.heard = source.id
  }

  async toggle() {
    if (this.engine.playing) {
      this.engine.pause()
    } else if (this.source?.sound) {
      try {
        if (!this.engine.buffers.has(this.source.id)) await this.engine.load(this.source)
        await this.sound()
        this.update()
      } catch (error) {
        this.complain(error)
      }
    }
    this.draw()
  }

  complain(error) {
    this.trouble.textContent = `It cannot be played: ${error.message}. Wait for the next step, or reload the page.`
    this.trouble.hidden = false
  }

  choose(id) {
    this.engine.wanted = id
    this.drawSources()
    this.update()
  }

  async go(seconds) {
    const { engine } = this
    const last = Math.max(0, this.length - 0.01)
    const wasPlaying = engine.playing
    if (wasPlaying) engine.pause()
    engine.offset = Math.min(last, Math.max(0, seconds))
    if (wasPlaying) await this.sound()
    this.draw()
  }

  goTo(event) {
    this.go(this.across(event) * this.length)
  }

  across(event) {
    const box = this.frame.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
  }

  readOut(event) {
    const box = this.frame.getBoundingClientRect()
    const up = 1 - (event.clientY - box.top) / box.height
    const { hertz, start } = this.data
    if (!hertz?.length) return
    const place = Math.min(1, Math.max(0, up)) * (hertz.length - 1)
    const below = Math.min(hertz.length - 2, Math.floor(place))
    const frequency = hertz[below] + (place - below) * (hertz[below + 1] - hertz[below])
    const seconds = start + this.across(event) * this.length
    this.readout.textContent =
      `${seconds.toFixed(2)} s, ${Math.round(frequency).toLocaleString("en-US")} Hz`
  }

  get length() {
    return this.data?.duration ?? 0
  }

  pressed(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }
    const typed = event.target.closest?.("button, input")
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === " " && !(typed && typed !== this.seek && this.root.contains(typed))) {
      this.toggle()
    } else if (event.key in steps) {
      this.go(this.engine.position + steps[event.key])
    } else {
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  setPeek(on) {
    this.target.hidden = !on
    this.peek.setAttribute("aria-pressed", String(on))
  }

  ticks(axis, places, side) {
    const holder = this.root.querySelector(`.ticks.${axis}`)
    const wanted = JSON.stringify(places)
    if (holder.dataset.places === wanted) return
    holder.dataset.places = wanted
    holder.replaceChildren(
      ...places.map(([place, label]) => {
        const tick = document.createElement("span")
        tick.textContent = label
        tick.style[side] = `${100 * place}%`
        return tick
      })
    )
  }

  drawSources() {
    const { sources } = this.data
    const wanted = JSON.stringify(sources.map(({ id, label }) => [id, label]))
    if (this.sources.dataset.wanted !== wanted) {
      this.sources.dataset.wanted = wanted
      this.sources.replaceChildren(
        ...sources.map(({ id, label }) => {
          const button = document.createElement("button")
          button.type = "button"
          button.textContent = label
          button.onclick = () => this.choose(id)
          return button
        })
      )
    }
    this.sources.hidden = sources.length < 2
    sources.forEach(({ id }, index) => {
      this.sources.children[index].setAttribute("aria-pressed", String(id === this.engine.wanted))
    })
  }

  // The old picture stays until the new one has come.
  swap(image, url, alt) {
    image.alt = alt
    if (image.dataset.wanted === url) return
    image.dataset.wanted = url
    const coming = new Image()
    coming.onload = () => {
      if (image.dataset.wanted === url) image.src = url
    }
    coming.src = url
  }

  draw() {
    cancelAnimationFrame(this.frameRequest)
    const { engine, length } = this
    const position = Math.min(engine.position, length)
    this.root.classList.toggle("playing", engine.playing)
    this.play.setAttribute("aria-label", engine.playing ? "Pause sound" : "Play sound")
    this.playhead.hidden = !engine.playing && position === 0
    this.playhead.style.left = `${length ? (100 * position) / length : 0}%`
    this.seek.max = String(length)
    this.seek.value = String(position)
    const start = this.data?.start ?? 0
    this.seek.setAttribute("aria-valuetext", `${(start + position).toFixed(1)} seconds`)
    this.time.textContent = length ? `${clock(start + position)} / ${clock(start + length)}` : ""
    if (engine.playing) this.frameRequest = requestAnimationFrame(() => this.draw())
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".player")
  let player = players.get(root)
  if (!player || player.key !== data.key) {
    player?.leave()
    player = new Player(root, data.key)
    players.set(root, player)
  }
  player.show(data)
  player.draw()
  return () => {
    players.get(root)?.leave()
    players.delete(root)
  }
}
