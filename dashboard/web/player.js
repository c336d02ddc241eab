// A spectrogram that plays: picture, playhead, seeking, switching between sounds at the same place
// and at matched loudness. The sound is in player_engine.js, drawing in player_plot.js, pointers in
// player_pointers.js, keys in player_keys.js.

const ADOPT_MS = 1500
const IDLE_LOAD_MS = 4000
const ECHO_MS = 4000

const AXES = [
  { id: "linear", label: "Linear" },
  { id: "log", label: "Logarithmic" },
  { id: "mel", label: "Mel" },
]

const players = new WeakMap()

class Player {
  constructor(root, key) {
    this.root = root
    this.key = key
    this.engine = engines.get(key) ?? new Engine()
    engines.set(key, this.engine)
    clearTimeout(this.engine.leaving)
    for (const name of ["frame", "picture", "target", "screen", "playhead", "note", "readout",
      "sound", "peaks", "needle", "play", "seek", "time", "sources", "swap", "peek", "mute",
      "volume", "unloop", "open", "help", "panel", "choices", "colours", "axis", "hearing", "hear", "later",
      "wider", "finer", "coarser", "all", "from", "to", "trouble", "sheet"]) {
      this[name] = root.querySelector(`.${name}`)
    }
    this.plot = new Plot(this.screen)
    this.gray = new Map() // image element -> its gray values
    this.sizes = new ResizeObserver(() => this.measure())
    this.sizes.observe(this.frame)
    this.engine.toggle = () => this.toggle() // for what else on the page plays this section
    this.listen()
    window.mossLatest = this
  }

  listen() {
    const { root } = this
    this.play.onclick = () => this.toggle()
    this.seek.oninput = () => this.go(Number(this.seek.value))
    this.swap.onclick = () => this.swapBack()
    this.peek.onclick = () => this.setPeek(this.target.hidden)
    this.mute.onclick = () => set({ muted: !settings.muted })
    this.volume.oninput = () => set({ volume: Number(this.volume.value) / 100, muted: false })
    this.unloop.onclick = () => this.clearLoop()
    this.open.onclick = () => this.openPanel()
    this.help.onclick = () => this.showKeys()
    this.colours.onchange = () => set({ colours: this.colours.value })
    this.axis.onchange = () => this.turn(this.axis.value)
    this.hear.onchange = () => set({ hear: this.hear.value })
    this.later.onclick = () => this.zoom(1 / ZOOM, 1)
    this.wider.onclick = () => this.zoom(ZOOM, 1)
    this.finer.onclick = () => this.zoom(1, 1 / ZOOM)
    this.coarser.onclick = () => this.zoom(1, ZOOM)
    this.all.onclick = () => this.showAll()
    this.from.onclick = () => this.loopFrom()
    this.to.onclick = () => this.loopTo()
    listenToPointers(this)
    root.onpointerdown = () => (window.mossLatest = this)
    root.onkeydown = (event) => this.pressed(event)
    // Where the focus is on nothing that has a use for a key, it is the latest player's.
    this.anywhere = (event) => {
      const { target, key } = event
      const letter = key.length === 1 && key !== " "
      const button = letter && target.matches?.(BUTTONS) && !target.closest("[role=dialog]")
      const free = target === document.body || button
      const ours = window.mossLatest === this || !window.mossLatest?.root.isConnected
      if (!free || !ours || !this.data || event.defaultPrevented) return
      if (pressed(this, event, false)) event.preventDefault()
    }
    this.adapt = () => this.showSettings()
    this.others = ({ detail }) => detail !== this.engine && this.rest()
    document.addEventListener("keydown", this.anywhere)
    document.addEventListener(PLAYS, this.others)
    window.addEventListener(CHANGED, this.adapt)
  }

  leave() {
    document.removeEventListener("keydown", this.anywhere)
    document.removeEventListener(PLAYS, this.others)
    window.removeEventListener(CHANGED, this.adapt)
    this.sizes.disconnect()
    cancelAnimationFrame(this.request)
    clearTimeout(this.laterLoad)
    this.engine.leaving = setTimeout(() => {
      this.engine.pause()
      engines.delete(this.key)
    }, ADOPT_MS)
  }

