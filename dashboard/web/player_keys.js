// The keys of a player, and the sheet that tells of them. C and R are Streamlit's, A and I those of
// Studio; left and right walk along a front where `arrows` is false.

const SEEK_SECONDS = 1
const VOLUME_STEP = 0.05
const ZOOM = 1.6
const PAN = 0.2
const BUTTONS = "button:not([role]), a[href]"

const SHEET = [
  [["Space"], "Play or pause"],
  [["←", "→"], "A second back or on", "A second back or on, on the slider of the position"],
  [["Home"], "To the beginning, or that of the loop"],
  [["1", "2", "…"], "Hear the first, the second, …"],
  [["B"], "A/B: back and forth between the last two"],
  [["[", "]"], "The loop begins or ends here"],
  [["Esc"], "Clear the loop"],
  [["↑", "↓"], "Louder, quieter"],
  [["M"], "Mute"],
  [["+", "−", "0"], "Zoom in, out, show all"],
  [["T", "F"], "Zoom in time or frequency; with Shift: out"],
  [["Shift + arrows"], "Move the part in view"],
  [["Ctrl + wheel"], "Zoom; with Shift in frequency alone, with Alt in time"],
  [["Shift + drag"], "Loop what is dragged over"],
  [["Ctrl + drag"], "Move the part in view"],
  [["O"], "Lay the image over the picture"],
  [["P"], "Next colours"],
  [["X"], "Next frequency axis: linear, log, mel"],
  [["H"], "Hear both channels, the left, the right"],
  [["V"], "Colours, axes, zoom"],
  [["?"], "This sheet"],
]

// What letters and signs do to a player; a capital is a key with Shift.
const COMMANDS = {
  b: (player) => player.swapBack(),
  "[": (player) => player.loopFrom(),
  "]": (player) => player.loopTo(),
  m: (player) => set({ muted: !settings.muted }),
  o: (player) => player.peek.hidden || player.setPeek(player.target.hidden),
  p: (player) => next(player.colours),
  x: (player) => next(player.axis),
  h: (player) => player.hearing.hidden || next(player.hear),
  v: (player) => player.openPanel(),
  "+": (player) => player.zoom(1 / ZOOM, 1 / ZOOM),
  "=": (player) => player.zoom(1 / ZOOM, 1 / ZOOM),
  "-": (player) => player.zoom(ZOOM, ZOOM),
  _: (player) => player.zoom(ZOOM, ZOOM),
  0: (player) => player.showAll(),
  t: (player) => player.zoom(1 / ZOOM, 1),
  T: (player) => player.zoom(ZOOM, 1),
  f: (player) => player.zoom(1, 1 / ZOOM),
  F: (player) => player.zoom(1, ZOOM),
  "?": (player) => player.showKeys(),
}

const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

function next(select) {
  const offered = [...select.options].filter((option) => !option.hidden)
  const place = offered.findIndex((option) => option.selected)
  select.value = offered[(place + 1) % offered.length].value
  select.onchange()
}

// Do what a key says; return whether it was for the player. Fields use their own keys themselves.
function pressed(player, event, inside) {
  const { key, shiftKey } = event
  const altGraph = event.getModifierState("AltGraph")
  if ((event.ctrlKey || event.metaKey || event.altKey) && !altGraph) return false
  const field = inside ? event.target.closest("input, select") : null
  const button = inside ? event.target.closest("button") : null
  const seeks = field === player.seek
  if (key in ARROWS) {
    const [right, up] = ARROWS[key]
    if (shiftKey && !field) return player.pan(PAN * right, PAN * up)
    if (right && (seeks || (!field && player.data.arrows))) {
      player.go(player.engine.position + SEEK_SECONDS * right)
    } else if (up && inside && !field) {
      set({ volume: clamp(settings.volume + VOLUME_STEP * up, 0, 1), muted: false })
    } else {
      return false
    }
    return true
  }
  if (field?.matches("select")) return false
  if (key === " ") {
    if (button) return false
    player.toggle()
  } else if (key === "Home" && inside && (!field || seeks)) {
    player.go(player.engine.loop?.from ?? 0)
  } else if (key === "Escape" && player.engine.loop) {
    player.setLoop(null)
  } else if (key >= "1" && key <= "9" && key.length === 1) {
    const source = player.data.sources[Number(key) - 1]
    if (!source) return false
    player.choose(source.id)
  } else {
    const command = COMMANDS[key] ?? COMMANDS[key.toLowerCase()]
    if (!command) return false
    command(player)
  }
  return true
}

function fillSheet(list, arrows) {
  list.replaceChildren(
    ...SHEET.flatMap(([keys, words, elsewhere]) => {
      const [term, description] = [document.createElement("dt"), document.createElement("dd")]
      for (const key of keys) {
        term.append(Object.assign(document.createElement("kbd"), { textContent: key }))
      }
      description.textContent = arrows ? words : (elsewhere ?? words)
      return [term, description]
    })
  )
}
