// Finished hybrids to play with: a slider from the track to the image crossfades picture and sound.
// It rests on hybrids that were made; between two of them, while it moves, both are mixed.

const EDGE_SECONDS = 0.012 // faded at both ends of a sound, so that its loop does not click
const FOLLOW_SECONDS = 0.015 // how fast gains follow the slider
const HOLD_SECONDS = 1.2 // the track alone, before the first journey
const JOURNEY_SECONDS = 4
const REST_SECONDS = 0.18
const ARROWS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -2, PageUp: 2 }

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches
const percent = (share) => `${Math.round(100 * share)} %`

// All stops of an example, playing in step; the slider says how loud each is.
class Sounds {
  constructor() {
    this.buffers = new Map() // address -> promise of a buffer
    this.playing = false
  }

  async load(example) {
    this.context ??= new AudioContext()
    return Promise.all(
      example.stops.map(({ sound }) => {
        if (!this.buffers.has(sound)) this.buffers.set(sound, this.fetch(sound, example.seconds))
        return this.buffers.get(sound)
      })
    )
  }

  async fetch(address, seconds) {
    try {
      const answer = await fetch(address)
      if (!answer.ok) throw new Error(`the sound is not there (${answer.status})`)
      const buffer = await this.context.decodeAudioData(await answer.arrayBuffer())
      return softened(buffer, Math.min(buffer.length, Math.round(seconds * buffer.sampleRate)))
    } catch (error) {
      this.buffers.delete(address)
      throw error
    }
  }

  // Linear gains that sum to at most one never clip what does not clip itself.
  start(buffers, loudness, x) {
    this.stop()
    const { context } = this
    const begin = context.currentTime + 0.03
    this.out = new GainNode(context)
    this.out.connect(context.destination)
    this.matched = loudness
    this.gains = buffers.map((buffer) => {
      const node = new AudioBufferSourceNode(context, { buffer, loop: true })
      const gain = new GainNode(context, { gain: 0 })
      node.connect(gain).connect(this.out)
      node.start(begin)
      return gain
    })
    Object.assign(this, { begin, length: buffers[0].duration, playing: true })
    this.follow(x)
  }

  follow(x) {
    if (!this.playing) return
    this.levels = this.matched.map((level, k) => level * Math.max(0, 1 - Math.abs(x - k)))
    this.gains.forEach(({ gain }, k) =>
      gain.setTargetAtTime(this.levels[k], this.context.currentTime, FOLLOW_SECONDS)
    )
  }

  get position() {
    return this.playing ? (Math.max(0, this.context.currentTime - this.begin) % this.length) / this.length : 0
  }

  stop() {
    if (!this.playing) return
    this.playing = false
    const { out, context } = this
    out.gain.setTargetAtTime(0, context.currentTime, FOLLOW_SECONDS)
    setTimeout(() => out.disconnect(), 1000 * 10 * FOLLOW_SECONDS)
  }
}

// The first `length` samples, their ends faded: what an encoder padded is left out.
function softened(buffer, length) {
  const { numberOfChannels, sampleRate } = buffer
  const kept = new AudioBuffer({ numberOfChannels, sampleRate, length })
  const edge = Math.round(EDGE_SECONDS * sampleRate)
  for (let channel = 0; channel < numberOfChannels; channel += 1) {
    const samples = buffer.getChannelData(channel).slice(0, length)
    for (let k = 0; k < edge; k += 1) {
      samples[k] *= k / edge
      samples[length - 1 - k] *= k / edge
    }
    kept.copyToChannel(samples, channel)
  }
  return kept
}

// Gray pictures, mixed and coloured on a canvas.
class Pictures {
  constructor(colours) {
    this.grays = new Map() // address -> promise of pixels
    this.table = Array.from({ length: 256 }, (_, gray) => {
      const place = (gray / 255) * (colours.length - 1)
      const low = Math.min(colours.length - 2, Math.floor(place))
      const mixed = colours[low].map((value, k) => value + (place - low) * (colours[low + 1][k] - value))
      return (255 << 24) | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0]
    })
  }

  load(address) {
    if (!this.grays.has(address)) this.grays.set(address, this.read(address))
    return this.grays.get(address)
  }

  async read(address) {
    const image = new Image()
    image.src = address
    await image.decode()
    const { naturalWidth: width, naturalHeight: height } = image
    const context = new OffscreenCanvas(width, height).getContext("2d")
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, width, height)
    return { width, height, gray: Uint8Array.from({ length: width * height }, (_, k) => data[4 * k]) }
  }

  draw(canvas, first, second, share) {
    const { width, height, gray } = first
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    const pixels = new Uint32Array(width * height)
    for (let k = 0; k < pixels.length; k += 1) {
      pixels[k] = this.table[Math.round(gray[k] + share * (second.gray[k] - gray[k]))]
    }
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height)
    canvas.getContext("2d").putImageData(image, 0, 0)
  }
}

