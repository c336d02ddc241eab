// The picture of a player: gray values of the server, drawn here in colours, on another frequency
// axis, and in part. Nothing of that asks the server.

const MOST_COLUMNS = 4096
const MOST_ROWS = 2048
const MOST_DENSITY = 2
const LEAST_VIEW_SECONDS = 0.1
const LEAST_VIEW_SHARE = 1 / 64
const LEAST_LOG_HERTZ = 50
const LABEL_GAP = 10
const LABEL_ROOM = 40
const LETTER = 7 // px, a little more than a digit at the size of the ticks
const LINE = 20
const NICE = [1, 2, 5]

// 256 pixels as a canvas has them, alpha first in a 32-bit number.
const palettes = new Map(
  COLOURS.map(({ id, table }) => {
    const bytes = Uint8Array.from(atob(table), (letter) => letter.charCodeAt(0))
    const pixel = (k) => (255 << 24) | (bytes[3 * k + 2] << 16) | (bytes[3 * k + 1] << 8) | bytes[3 * k]
    return [id, Uint32Array.from({ length: 256 }, (_, k) => pixel(k) >>> 0)]
  })
)

// Where on its frequency axis a canvas has a frequency, and back: 0 is low, 1 high.
class Scale {
  constructor(axis, low, high) {
    const [warp, unwarp] = WARPS[axis]
    const floor = axis === "log" ? Math.max(low, Math.min(LEAST_LOG_HERTZ, high / 4)) : low
    const [bottom, top] = [warp(floor), warp(high)]
    this.axis = axis
    this.height = (hertz) => (warp(hertz) - bottom) / (top - bottom)
    this.hertz = (height) => unwarp(bottom + height * (top - bottom))
  }
}

// The gray values of an image that has come.
function grays(image) {
  const width = Math.min(image.naturalWidth, MOST_COLUMNS)
  const height = Math.min(image.naturalHeight, MOST_ROWS)
  const canvas = new OffscreenCanvas(width, height)
  const sheet = canvas.getContext("2d", { willReadFrequently: true })
  sheet.drawImage(image, 0, 0, width, height)
  const { data } = sheet.getImageData(0, 0, width, height)
  const values = new Uint8Array(width * height)
  for (let k = 0; k < values.length; k++) values[k] = data[4 * k]
  return { values, width, height }
}

class Plot {
  constructor(canvas) {
    this.canvas = canvas
    this.sheet = canvas.getContext("2d")
    this.scratch = new OffscreenCanvas(1, 1)
  }

  // Draw the part in view; from and to are `Scale`s of the picture and of the screen.
  paint(gray, colours, from, to, view, width, height) {
    const dense = Math.min(window.devicePixelRatio || 1, MOST_DENSITY)
    const [wide, tall] = [Math.round(width * dense), Math.round(height * dense)]
    if (!gray || !wide || !tall) return
    if (this.canvas.width !== wide) this.canvas.width = wide
    if (this.canvas.height !== tall) this.canvas.height = tall
    const left = Math.floor(view.left * gray.width)
    const columns = Math.max(1, Math.ceil(view.right * gray.width) - left)
    const rows = Math.min(MOST_ROWS, Math.max(tall, Math.ceil((view.top - view.bottom) * gray.height)))
    const { values } = gray
    const image = new ImageData(columns, rows)
    const pixels = new Uint32Array(image.data.buffer)
    const palette = palettes.get(colours)
    for (let row = 0; row < rows; row++) {
      const up = view.top - ((row + 0.5) / rows) * (view.top - view.bottom)
      const place = (1 - from.height(to.hertz(up))) * gray.height - 0.5
      const above = clamp(Math.floor(place), 0, gray.height - 1)
      const below = Math.min(above + 1, gray.height - 1)
      const share = clamp(place - above, 0, 1)
      const [first, second, out] = [above * gray.width + left, below * gray.width + left, row * columns]
      for (let k = 0; k < columns; k++) {
        const one = values[first + k]
        pixels[out + k] = palette[(one + share * (values[second + k] - one) + 0.5) | 0]
      }
    }
    this.scratch.width = columns
    this.scratch.height = rows
    this.scratch.getContext("2d").putImageData(image, 0, 0)
    const start = view.left * gray.width - left
    const span = (view.right - view.left) * gray.width
    this.sheet.imageSmoothingQuality = "high"
    this.sheet.drawImage(this.scratch, start, 0, span, rows, 0, 0, wide, tall)
  }
}

// The part in view after a zoom about a place that stays where it is.
function zoomed(view, across, up, byTime, byHertz, seconds) {
  const least = Math.max(LEAST_VIEW_SHARE / 4, Math.min(1, LEAST_VIEW_SECONDS / (seconds || 1)))
  const [left, right] = spread(view.left, view.right, across, byTime, least)
  const [bottom, top] = spread(view.bottom, view.top, up, byHertz, LEAST_VIEW_SHARE)
  return { left, right, bottom, top }
}

