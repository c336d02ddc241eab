// The whole song with the image as a box on it: dragged, resized, nudged by keys; panned and zoomed.
// It reports only what a person did, at the end of a gesture, so that a box which has not yet heard
// of a new place cannot send the old one back. Heights are positions on the frequency axis, 0 at the
// bottom and 1 at the top: what is moved up keeps its height on the screen, on any axis.

const ECHO_MS = 4000
const KEYS_MS = 350
const WATCH_MS = 250
const NEAR_PX = 10
const LEAST_VIEW_SECONDS = 1
const LEAST_HERTZ = 200
const COLUMNS = 2048
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300]

const placers = new WeakMap()

class Placer {
  constructor(root) {
    this.root = root
    this.pointers = new Map()
    this.pictures = new Map() // address -> image
    for (const name of ["strip", "wave", "mark", "window", "stage", "picture", "box", "playhead",
      "play", "where", "out", "in", "whole", "near", "lock", "snap", "snapping"]) {
      this[name] = root.querySelector(`.${name}`)
    }
    this.image = this.box.querySelector("img")
    this.stage.onpointerdown = (event) => this.down(event)
    this.stage.onpointermove = (event) => this.moved(event)
    this.stage.onpointerup = (event) => this.up(event)
    this.stage.onpointercancel = (event) => this.up(event, true)
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
    this.strip.onpointerdown = (event) => {
      this.strip.setPointerCapture(event.pointerId)
      this.goTo(event)
    }
    this.strip.onpointermove = (event) => event.buttons && this.goTo(event)
    this.box.onkeydown = (event) => this.pressed(event)
    this.out.onclick = () => this.zoom(1.6)
    this.in.onclick = () => this.zoom(1 / 1.6)
    this.whole.onclick = () => this.look(0, this.data.seconds)
    this.near.onclick = () => this.lookAtBox()
    this.play.onclick = () => this.engine?.toggle?.()
    this.snap.onchange = () => this.redraw()
    this.sizes = new ResizeObserver(() => this.redraw())
    this.sizes.observe(this.stage)
    // The player that plays the section comes and goes, and is played by its own button too.
    this.watching = setInterval(() => {
      const state = `${Boolean(this.engine?.toggle)} ${Boolean(this.engine?.playing)}`
      if (state !== this.state) this.redraw()
      this.state = state
    }, WATCH_MS)
    this.redraw = () => {
      this.request ??= requestAnimationFrame(() => {
        this.request = null
        this.draw()
      })
    }
  }

  leave() {
    this.sizes.disconnect()
    cancelAnimationFrame(this.request)
    clearTimeout(this.keysRest)
    clearInterval(this.watching)
  }

  get engine() {
    return window.mossEngines?.get(this.data.player)
  }

  show(data, place) {
    const before = this.data
    this.data = data
    this.place = place
    const { low, high, axis } = data.view
    const [warp, unwarp] = WARPS[axis]
    const [bottom, top] = [warp(low), warp(high)]
    this.height = (hertz) => (warp(hertz) - bottom) / (top - bottom)
    this.hertz = (height) => unwarp(bottom + height * (top - bottom))
    const told = this.fromPage(data.box)
    const echo = this.held && performance.now() < this.held && this.differs(told)
    if (before?.track !== data.track) {
      this.gesture = null
      this.held = 0
      this.spot = told
      this.begin()
    } else if (before.view.axis !== axis || before.view.high !== high || !(echo || this.gesture)) {
      const moved = this.differs(told)
      this.spot = told
      this.held = 0
      if (moved) this.keepInSight()
    }
    if (before?.wave !== data.wave) {
      const bytes = Uint8Array.from(atob(data.wave), (letter) => letter.charCodeAt(0))
      this.peaks = new Int8Array(bytes.buffer)
    }
    this.image.src = data.image
    const tempo = data.tempo
    this.snap.disabled = !tempo
    this.snapping.classList.toggle("off", !tempo)
    this.snapping.querySelector("span").textContent = tempo
      ? `Snap to beats (${Math.round(tempo)} a minute)`
      : "No clear beat to snap to"
    this.ticksUp(data.ticks)
    this.redraw()
  }

