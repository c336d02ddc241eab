// Pointers on the picture and the strip of a player: seek, loop, move, pinch.

const MOVED_PX = 4
const EDGE_PX = { mouse: 6, touch: 20, pen: 12 }
const WHEEL = 0.002

function listenToPointers(player) {
  const { frame, sound } = player
  const held = new Map() // pointer id -> where it is
  let gesture = null

  const begin = (event, kind) => {
    gesture = { kind, id: event.pointerId, x: event.clientX, y: event.clientY, ...player.under(event) }
    gesture.view = player.engine.view
    player.held = true
  }

  const end = () => {
    gesture = null
    player.held = false
  }

  const draft = (event) => {
    const { time } = player.under(event)
    return { from: Math.min(gesture.time, time), to: Math.max(gesture.time, time) }
  }

  const pan = (event) => {
    const { view } = gesture
    const { width, height } = player.size
    const right = ((gesture.x - event.clientX) / width) * (view.right - view.left)
    const up = ((event.clientY - gesture.y) / height) * (view.top - view.bottom)
    player.look(moved(view, right, up))
  }

  // Two fingers: what was under them stays under them, across and up each for itself.
  const pinch = () => {
    const [one, two] = [...held.values()]
    const apart = { x: Math.abs(one.x - two.x), y: Math.abs(one.y - two.y) }
    const middle = { clientX: (one.x + two.x) / 2, clientY: (one.y + two.y) / 2 }
    if (gesture?.kind !== "pinch") {
      gesture = { kind: "pinch", apart, view: player.engine.view, x: middle.clientX, y: middle.clientY }
      player.held = true
      return
    }
    // Fingers that lie side by side say nothing of the other direction.
    const by = (axis) =>
      gesture.apart[axis] < 40 ? 1 : gesture.apart[axis] / Math.max(1, apart[axis])
    const { across, up } = player.under({ clientX: gesture.x, clientY: gesture.y })
    const view = zoomed(gesture.view, across, up, by("x"), by("y"), player.seconds)
    const { width, height } = player.size
    const right = ((gesture.x - middle.clientX) / width) * (view.right - view.left)
    const rise = ((middle.clientY - gesture.y) / height) * (view.top - view.bottom)
    player.look(moved(view, right, rise))
  }

  frame.onpointerdown = (event) => {
    if (event.target === player.unloop) return
    held.set(event.pointerId, { x: event.clientX, y: event.clientY })
    frame.setPointerCapture(event.pointerId)
    if (held.size === 2) return pinch()
    if (event.button === 1 || event.ctrlKey || event.metaKey) begin(event, "pan")
    else if (event.button !== 0) return
    else if (event.shiftKey) begin(event, "loop")
    else begin(event, event.pointerType === "touch" ? "tap" : "seek")
    if (gesture.kind === "seek") player.go(gesture.time)
    if (event.button === 1) event.preventDefault() // no scrolling by the wheel's button
  }
  frame.onpointermove = (event) => {
    player.readOut(event)
    if (held.has(event.pointerId)) held.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (held.size === 2) return pinch()
    if (gesture?.id !== event.pointerId) return
    // A finger that only begins to scroll the page has not yet asked for another place.
    if (gesture.kind === "tap" && Math.abs(event.clientX - gesture.x) > 2 * MOVED_PX) gesture.kind = "seek"
    if (gesture.kind === "seek") player.go(player.under(event).time)
    if (gesture.kind === "pan") pan(event)
    if (gesture.kind === "loop") player.drawLoop(draft(event))
  }
  frame.onpointerup = (event) => {
    held.delete(event.pointerId)
    if (gesture?.kind === "tap") player.go(gesture.time)
    if (gesture?.kind === "loop") player.setLoop(draft(event))
    end()
  }
  frame.onpointercancel = (event) => {
    held.delete(event.pointerId)
    player.drawLoop()
    end()
  }

  // The edge of the loop that a pointer is on, as the time of the other one.
  const edge = (event) => {
    const { loop, view } = player.engine
    if (!loop) return null
    const { time } = player.under(event)
    const near = ((EDGE_PX[event.pointerType] ?? 6) / player.size.width) * (view.right - view.left) * player.seconds
    if (Math.abs(time - loop.from) <= near) return loop.to
    return Math.abs(time - loop.to) <= near ? loop.from : null
  }

  sound.onpointerdown = (event) => {
    if (event.button !== 0) return
    sound.setPointerCapture(event.pointerId)
    const other = edge(event)
    begin(event, other === null ? "click" : "loop")
    gesture.time = other ?? gesture.time
  }
  sound.onpointermove = (event) => {
    sound.classList.toggle("edge", edge(event) !== null)
    if (gesture?.id !== event.pointerId) return
    if (Math.abs(event.clientX - gesture.x) > MOVED_PX) gesture.kind = "loop"
    if (gesture.kind === "loop") player.drawLoop(draft(event))
  }
  sound.onpointerup = (event) => {
    if (gesture?.id !== event.pointerId) return
    if (gesture.kind === "loop") player.setLoop(draft(event))
    else player.go(gesture.time)
    end()
  }
  sound.onpointercancel = () => {
    player.drawLoop()
    end()
  }

  const wheel = (event) => {
    const turned = event.deltaY || event.deltaX
    if (event.ctrlKey || event.metaKey) {
      const { across, up } = player.under(event)
      const by = Math.exp(clamp(turned, -200, 200) * WHEEL * (Math.abs(turned) < 50 ? 5 : 1))
      const height = event.currentTarget === frame ? up : 0.5
      player.zoom(event.shiftKey ? 1 : by, event.altKey ? 1 : by, across, height)
    } else if (zoomedIn(player.engine.view) && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
      player.pan((event.shiftKey ? turned : event.deltaX) / player.size.width, 0)
    } else {
      return
    }
    event.preventDefault()
  }
  frame.onwheel = wheel
  sound.onwheel = wheel
}