  show(data) {
    this.data = data
    this.root.style.setProperty("--aspect", data.aspect)
    const { engine } = this
    const { start, duration, low, high, axis } = data
    const place = JSON.stringify([start, duration, low, high, axis])
    if (engine.place !== undefined && engine.place !== place) engine.renew()
    engine.place = place
    if (!data.sources.some((source) => source.id === engine.wanted)) {
      engine.wanted = data.sources[0]?.id ?? null
    }
    this.peek.hidden = !data.target
    if (!data.target) this.setPeek(false)
    offer(this.axis, AXES, axis, "as painted")
    offer(this.colours, COLOURS, data.colours, "as it comes")
    this.drawSources()
    this.drawChoices()
    this.showSettings()
    this.takeFocus(data.focus)
    const asked = engine.played !== undefined && data.played > engine.played
    engine.played = data.played
    if (asked) this.hearSource(data.sources[0]?.id)
    else this.update()
  }

  // Once for each time that the page asks, and never out of something that is being written.
  takeFocus(asked) {
    if (!asked) return
    const served = window.mossFocused ?? 0
    window.mossFocused = asked
    const busy = document.activeElement?.matches("input, textarea, select, [contenteditable]")
    if (asked > served && !busy) this.root.focus({ preventScroll: true })
  }

  // Play a source from where the last one is; what plays goes on until its sound has come.
  async hearSource(id) {
    this.choose(id)
    const source = this.source
    if (!source?.sound) return
    try {
      await this.engine.load(source)
      if (this.source?.id === id) await this.sing()
    } catch (error) {
      this.complain(error)
    }
    this.draw()
  }

  get source() {
    return this.data.sources.find((source) => source.id === this.engine.wanted)
  }

  get loaded() {
    return this.source && this.engine.has(this.source) ? this.engine.buffers.get(this.source.id) : null
  }

  // Seconds of the canvas, and of the sound, which may be shorter.
  get seconds() {
    return this.data?.duration ?? 0
  }

  get length() {
    return Math.min(this.seconds, this.loaded?.buffer.duration ?? this.seconds)
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
    this.bring(this.picture, source.picture, source.alt)
    if (this.data.target) this.bring(this.target, this.data.target, this.data.target_alt)
    if (this.note.textContent !== source.note) this.note.textContent = source.note
    clearTimeout(this.laterLoad)
    if (!source.sound) return this.redraw()
    if (!this.engine.playing && this.engine.has(source)) {
      // A run makes a sound every few seconds: while none is heard, not each has to come.
      const due = (this.engine.idle ?? 0) + IDLE_LOAD_MS - performance.now()
      if (due > 0) {
        this.laterLoad = setTimeout(() => this.update(), due)
        return this.redraw()
      }
    }
    this.engine.idle = performance.now()
    try {
      await this.engine.load(source)
      this.trouble.hidden = true
    } catch (error) {
      if (!this.engine.has(source)) this.complain(error)
    }
    if (this.engine.playing && this.source?.id === source.id) await this.sing()
    this.redraw()
  }

  // Let what is there of the wanted source be heard.
  async sing(again = false) {
    const { source, engine } = this
    const loaded = source && engine.buffers.get(source.id)
    if (!loaded) return
    if (engine.heard === loaded.url && !again) engine.setGain(this.gainOf(source))
    else await engine.play(source.id, this.gainOf(source))
    this.root.dataset.heard = source.id
  }

  // Something else on the page begins to sound.
  rest() {
    if (!this.engine.playing) return
    this.engine.pause()
    this.redraw()
  }