  fromPage({ start, duration, low, high }) {
    return { from: start, to: start + duration, bottom: this.height(low), top: this.height(high) }
  }

  // What is told to the page: whole hundredths of a second and whole hertz.
  toPage(spot = this.spot) {
    const start = Math.round(100 * spot.from) / 100
    return {
      start,
      duration: Math.round(100 * (spot.to - start)) / 100,
      low: Math.round(this.hertz(spot.bottom)),
      high: Math.round(this.hertz(spot.top)),
    }
  }

  differs(other) {
    return JSON.stringify(this.toPage(other)) !== JSON.stringify(this.toPage())
  }

  // A short section of a long song is shown with its surroundings, not as a hairline.
  begin() {
    this.lock.checked = false
    const { from, to } = this.spot
    if (3 * (to - from) > this.data.seconds) this.look(0, this.data.seconds)
    else this.look(from - (to - from), to + (to - from))
  }

  lookAtBox() {
    const { from, to } = this.spot
    const room = 0.12 * (to - from)
    this.look(from - room, to + room)
  }

  keepInSight() {
    const { from, to } = this.spot
    if (from < this.view.to && to > this.view.from) return
    const span = Math.max(this.view.to - this.view.from, 1.3 * (to - from))
    this.look((from + to - span) / 2, (from + to + span) / 2)
  }

  look(from, to) {
    const { seconds } = this.data
    const span = clamp(to - from, Math.min(LEAST_VIEW_SECONDS, seconds), seconds)
    const start = clamp((from + to - span) / 2, 0, seconds - span)
    this.view = { from: start, to: start + span }
    this.redraw()
  }

  zoom(factor, at = (this.view.from + this.view.to) / 2) {
    const { from, to } = this.view
    const span = clamp((to - from) * factor, Math.min(LEAST_VIEW_SECONDS, this.data.seconds),
      this.data.seconds)
    const start = clamp(at - ((at - from) * span) / (to - from), 0, this.data.seconds - span)
    this.view = { from: start, to: start + span }
    this.redraw()
  }

