// Frequency axes, as `Axis` in moss_core has them, and how times are written beside them.

const toMel = (hertz) => 2595 * Math.log10(1 + hertz / 700)
const fromMel = (mel) => 700 * (10 ** (mel / 2595) - 1)
const WARPS = {
  linear: [(hertz) => hertz, (place) => place],
  log: [(hertz) => Math.log(Math.max(hertz, 1e-3)), Math.exp],
  mel: [toMel, fromMel],
}

const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most))

function clock(seconds, digits = 1) {
  const whole = Number(seconds.toFixed(digits))
  const minutes = Math.floor(whole / 60)
  return `${minutes}:${(whole - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0")}`
}