  async toggle() {
    if (this.engine.playing) {
      this.engine.pause()
    } else if (this.source?.sound) {
      try {
        if (!this.engine.has(this.source)) await this.engine.load(this.source)
        await this.sing()
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
    const { engine } = this
    if (engine.wanted !== id) engine.before = engine.wanted
    engine.wanted = id
    this.drawSources()
    this.update()
  }

  swapBack() {
    const others = this.data.sources.filter(({ id }) => id !== this.engine.wanted)
    const back = others.find(({ id }) => id === this.engine.before) ?? others[0]
    if (back) this.choose(back.id)
  }

  async go(seconds) {
    const { engine } = this
    const last = Math.max(0, this.length - 0.01)
    const wasPlaying = engine.playing
    if (wasPlaying) engine.pause()
    engine.offset = clamp(seconds, 0, last)
    if (wasPlaying) await this.sing()
    this.draw()
  }

  loopFrom() {
    const { loop, position } = this.engine
    this.setLoop({ from: position, to: loop && loop.to > position ? loop.to : this.length })
  }

  loopTo() {
    const { loop, position } = this.engine
    this.setLoop({ from: loop && loop.from < position ? loop.from : 0, to: position })
  }

  clearLoop() {
    this.setLoop(null)
    this.play.focus() // the button is gone
  }

  setLoop(loop) {
    const { engine } = this
    const from = clamp(loop?.from ?? 0, 0, this.length)
    const to = clamp(loop?.to ?? 0, 0, this.length)
    engine.loop = loop && to - from >= LEAST_LOOP_SECONDS ? { from, to } : null
    const outside = engine.loop && (engine.position < from || engine.position >= to)
    if (engine.loop && !engine.playing && outside) engine.offset = from
    if (engine.playing) {
      if (outside) this.go(from)
      else this.sing(true)
    }
    this.drawLoop()
    this.draw()
  }

  drawLoop(draft = this.engine.loop) {
    const { left, right } = this.engine.view
    const { seconds } = this
    for (const part of this.root.querySelectorAll(".part")) {
      part.hidden = !draft
      if (!draft) continue
      const at = (time) => (100 * (time / seconds - left)) / (right - left)
      part.style.left = `${at(draft.from)}%`
      part.style.width = `${at(draft.to) - at(draft.from)}%`
    }
    this.unloop.hidden = !this.engine.loop
  }

  // Time (s of the section) and height (0 to 1 on the axis) under a pointer.
  under(event) {
    const box = this.frame.getBoundingClientRect()
    const { left, right, bottom, top } = this.engine.view
    const across = clamp((event.clientX - box.left) / box.width, 0, 1)
    const up = clamp(1 - (event.clientY - box.top) / box.height, 0, 1)
    return {
      across,
      up,
      time: (left + across * (right - left)) * this.seconds,
      height: bottom + up * (top - bottom),
    }
  }

  readOut(event) {
    const { time, height } = this.under(event)
    const hertz = Math.round(this.scale.hertz(height)).toLocaleString("en-US")
    this.readout.textContent = `${(this.data.start + time).toFixed(2)} s, ${hertz} Hz`
  }

  // Zoom about a place in view, where the playhead is if none is given.
  zoom(byTime, byHertz, across = this.inView() ?? 0.5, up = 0.5) {
    this.look(zoomed(this.engine.view, across, up, byTime, byHertz, this.seconds))
  }

  pan(right, up) {
    const { view } = this.engine
    if (!zoomedIn(view)) return false
    this.look(moved(view, right * (view.right - view.left), up * (view.top - view.bottom)))
    return true
  }

  showAll() {
    this.look(whole())
  }

  look(view) {
    this.engine.view = view
    this.redraw()
  }

  // Another frequency axis, with the same frequencies in view.
  turn(axis) {
    const { view } = this.engine
    const [low, high] = [this.scale.hertz(view.bottom), this.scale.hertz(view.top)]
    set({ axis })
    const bottom = view.bottom > 0 ? clamp(this.scale.height(low), 0, 1) : 0
    const top = view.top < 1 ? clamp(this.scale.height(high), bottom + LEAST_VIEW_SHARE, 1) : 1
    this.look({ ...view, bottom, top })
  }

  // Where the playhead is in view, 0 to 1; null if it is not.
  inView(position = this.engine.position) {
    const { left, right } = this.engine.view
    const place = (position / (this.seconds || 1) - left) / (right - left)
    return place >= 0 && place <= 1 ? place : null
  }

  pressed(event) {
    window.mossLatest = this
    if (this.sheet.open) {
      if (event.key === "?") this.sheet.close()
      event.stopPropagation() // Escape closes it by itself
      return
    }
    if (pressed(this, event, true)) event.preventDefault()
    // The page sees the whole player where the key was pressed: what a field uses stays in it.
    else if (!event.target.closest("input, select") || event.key === "Tab") return
    event.stopPropagation()
  }

  openPanel() {
    set({ panel: !settings.panel })
    if (settings.panel) this.panel.scrollIntoView({ block: "nearest" })
  }

  showKeys() {
    if (this.sheet.open) return
    fillSheet(this.sheet.querySelector("dl"), this.data.arrows)
    this.sheet.showModal()
  }

  setPeek(on) {
    this.target.hidden = !on
    this.peek.setAttribute("aria-pressed", String(on))
    this.redraw()
  }

  showSettings() {
    const { volume, muted, colours, axis, hear, panel } = settings
    this.root.classList.toggle("muted", muted || volume === 0)
    this.mute.setAttribute("aria-pressed", String(muted))
    this.volume.value = String(Math.round(100 * volume))
    this.volume.setAttribute("aria-valuetext", muted ? "muted" : `${Math.round(100 * volume)} %`)
    fill(this.volume, muted ? 0 : volume)
    this.panel.hidden = !panel
    this.open.setAttribute("aria-expanded", String(panel))
    this.hear.value = hear
    if (!this.data) return
    const { data } = this
    this.colours.value = colours === data.colours ? "own" : colours
    this.axis.value = axis === data.axis ? "own" : axis
    this.painted = new Scale(data.axis, data.low, data.high)
    this.scale = axis === "own" ? this.painted : new Scale(axis, data.low, data.high)
    const heard = this.heardWith
    this.heardWith = hear
    if (heard !== undefined && heard !== hear && this.engine.playing) this.sing(true)
    this.redraw()
  }

  drawSources() {
    const { sources } = this.data
    const wanted = JSON.stringify(sources.map(({ id, label }) => [id, label]))
    if (this.sources.dataset.wanted !== wanted) {
      this.sources.dataset.wanted = wanted
      this.sources.replaceChildren(
        ...sources.map(({ id, label }, index) => {
          const button = document.createElement("button")
          button.type = "button"
          button.textContent = label
          if (index < 9) button.title = `Hear it at the same place (${index + 1})`
          button.onclick = () => this.choose(id)
          return button
        })
      )
    }
    this.sources.hidden = sources.length < 2
    this.swap.hidden = sources.length < 2
    sources.forEach(({ id }, index) => {
      this.sources.children[index].setAttribute("aria-pressed", String(id === this.engine.wanted))
    })
  }

  // What the page chooses; a poll that has not yet heard of a choice does not take it back.
  drawChoices() {
    const { choices } = this.data
    const wanted = JSON.stringify(choices.map(({ id, label, offered }) => [id, label, offered]))
    if (this.choices.dataset.wanted !== wanted) {
      this.choices.dataset.wanted = wanted
      this.choices.replaceChildren(...choices.map((choice) => this.choiceOf(choice)))
    }
    choices.forEach(({ value }, index) => {
      const select = this.choices.children[index].querySelector("select")
      if (!(performance.now() < select.held)) select.value = value
    })
  }

  choiceOf({ id, label, offered, help }) {
    const [holder, select] = [document.createElement("label"), document.createElement("select")]
    select.append(...offered.map(([value, name]) => new Option(name, value)))
    select.onchange = () => {
      select.held = performance.now() + ECHO_MS
      this.tell("chosen", { id, value: select.value })
    }
    holder.title = help
    holder.append(label, select)
    return holder
  }

  // The old picture stays until the new one has come.
  bring(image, url, alt) {
    image.alt = alt
    if (image.dataset.wanted === url) return
    image.dataset.wanted = url
    const coming = new Image()
    coming.onload = () => {
      if (image.dataset.wanted !== url) return
      image.src = url
      this.gray.set(image, grays(coming))
      this.redraw()
    }
    coming.src = url
  }

  measure() {
    const [width, height, tall] = [this.frame.clientWidth, this.frame.clientHeight, this.sound.clientHeight]
    this.size = { width, height, tall }
    this.redraw()
  }

  // Draw everything with the next frame.
  redraw() {
    this.stale = true
    this.request ??= requestAnimationFrame(() => this.tick())
  }

  tick() {
    this.request = null
    if (this.stale && this.data && this.size) this.drawAll()
    this.draw()
  }

  drawAll() {
    this.stale = false
    const { view } = this.engine
    const { width, height, tall } = this.size
    const { start, colours } = this.data
    const gray = this.gray.get(this.target.hidden ? this.picture : this.target)
    this.screen.hidden = !gray
    const palette = settings.colours === "own" ? colours : settings.colours
    this.plot.paint(gray, palette, this.painted, this.scale, view, width, height)
    const [from, to] = [view.left * this.seconds, view.right * this.seconds]
    this.ticks("x", timeTicks(start + from, start + to, width), "left")
    this.ticks("y", hertzTicks(this.scale, view, height), "bottom")
    const { loaded } = this
    if (loaded) loaded.peaks ??= peaksOf(loaded.buffer)
    const colour = getComputedStyle(this.sound).color
    drawWave(this.peaks, loaded?.peaks, loaded?.buffer.sampleRate ?? 1, from, to, colour, width, tall)
    this.hearing.hidden = loaded?.buffer.numberOfChannels !== 2
    this.root.classList.toggle("zoomed", zoomedIn(view))
    this.drawLoop()
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
        tick.style[side] = `${place.toFixed(1)}px`
        return tick
      })
    )
  }

  // What moves while it plays: nothing here asks the page for a size.
  draw() {
    const { engine, length, seconds } = this
    const position = Math.min(engine.position, length)
    if (engine.playing) this.follow(position)
    const { left, right } = engine.view
    const place = `${seconds ? (100 * (position / seconds - left)) / (right - left) : 0}%`
    const shown = engine.playing || position > 0
    for (const head of [this.playhead, this.needle]) {
      if (head.hidden === shown) head.hidden = !shown
      head.style.left = place
    }
    const state = `${engine.playing} ${length} ${this.data?.start} ${position.toFixed(1)}`
    if (state !== this.state) this.drawClock(position)
    this.state = state
    if (engine.playing) this.request ??= requestAnimationFrame(() => this.tick())
  }

  drawClock(position) {
    const { engine, length } = this
    this.root.classList.toggle("playing", engine.playing)
    this.play.setAttribute("aria-label", engine.playing ? "Pause sound" : "Play sound")
    this.seek.max = String(length)
    this.seek.value = String(position)
    fill(this.seek, length ? position / length : 0)
    const start = this.data?.start ?? 0
    this.seek.setAttribute("aria-valuetext", `${(start + position).toFixed(1)} seconds`)
    this.time.textContent = length ? `${clock(start + position)} / ${clock(start + length)}` : ""
  }

  // The view turns a page where the playhead leaves it, unless somebody looks elsewhere.
  follow(position) {
    const inside = this.inView(position) !== null
    if (this.followed && !inside && !this.held) {
      const { view } = this.engine
      const span = view.right - view.left
      const left = clamp(position / this.seconds, 0, 1 - span)
      this.engine.view = { ...view, left, right: left + span }
      this.stale = true
    }
    this.followed = this.inView(position) !== null
  }
}

// What comes with the data first, then the others.
function offer(select, all, own, words) {
  const offered = `${own} of ${all.length}`
  if (select.dataset.offered === offered) return
  select.dataset.offered = offered
  const named = all.find(({ id }) => id === own)
  select.replaceChildren(
    new Option(`${named.label}, ${words}`, "own"),
    ...all.filter((one) => one !== named).map(({ id, label }) => new Option(label, id))
  )
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".player")
  let player = players.get(root)
  if (!player || player.key !== data.key) {
    player?.leave()
    player = new Player(root, data.key)
    players.set(root, player)
  }
  player.tell = setTriggerValue
  player.show(data)
  player.draw()
  return () => {
    players.get(root)?.leave()
    players.delete(root)
  }
}