class Showcase {
  constructor(root) {
    this.root = root
    this.sounds = new Sounds()
    this.travelled = new Set()
    for (const name of ["tabs", "frame", "picture", "playhead", "play", "slider", "marks", "from",
      "to", "headline", "hint", "seen", "heard", "about", "yours", "trouble"]) {
      this[name] = root.querySelector(`.${name}`)
    }
    this.frame.onclick = () => this.toggle()
    this.slider.oninput = () => this.moved(Number(this.slider.value))
    this.slider.onchange = () => this.rest()
    this.slider.onkeydown = (event) => this.pressed(event)
    this.tabs.onkeydown = (event) => this.walked(event)
    this.yours.onclick = () => this.lead()
    this.others = (event) => event.detail !== this && this.pause()
  }

  show(data, leave) {
    document.addEventListener(PLAYS, this.others)
    this.leave = leave
    const wanted = JSON.stringify(data)
    if (this.wanted === wanted) return
    Object.assign(this, { wanted, data, pictures: new Pictures(data.colours) })
    const levels = data.examples.flatMap(({ stops }) => stops.map((stop) => stop.loudness))
    this.quietest = Math.min(...levels)
    this.tabs.replaceChildren(...data.examples.map((example) => this.tab(example)))
    this.choose(data.examples[0])
  }

  tab(example) {
    const tab = document.createElement("button")
    Object.assign(tab, { type: "button", className: "tab" })
    tab.dataset.name = example.name
    tab.setAttribute("role", "tab")
    tab.setAttribute("aria-controls", "stage")
    const picture = document.createElement("canvas")
    picture.setAttribute("aria-hidden", "true")
    tab.append(picture, example.title)
    tab.onclick = () => this.choose(example)
    this.pictures
      .load(example.stops[example.opening].picture)
      .then((shown) => this.pictures.draw(picture, shown, shown, 0), () => {})
    return tab
  }

  choose(example) {
    const wasPlaying = Boolean(this.wanting)
    this.example = example
    this.pause()
    for (const tab of this.tabs.children) {
      const chosen = tab.dataset.name === example.name
      tab.setAttribute("aria-selected", String(chosen))
      tab.tabIndex = chosen ? 0 : -1
    }
    const { title, image, track, stops } = example
    const [seen, heard] = [image.toLowerCase(), track.toLowerCase()]
    this.frame.style.aspectRatio = example.aspect
    this.slider.max = String(stops.length - 1)
    this.slider.setAttribute("aria-label", `From the ${heard} to the ${seen}`)
    this.headline.textContent = title
    this.hint.textContent = `Press play, then drag from the ${heard} to the ${seen}. What you see is the spectrogram of what you hear.`
    this.from.textContent = track
    this.to.textContent = image
    this.marks.replaceChildren(...stops.map(() => document.createElement("i")))
    this.goal = example.opening
    this.move(example.opening)
    this.fetchPictures(example)
    if (wasPlaying) this.start()
  }

  // Those near the one on show come first.
  async fetchPictures(example) {
    const near = ({ place }) => Math.abs(place - example.opening)
    const all = example.stops.map(({ picture }, place) => ({ picture, place }))
    for (const { picture } of all.sort((a, b) => near(a) - near(b))) {
      const stop = example.stops.find((other) => other.picture === picture)
      stop.shown = await this.pictures.load(picture).catch(() => undefined)
      if (this.example === example) this.draw()
    }
  }

  get last() {
    return this.example.stops.length - 1
  }

  // What a person does ends the journey.
  moved(x) {
    cancelAnimationFrame(this.journey)
    this.travelled.add(this.example.name)
    this.goal = x
    this.move(x)
  }

  move(x) {
    this.x = Math.min(this.last, Math.max(0, x))
    this.slider.value = String(this.x)
    this.sounds.follow(this.x)
    this.tell()
    this.draw()
  }

  tell() {
    const { stops, image, track } = this.example
    const low = Math.min(this.last - 1, Math.floor(this.x))
    const part = this.x - low
    const between = (key) => stops[low][key] + part * (stops[low + 1][key] - stops[low][key])
    for (const key of ["seen", "heard"]) {
      const share = between(key)
      this[key].textContent = percent(share)
      this[key].nextElementSibling.firstElementChild.style.width = `${100 * share}%`
    }
    const words = `Picture ${percent(between("seen"))}, sound ${percent(between("heard"))}`
    const place = Math.round(this.x)
    const ends = { 0: `${track} alone`, [this.last]: "Most of the image" }
    const which = ends[place] ?? `Hybrid ${place} of ${this.last}`
    this.about.textContent = which
    this.slider.setAttribute("aria-valuetext", `${which}: ${words.toLowerCase()}`)
    this.picture.setAttribute("aria-label", `Spectrogram of ${image} in ${track}: ${words.toLowerCase()}`)
    this.slider.style.setProperty("--at", `${(100 * this.x) / this.last}%`)
  }