function spread(from, to, share, by, least) {
  const span = clamp((to - from) * by, least, 1)
  const start = clamp(from + share * (to - from) - share * span, 0, 1 - span)
  return [start, start + span]
}

function moved(view, right, up) {
  const across = clamp(right, -view.left, 1 - view.right)
  const rise = clamp(up, -view.bottom, 1 - view.top)
  return {
    left: view.left + across,
    right: view.right + across,
    bottom: view.bottom + rise,
    top: view.top + rise,
  }
}

function zoomedIn(view) {
  return view.right - view.left < 1 || view.top - view.bottom < 1
}

// The finest of 1, 2, 5 times a power of ten that leaves every tick its room.
function niceStep(span, most) {
  for (let power = -3; power < 6; power++) {
    for (const nice of NICE) {
      const step = nice * 10 ** power
      if (span / step <= most) return step
    }
  }
  return 10 ** 6
}

const thousands = (hertz) => hertz.toLocaleString("en-US", { maximumFractionDigits: 1 })

// Ticks as [px from the left, label] that lie within `width` and do not touch each other.
function timeTicks(from, to, width) {
  const label = (time, digits) => (to >= 60 ? clock(time, digits) : `${time.toFixed(digits)} s`)
  const room = label(to, 1).length * LETTER + LABEL_ROOM
  const step = niceStep(to - from, Math.max(1, width / room))
  const digits = step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0
  const ticks = []
  for (let k = Math.ceil(from / step - 1e-6); k * step <= to + 1e-6; k++) {
    const text = label(k * step, digits)
    const half = (text.length * LETTER) / 2
    const place = clamp(((k * step - from) / (to - from)) * width, half, width - half)
    const last = ticks.at(-1)
    if (!last || place - half >= last.end + LABEL_GAP / 2) ticks.push({ place, text, end: place + half })
  }
  return ticks.map(({ place, text }) => [place, text])
}

// The same upwards: the edges first where they are the canvas's own, then round frequencies.
function hertzTicks(scale, view, height) {
  const [low, high] = [scale.hertz(view.bottom), scale.hertz(view.top)]
  const ticks = []
  const add = (hertz) => {
    const place = ((scale.height(hertz) - view.bottom) / (view.top - view.bottom)) * height
    const free = ticks.every(([other]) => Math.abs(other - place) >= LINE)
    if (free && place >= -1 && place <= height + 1) ticks.push([place, thousands(hertz)])
  }
  if (view.bottom === 0) add(Math.round(low))
  if (view.top === 1) add(Math.round(high))
  const even = scale.axis === "linear" || high < 5 * low
  if (even) {
    const step = niceStep(high - low, Math.max(3, height / LINE / 1.5))
    for (let k = Math.ceil(low / step); k * step <= high; k++) add(k * step)
  } else {
    for (const nice of NICE) for (let power = 1; power < 6; power++) add(nice * 10 ** power)
  }
  return ticks
}

// What is loudest up and down in each of a sound's blocks, for its strip.
const BLOCK = 256

function peaksOf(buffer) {
  const blocks = Math.ceil(buffer.length / BLOCK)
  const peaks = new Float32Array(2 * blocks)
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel)
    for (let block = 0; block < blocks; block++) {
      let [least, most] = [peaks[2 * block], peaks[2 * block + 1]]
      const end = Math.min(samples.length, (block + 1) * BLOCK)
      for (let k = block * BLOCK; k < end; k++) {
        if (samples[k] < least) least = samples[k]
        else if (samples[k] > most) most = samples[k]
      }
      peaks[2 * block] = least
      peaks[2 * block + 1] = most
    }
  }
  return peaks
}

// Draw the peaks between two times (s) of a sound, `null` for none, in a colour.
function drawWave(canvas, peaks, rate, from, to, colour, width, height) {
  const dense = Math.min(window.devicePixelRatio || 1, MOST_DENSITY)
  const [wide, tall] = [Math.round(width * dense), Math.round(height * dense)]
  if (!wide || !tall) return
  canvas.width = wide // which also clears it
  canvas.height = tall
  const sheet = canvas.getContext("2d")
  sheet.fillStyle = colour
  if (!peaks) return
  const blocks = peaks.length / 2
  const at = (x) => ((from + (x / wide) * (to - from)) * rate) / BLOCK
  let loudest = 1e-4
  for (const value of peaks) loudest = Math.max(loudest, Math.abs(value))
  const scale = (tall / 2 - dense) / loudest
  for (let x = 0; x < wide; x++) {
    const first = Math.floor(at(x))
    const last = Math.min(blocks, Math.max(first + 1, Math.floor(at(x + 1))))
    if (first >= blocks) break
    let [least, most] = [0, 0]
    for (let k = Math.max(0, first); k < last; k++) {
      least = Math.min(least, peaks[2 * k])
      most = Math.max(most, peaks[2 * k + 1])
    }
    const rise = Math.max(1, (most - least) * scale)
    sheet.fillRect(x, tall / 2 - most * scale, 1, rise)
  }
}
