// The image with a frame around what is painted of it, and beside it what becomes of that. It
// reports only what a person did, at the end of a movement.

const STEP = 0.01
const LEAST = 0.02
const ECHO_MS = 2000
const SETTLE_MS = 400

const croppers = new WeakMap()

class Cropper {
  constructor(root) {
    this.root = root
    this.heldUntil = 0
    for (const name of ["original", "painted", "crop", "shade", "said"]) {
      this[name] = root.querySelector(`.${name}`)
    }
    this.crop.setAttribute("aria-label", "What is painted of the image")
    this.crop.setAttribute("aria-description",
      "Arrow keys move it, with Shift they move its right and its bottom edge, Escape takes it all")
    this.original.onpointerdown = (event) => this.grab(event)
    this.original.onpointermove = (event) => this.drag(event)
    this.original.onpointerup = () => this.drop()
    this.original.onpointercancel = () => this.drop()
    this.crop.onkeydown = (event) => this.pressed(event)
  }

  show(data, report) {
    this.data = data
    this.report = report
    for (const side of ["original", "painted"]) {
      const { picture, alt, aspect } = data[side]
      const image = this[side].querySelector("img")
      if (image.getAttribute("src") !== picture) image.src = picture
      image.alt = alt
      this[side].parentElement.style.setProperty("--aspect", aspect)
    }
    // What the page says holds, unless a person has just said something else.
    if (this.from || (performance.now() < this.heldUntil && !this.same(data.crop))) return
    this.edges = [...data.crop]
    this.draw(data.part)
  }

  same(edges) {
    return this.edges.every((edge, index) => Math.abs(edge - edges[index]) < STEP / 2)
  }

  draw(part = this.edges) {
    this.place(this.crop, this.edges)
    this.place(this.shade, part)
  }

  place(element, [left, top, right, bottom]) {
    const percent = (share) => `${100 * share}%`
    Object.assign(element.style, {
      left: percent(left),
      top: percent(top),
      width: percent(right - left),
      height: percent(bottom - top),
    })
  }

  at(event) {
    const box = this.original.getBoundingClientRect()
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
  }

  grab(event) {
    if (!this.crop.contains(event.target) || !event.isPrimary) return
    event.preventDefault()
    this.crop.focus({ preventScroll: true })
    this.original.setPointerCapture(event.pointerId)
    this.from = { at: this.at(event), edges: this.edges, moved: event.target.dataset.edges ?? "" }
  }

  drag(event) {
    if (!this.from) return
    const [x, y] = this.at(event)
    this.move(this.from.edges, this.from.moved, x - this.from.at[0], y - this.from.at[1])
  }

  drop() {
    if (!this.from) return
    const before = this.from.edges
    this.from = null
    if (!this.same(before)) this.send()
  }

  // Move the edges that are named by "n", "e", "s" and "w", or all of them where none is.
  move([left, top, right, bottom], moved, x, y) {
    const within = (value, least, most) => Math.min(most, Math.max(least, value))
    if (!moved) {
      const across = within(x, -left, 1 - right)
      const down = within(y, -top, 1 - bottom)
      this.edges = [left + across, top + down, right + across, bottom + down]
    } else {
      if (moved.includes("w")) left = within(left + x, 0, right - LEAST)
      if (moved.includes("e")) right = within(right + x, left + LEAST, 1)
      if (moved.includes("n")) top = within(top + y, 0, bottom - LEAST)
      if (moved.includes("s")) bottom = within(bottom + y, top + LEAST, 1)
      this.edges = [left, top, right, bottom]
    }
    this.draw()
  }

  pressed(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    const way = ways[event.key]
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === "Escape") {
      this.edges = [0, 0, 1, 1]
      this.draw()
    } else if (way) {
      const moved = event.shiftKey ? (way[0] ? "e" : "s") : ""
      this.move(this.edges, moved, STEP * way[0], STEP * way[1])
    } else {
      return
    }
    event.preventDefault()
    event.stopPropagation()
    this.heldUntil = performance.now() + ECHO_MS
    clearTimeout(this.settling)
    this.settling = setTimeout(() => this.send(), SETTLE_MS)
  }

  send() {
    const edges = this.edges.map((edge) => Math.round(edge / STEP) * STEP)
    this.heldUntil = performance.now() + ECHO_MS
    const [left, top, right, bottom] = edges.map((edge) => Math.round(100 * edge))
    this.said.textContent = `${left} to ${right} % across, ${top} to ${bottom} % down`
    this.report(edges)
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cropper")
  let cropper = croppers.get(root)
  if (!cropper) {
    cropper = new Cropper(root)
    croppers.set(root, cropper)
  }
  cropper.show(data, (edges) => setTriggerValue("cropped", edges))
}