  draw() {
    const { stops } = this.example
    const low = Math.min(this.last - 1, Math.floor(this.x))
    const [first, second] = [stops[low].shown, stops[low + 1].shown]
    const there = first ?? second
    if (there) this.pictures.draw(this.picture, there, second ?? there, first ? this.x - low : 0)
  }

  // Go somewhere in a given time, or at once where motion is not wanted.
  glide(to, seconds, hold = 0) {
    cancelAnimationFrame(this.journey)
    const from = this.x
    this.goal = to
    if (still() || !seconds) return this.move(to)
    const begin = performance.now() + 1000 * hold
    const step = (now) => {
      const part = Math.min(1, Math.max(0, (now - begin) / (1000 * seconds)))
      this.move(from + (to - from) * part * part * (3 - 2 * part))
      if (part < 1) this.journey = requestAnimationFrame(step)
    }
    this.journey = requestAnimationFrame(step)
  }

  rest() {
    this.glide(Math.round(this.x), REST_SECONDS)
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const near = Math.round(this.goal)
    const to = { ...ARROWS, Home: -this.last, End: this.last }[event.key]
    if (to !== undefined) {
      this.travelled.add(this.example.name)
      this.glide(Math.min(this.last, Math.max(0, near + to)), REST_SECONDS)
    } else if (event.key === " ") {
      this.toggle()
    } else {
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  walked(event) {
    const tabs = [...this.tabs.children]
    const at = tabs.indexOf(event.target.closest(".tab"))
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to === undefined) return
    const tab = tabs[(to + tabs.length) % tabs.length]
    tab.focus()
    tab.click()
    event.preventDefault()
    event.stopPropagation()
  }

  toggle() {
    if (!this.wanting) return this.start()
    this.pause()
    this.rest()
  }

  async start() {
    const { example, sounds } = this
    this.wanting = example
    document.dispatchEvent(new CustomEvent(PLAYS, { detail: this }))
    this.trouble.hidden = true
    this.drawPlay()
    try {
      const buffers = await sounds.load(example)
      if (this.wanting !== example) return
      const gains = example.stops.map(({ loudness }) => 10 ** ((this.quietest - loudness) / 20))
      const first = !this.travelled.has(example.name) && !still()
      if (first) this.move(0)
      sounds.start(buffers, gains, this.x)
      if (first) this.glide(example.opening, JOURNEY_SECONDS, HOLD_SECONDS)
      this.travelled.add(example.name)
    } catch (error) {
      this.pause()
      this.trouble.textContent = `It cannot be played: ${error.message}. Reload the page.`
      this.trouble.hidden = false
    }
    this.drawPlay()
  }

  pause() {
    cancelAnimationFrame(this.journey)
    this.wanting = null
    this.sounds.stop()
    this.drawPlay()
  }

  leavePage() {
    document.removeEventListener(PLAYS, this.others)
    this.pause()
    this.after?.()
  }

  drawPlay() {
    const { playing } = this.sounds
    this.root.classList.toggle("loading", Boolean(this.wanting) && !playing)
    this.root.classList.toggle("playing", playing)
    const verb = this.wanting ? "Pause" : "Play"
    this.play.querySelector("span").textContent = verb
    this.play.setAttribute("aria-label", `${verb} ${this.example.title}`)
    cancelAnimationFrame(this.ticking)
    this.playhead.hidden = !playing
    if (playing) this.tick()
  }

  tick() {
    this.playhead.style.left = `${100 * this.sounds.position}%`
    this.ticking = requestAnimationFrame(() => this.tick())
  }

  // The focus goes to the chosen image, below; once the examples have folded away, the page is short
  // enough to be seen from its top.
  lead() {
    const goal = document.querySelector(`.${this.data.goal}`)
    const roots = [...(goal?.querySelectorAll("*") ?? [])].map((node) => node.shadowRoot)
    const chosen = roots.map((inside) => inside?.querySelector('[role="radio"][tabindex="0"]'))
    goal?.scrollIntoView({ block: "start" })
    chosen.find(Boolean)?.focus({ preventScroll: true })
    this.after = () => goal?.closest('[data-testid="stMain"]')?.scrollTo({ top: 0 })
    this.leave()
  }
}

const showcases = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".showcase")
  if (!showcases.has(root)) showcases.set(root, new Showcase(root))
  const showcase = showcases.get(root)
  showcase.show(data, () => setTriggerValue("left", true))
  return () => showcase.leavePage()
}
