// Sliders that the page moves too. They report only what a person did, so that a slider which has
// not yet heard of a new value cannot send the old one back.

const ECHO_MS = 2000
const PACE_MS = 250

const racks = new WeakMap()

class Rack {
  constructor(root) {
    this.root = root
    this.held = new Map() // id -> until when a person's value stands against the page's
    this.sent = 0
    // Arrow keys move the slider only, and not what the page has them for elsewhere.
    root.onkeydown = (event) => {
      if (event.key.startsWith("Arrow")) event.stopPropagation()
    }
  }

  show(data, move) {
    this.data = data
    this.move = move
    this.root.setAttribute("aria-label", data.label)
    const wanted = JSON.stringify(data.rows.map(({ value, ...rest }) => rest))
    if (this.wanted !== wanted) {
      const focused = this.root.getRootNode().activeElement?.dataset?.id
      this.wanted = wanted
      this.inputs = new Map()
      this.root.replaceChildren(...data.rows.map((row) => this.row(row)))
      this.inputs.get(focused)?.focus()
    }
    for (const { id, value } of data.rows) this.follow(id, value)
  }

  row({ id, label, note, help, least, most, disabled }) {
    const row = document.createElement("label")
    row.title = help
    const name = document.createElement("span")
    name.append(label)
    if (note) {
      const small = document.createElement("small")
      small.textContent = ` (${note})`
      name.append(small)
    }
    const input = document.createElement("input")
    Object.assign(input, { type: "range", min: least, max: most, step: 1, disabled })
    input.dataset.id = id
    input.setAttribute("aria-label", note ? `${label} (${note})` : label)
    input.oninput = () => this.pushed(id)
    input.onchange = () => this.send(id)
    row.append(name, document.createElement("output"), input)
    this.inputs.set(id, input)
    return row
  }

  // What the page says holds, unless a person has just said something else.
  follow(id, value) {
    const until = this.held.get(id)
    if (until > performance.now() && Number(this.inputs.get(id).value) !== value) return
    this.held.delete(id)
    this.set(id, value)
  }

  set(id, value) {
    const input = this.inputs.get(id)
    input.value = value
    const { names, unit } = this.data.rows.find((row) => row.id === id)
    const text = names ? names[value] : `${Math.round(value)}${unit}`
    input.parentElement.querySelector("output").textContent = text
    input.setAttribute("aria-valuetext", text)
    fill(input, (value - input.min) / Math.max(1, input.max - input.min))
  }

  pushed(id) {
    const value = Number(this.inputs.get(id).value)
    const others = [...this.inputs.keys()].filter((other) => other !== id)
    this.set(id, value)
    if (this.data.sum) this.share(others, this.data.sum - value)
    const until = performance.now() + ECHO_MS
    for (const held of this.data.sum ? [id, ...others] : [id]) this.held.set(held, until)
    if (this.data.live && performance.now() - this.sent > PACE_MS) this.send(id)
  }

  // The others keep their proportions in what is left, as the page will say in a moment.
  share(others, rest) {
    const values = others.map((id) => Number(this.inputs.get(id).value))
    const total = values.reduce((sum, value) => sum + value, 0)
    others.forEach((id, index) => {
      this.set(id, total ? (rest * values[index]) / total : rest / others.length)
    })
  }

  send(id) {
    this.sent = performance.now()
    this.move({ id, value: Number(this.inputs.get(id).value) })
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".faders")
  let rack = racks.get(root)
  if (!rack) {
    rack = new Rack(root)
    racks.set(root, rack)
  }
  rack.show(data, (moved) => setTriggerValue("moved", moved))
}