  wheel(event) {
    const { from, to } = this.view
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      const by = ((event.deltaX || event.deltaY) / this.stage.clientWidth) * (to - from)
      this.look(from + by, to + by)
      event.preventDefault()
      return
    }
    const whole = to - from >= this.data.seconds - 1e-6
    if (whole && event.deltaY > 0) return // the page scrolls on
    event.preventDefault()
    this.zoom(Math.exp(clamp(event.deltaY, -120, 120) * 0.003), this.at(event).time)
  }

  goTo(event) {
    const frame = this.strip.getBoundingClientRect()
    const middle = ((event.clientX - frame.left) / frame.width) * this.data.seconds
    const half = (this.view.to - this.view.from) / 2
    this.look(middle - half, middle + half)
  }

  at(event) {
    const frame = this.stage.getBoundingClientRect()
    const across = (event.clientX - frame.left) / frame.width
    return {
      time: this.view.from + across * (this.view.to - this.view.from),
      height: 1 - (event.clientY - frame.top) / frame.height,
    }
  }

  down(event) {
    if (event.button) return
    this.stage.setPointerCapture(event.pointerId)
    this.pointers.set(event.pointerId, event)
    if (this.pointers.size === 2) {
      // A second finger: what the first one began was not meant.
      if (this.gesture?.spot) this.spot = this.gesture.spot
      this.gesture = { kind: "pinch", view: { ...this.view }, ...this.fingers() }
    } else if (this.pointers.size === 1) {
      const spot = { ...this.spot }
      const handle = event.target.dataset ?? {}
      const inBox = this.box.contains(event.target)
      if (inBox) {
        this.box.focus({ preventScroll: true })
        event.preventDefault()
      }
      const [x, y] = [Number(handle.x ?? 0), Number(handle.y ?? 0)]
      const kind = !inBox ? "pan" : x || y ? "resize" : "move"
      const view = { ...this.view }
      this.gesture = { kind, x, y, spot, view, begun: this.at(event), clientX: event.clientX }
      this.stage.classList.toggle("panning", kind === "pan")
    }
  }

  fingers() {
    const [one, two] = [...this.pointers.values()]
    return {
      apart: Math.max(20, Math.abs(one.clientX - two.clientX)),
      middle: (one.clientX + two.clientX) / 2,
    }
  }

  moved(event) {
    if (!this.pointers.has(event.pointerId)) return
    this.pointers.set(event.pointerId, event)
    const { gesture } = this
    if (!gesture) return
    const frame = this.stage.getBoundingClientRect()
    if (gesture.kind === "pinch") {
      const { apart, middle } = this.fingers()
      const before = gesture.view.to - gesture.view.from
      const span = clamp((before * gesture.apart) / apart,
        Math.min(LEAST_VIEW_SECONDS, this.data.seconds), this.data.seconds)
      const held = gesture.view.from + ((gesture.middle - frame.left) / frame.width) * before
      const from = held - ((middle - frame.left) / frame.width) * span
      this.look(from, from + span)
      return
    }
    if (gesture.kind === "pan") {
      const span = gesture.view.to - gesture.view.from
      const by = ((gesture.clientX - event.clientX) / frame.width) * span
      this.look(gesture.view.from + by, gesture.view.to + by)
      return
    }
    const here = this.at(event)
    const across = here.time - gesture.begun.time
    const up = here.height - gesture.begun.height
    this.spot = gesture.kind === "move"
      ? this.shifted(gesture.spot, across, up)
      : this.resized(gesture.spot, across, up, gesture.x, gesture.y)
    this.redraw()
  }

  up(event, cancelled = false) {
    if (!this.pointers.delete(event.pointerId)) return
    const { gesture } = this
    this.stage.classList.remove("panning")
    if (this.pointers.size) {
      if (gesture?.kind !== "pinch") return
      this.gesture = { kind: "rest" } // one finger left of two: until it is lifted as well
      return
    }
    this.gesture = null
    if (!gesture?.spot || gesture.kind === "pan") return
    if (cancelled) {
      this.spot = gesture.spot
      this.redraw()
    } else if (this.differs(gesture.spot)) {
      this.report(gesture.kind === "resize")
    }
  }

  shifted(spot, across, up) {
    const [length, tall] = [spot.to - spot.from, spot.top - spot.bottom]
    let from = spot.from + across
    if (this.snapped && across) {
      const [first, last] = [this.nearest(from), this.nearest(from + length)]
      if (first !== null) from = first
      else if (last !== null) from = last - length
    }
    from = clamp(from, 0, this.data.seconds - length)
    const bottom = clamp(spot.bottom + up, this.lowest, this.highest - tall)
    return { from, to: from + length, bottom, top: bottom + tall }
  }

  resized(spot, across, up, x, y) {
    const next = { ...spot }
    if (x < 0) next.from = this.edge(spot.from + across)
    if (x > 0) next.to = this.edge(spot.to + across)
    if (y < 0) next.bottom = spot.bottom + up
    if (y > 0) next.top = spot.top + up
    if (this.lock.checked) return this.inShape(spot, next, x, y)
    const { least, most, seconds } = this.data
    if (x < 0) next.from = clamp(next.from, Math.max(0, spot.to - most), spot.to - least)
    if (x > 0) next.to = clamp(next.to, spot.from + least, Math.min(seconds, spot.from + most))
    if (y < 0) {
      const below = this.height(this.hertz(spot.top) - LEAST_HERTZ)
      next.bottom = clamp(next.bottom, this.lowest, below)
    }
    if (y > 0) {
      const above = this.height(this.hertz(spot.bottom) + LEAST_HERTZ)
      next.top = clamp(next.top, above, this.highest)
    }
    return next
  }

  // Both sides by one factor, from the corner that stays or from the middle of the edge that does.
  inShape(spot, next, x, y) {
    const { least, most, seconds } = this.data
    const [wide, tall] = [spot.to - spot.from, spot.top - spot.bottom]
    const factors = []
    if (x) factors.push((next.to - next.from) / wide)
    if (y) factors.push((next.top - next.bottom) / tall)
    const anchor = (sign, first, last) => (sign > 0 ? first : sign < 0 ? last : (first + last) / 2)
    const room = (sign, at, first, last) =>
      sign > 0 ? last - at : sign < 0 ? at - first : 2 * Math.min(at - first, last - at)
    const time = anchor(x, spot.from, spot.to)
    const height = anchor(y, spot.bottom, spot.top)
    const largest = Math.min(Math.min(most, room(x, time, 0, seconds)) / wide,
      room(y, height, this.lowest, this.highest) / tall)
    const hertz = this.hertz(spot.top) - this.hertz(spot.bottom)
    const factor = clamp(Math.max(...factors), Math.max(least / wide, LEAST_HERTZ / hertz), largest)
    const ends = (sign, at, size) =>
      sign > 0 ? [at, at + size] : sign < 0 ? [at - size, at] : [at - size / 2, at + size / 2]
    const [from, to] = ends(x, time, wide * factor)
    const [bottom, top] = ends(y, height, tall * factor)
    return { from, to, bottom, top }
  }

  get lowest() {
    return Math.max(0, this.height(this.data.lowest))
  }

  get highest() {
    return this.height(Math.min(this.data.highest, this.data.view.high))
  }

  get snapped() {
    return this.snap.checked && !this.snap.disabled
  }

  // The beats where they lie apart on the screen, else the bars.
  get grid() {
    const { beats, bars } = this.data
    const apart = ((beats[1] - beats[0]) / (this.view.to - this.view.from)) * this.stage.clientWidth
    return apart >= 2 * NEAR_PX ? beats : bars
  }

  nearest(time) {
    const near = (NEAR_PX * (this.view.to - this.view.from)) / this.stage.clientWidth
    let found = null
    for (const beat of this.grid) {
      if (Math.abs(beat - time) <= (found === null ? near : Math.abs(found - time))) found = beat
    }
    return found
  }

  edge(time) {
    return (this.snapped ? this.nearest(time) : null) ?? time
  }

  // A beat (with Shift a bar) to one side where they are snapped to, else a tenth of a second.
  stepAcross(sign, much, from = this.spot.from) {
    if (!this.snapped) return sign * (much ? 1 : 0.1)
    const grid = much ? this.data.bars : this.data.beats
    const next = sign > 0
      ? grid.find((beat) => beat > from + 0.02)
      : grid.findLast((beat) => beat < from - 0.02)
    return next === undefined ? 0 : next - from
  }

  stepUp(sign, much, height) {
    const mel = toMel(this.hertz(height)) + sign * (much ? 100 : 25)
    return this.height(fromMel(Math.max(0, mel))) - height
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey) return
    const { spot } = this
    const sides = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }
    const before = { ...spot }
    let resizes = event.altKey
    if (event.key in sides) {
      const [x, y] = sides[event.key]
      if (event.altKey) {
        const across = x ? this.stepAcross(x, event.shiftKey, spot.to) : 0
        const up = y ? this.stepUp(y, event.shiftKey, spot.top) : 0
        this.spot = this.resized(spot, across, up, Math.abs(x), Math.abs(y))
      } else {
        const middle = (spot.bottom + spot.top) / 2
        const up = y ? this.stepUp(y, event.shiftKey, middle) : 0
        this.spot = this.shifted(spot, x ? this.stepAcross(x, event.shiftKey) : 0, up)
      }
    } else if (event.key === "+" || event.key === "=" || event.key === "-") {
      resizes = true
      const sign = event.key === "-" ? -1 : 1
      const across = sign * 0.05 * (spot.to - spot.from)
      const up = sign * 0.05 * (spot.top - spot.bottom)
      this.spot = this.resized(spot, across, up, 1, 1)
    } else if (event.key === " ") {
      this.engine?.toggle?.()
    } else {
      return
    }
    event.preventDefault()
    event.stopPropagation()
    if (!this.differs(before)) return
    this.keepInSight()
    this.redraw()
    this.held = performance.now() + ECHO_MS
    this.reshaped ||= resizes
    clearTimeout(this.keysRest)
    this.keysRest = setTimeout(() => {
      this.report(this.reshaped)
      this.reshaped = false
    }, KEYS_MS)
  }

  // The shape on the screen is told where a person made it, and stays where the box only moves.
  report(reshaped) {
    this.held = performance.now() + ECHO_MS
    const { width, height } = this.box.getBoundingClientRect()
    const aspect = reshaped && height ? width / height : null
    this.place({ ...this.toPage(), aspect, track: this.data.track })
  }

  draw() {
    if (!this.data || !this.stage.clientWidth) return
    this.drawPicture()
    this.drawStrip()
    this.drawBox()
    this.ticksAcross()
    const { from, to, bottom, top } = this.spot
    const hertz = (height) => Math.round(this.hertz(height)).toLocaleString("en-US")
    const words = `${clock(from)} to ${clock(to)}, ${hertz(bottom)} to ${hertz(top)} Hz`
    if (this.where.textContent !== words) this.where.textContent = words
    const { engine } = this
    const playing = Boolean(engine?.playing)
    this.play.disabled = !engine?.toggle
    const label = playing ? "Pause" : "Play this part"
    if (this.play.textContent !== label) this.play.textContent = label
    this.playhead.hidden = !playing
    if (playing) {
      this.playhead.style.left = `${100 * this.across(this.data.heard_from + engine.position)}%`
      this.redraw()
    }
  }

  across(time) {
    return (time - this.view.from) / (this.view.to - this.view.from)
  }

  // Fit a canvas to its place and the screen's pixels; return what draws on it in CSS pixels.
  sheet(canvas) {
    const { clientWidth: width, clientHeight: height } = canvas.parentElement
    const dense = window.devicePixelRatio || 1
    const [wide, tall] = [Math.round(width * dense), Math.round(height * dense)]
    if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall })
    const pen = canvas.getContext("2d")
    pen.setTransform(dense, 0, 0, dense, 0, 0)
    pen.clearRect(0, 0, width, height)
    return { pen, width, height }
  }

  loaded(address) {
    if (!this.pictures.has(address)) {
      const picture = new Image()
      picture.onload = () => this.redraw()
      picture.src = address
      this.pictures.set(address, picture)
      if (this.pictures.size > 40) this.pictures.delete(this.pictures.keys().next().value)
    }
    const picture = this.pictures.get(address)
    return picture.complete && picture.naturalWidth ? picture : null
  }

  drawPicture() {
    const { pen, width, height } = this.sheet(this.picture)
    const { tiles, parts, seconds } = this.data
    const { from, to } = this.view
    const fine = parts.length && (width * (window.devicePixelRatio || 1) * seconds) / (to - from) > COLUMNS
    const paint = (address, first, last) => {
      const picture = this.loaded(address)
      if (!picture) return
      const [left, right] = [this.across(first * seconds) * width, this.across(last * seconds) * width]
      // Only what is in sight is drawn: a long song at full zoom would be a million pixels wide.
      const [shown, end] = [Math.max(left, 0), Math.min(right, width)]
      const perPixel = picture.naturalWidth / (right - left)
      pen.drawImage(picture, (shown - left) * perPixel, 0, (end - shown) * perPixel,
        picture.naturalHeight, shown, 0, end - shown, height)
    }
    paint(tiles[0], 0, 1)
    if (fine) {
      parts.forEach(([first, last], index) => {
        if (first * seconds < to && last * seconds > from) paint(tiles[index + 1], first, last)
      })
    }
    if (this.snapped) this.drawGrid(pen, width, height)
    this.drawStaying(pen, width, height)
  }

  // The images that stay where they were placed: in outline, with their numbers.
  drawStaying(pen, width, height) {
    pen.strokeStyle = pen.fillStyle = "#fff"
    pen.font = "600 13px sans-serif"
    pen.setLineDash([5, 4])
    this.data.staying.forEach((canvas, index) => {
      const { from, to, bottom, top } = this.fromPage(canvas)
      const [left, right] = [this.across(from) * width, this.across(to) * width]
      const above = (1 - top) * height
      pen.strokeRect(left, above, right - left, (top - bottom) * height)
      pen.fillText(String(index + 1), left + 6, above + 17)
    })
    pen.setLineDash([])
  }

  drawGrid(pen, width, height) {
    const bars = new Set(this.data.bars)
    for (const beat of this.grid) {
      if (beat < this.view.from || beat > this.view.to) continue
      pen.fillStyle = bars.has(beat) ? "rgb(255 255 255 / 70%)" : "rgb(255 255 255 / 28%)"
      pen.fillRect(Math.round(this.across(beat) * width), 0, 1, height)
    }
  }

  drawStrip() {
    const { seconds } = this.data
    const { pen, width, height } = this.sheet(this.wave)
    pen.fillStyle = getComputedStyle(this.root).color
    pen.globalAlpha = 0.55
    const loudest = Math.max(1, ...this.peaks.map(Math.abs))
    const tall = (0.46 * height) / loudest
    for (let x = 0; x < width; x++) {
      let [least, most] = [127, -127]
      const last = Math.max(Math.floor(((x + 1) * COLUMNS) / width), Math.floor((x * COLUMNS) / width) + 1)
      for (let k = Math.floor((x * COLUMNS) / width); k < last && k < COLUMNS; k++) {
        least = Math.min(least, this.peaks[2 * k])
        most = Math.max(most, this.peaks[2 * k + 1])
      }
      pen.fillRect(x, height / 2 - most * tall, 1, Math.max(1, (most - least) * tall))
    }
    const put = (element, { from, to }) => {
      element.style.left = `${(100 * from) / seconds}%`
      element.style.width = `${(100 * (to - from)) / seconds}%`
    }
    put(this.mark, this.spot)
    put(this.window, this.view)
    this.window.classList.toggle("all", this.view.to - this.view.from >= seconds - 1e-6)
  }

  drawBox() {
    const { from, to, bottom, top } = this.spot
    const style = this.box.style
    style.left = `${100 * this.across(from)}%`
    style.width = `${100 * (this.across(to) - this.across(from))}%`
    style.bottom = `${100 * bottom}%`
    style.height = `${100 * (top - bottom)}%`
  }

  ticksAcross() {
    const { from, to } = this.view
    const most = Math.max(2, this.stage.clientWidth / 90)
    const step = STEPS.find((size) => (to - from) / size <= most) ?? 600
    const places = []
    for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9; k++) {
      places.push([this.across(k * step), clock(k * step, step < 1 ? 1 : 0)])
    }
    this.ticks("x", "left", places)
  }

  ticksUp(places) {
    this.ticks("y", "bottom", places)
  }

  ticks(axis, side, places) {
    const holder = this.root.querySelector(`.ticks.${axis}`)
    while (holder.children.length > places.length) holder.lastChild.remove()
    places.forEach(([place, label], index) => {
      const tick = holder.children[index] ?? holder.appendChild(document.createElement("span"))
      if (tick.textContent !== label) tick.textContent = label
      tick.style[side] = `${100 * place}%`
      tick.classList.toggle("first", place < 0.015) // whole at the ends, which a phone would cut
      tick.classList.toggle("last", place > 0.985)
    })
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".placer")
  let placer = placers.get(root)
  if (!placer) {
    placer = new Placer(root)
    placers.set(root, placer)
  }
  placer.show(data, (spot) => setTriggerValue("placed", spot))
  return () => {
    placers.get(root)?.leave()
    placers.delete(root)
  }
}
