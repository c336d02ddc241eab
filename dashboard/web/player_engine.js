// The sound of a player. All of it goes through Web Audio, so that a switch is a short crossfade
// between two sources that run at the same position. An engine also keeps what must outlast a
// rerun that takes its player away for a moment: the place, the loop, the part of the picture.

const FADE_SECONDS = 0.04
const SEAM_SECONDS = 0.01
const LEAST_LOOP_SECONDS = 0.05

// Each component's module is loaded anew, so what all of them share lies on the window.
const engines = (window.mossEngines ??= new Map())

class Engine {
  constructor() {
    this.buffers = new Map() // source id -> { url, buffer, of, place }
    this.coming = new Map() // address -> promise
    this.playing = false
    this.offset = 0
    this.wanted = null
    this.before = null // what was wanted before that
    this.loop = null // { from, to } in seconds
    this.view = whole()
  }

  get position() {
    if (!this.playing) return this.offset
    const passed = this.offset + this.context.currentTime - this.startedAt
    const { from, to } = this.round
    return passed < to ? passed : from + ((passed - from) % (to - from))
  }

  // Another section: what still plays counts from its beginning.
  renew() {
    this.offset = 0
    if (this.playing) this.startedAt = this.context.currentTime
    this.loop = null
    this.view = whole()
  }

  // Whether what is there of a source may be played until its latest has come.
  has(source) {
    const { of, place } = this.buffers.get(source.id) ?? {}
    return of === source.label && place === this.place
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
    const { place } = this
    const answer = await fetch(source.sound)
    if (!answer.ok) throw new Error(`the sound is not there (${answer.status})`)
    const decoder = new OfflineAudioContext(1, 1, source.sample_rate)
    const buffer = await decoder.decodeAudioData(await answer.arrayBuffer())
    this.buffers.set(source.id, { url: source.sound, buffer, of: source.label, place })
  }

  async play(id, gain) {
    this.context ??= new AudioContext()
    await this.context.resume()
    if (!this.playing) document.dispatchEvent(new CustomEvent(PLAYS, { detail: this }))
    const entry = this.buffers.get(id)
    const { duration } = entry.buffer
    const position = this.position
    const now = this.context.currentTime
    const looped = this.loop && this.loop.from < duration - LEAST_LOOP_SECONDS
    const from = looped ? this.loop.from : 0
    const to = looped ? Math.min(this.loop.to, duration) : duration
    const node = this.context.createBufferSource()
    node.buffer = looped ? seamless(entry, from, to) : entry.buffer
    Object.assign(node, { loop: true, loopStart: from, loopEnd: to })
    const fader = this.context.createGain()
    fader.gain.setValueAtTime(0, now)
    fader.gain.linearRampToValueAtTime(gain, now + FADE_SECONDS)
    this.ears(node, entry.buffer).connect(fader, this.ear(entry.buffer)).connect(this.volume())
    const offset = position < to ? position : from + ((position - from) % (to - from))
    node.start(now, offset)
    this.fadeOut()
    Object.assign(this, { node, fader, playing: true, offset, startedAt: now, round: { from, to } })
    this.heard = entry.url
    this.gain = gain
  }

  // One channel of two is heard with both ears.
  ears(node, buffer) {
    if (settings.hear === "both" || buffer.numberOfChannels !== 2) return node
    return node.connect(this.context.createChannelSplitter(2))
  }

  ear(buffer) {
    return settings.hear === "right" && buffer.numberOfChannels === 2 ? 1 : 0
  }

  volume() {
    if (!this.master) {
      this.master = this.context.createGain()
      this.master.gain.value = level()
      this.master.connect(this.context.destination)
    }
    return this.master
  }

  setVolume() {
    this.master?.gain.setTargetAtTime(level(), this.context.currentTime, FADE_SECONDS / 4)
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

function whole() {
  return { left: 0, right: 1, bottom: 0, top: 1 }
}

// The sound whose loop has no click: its end fades into what comes before its beginning.
function seamless(entry, from, to) {
  const name = `${from} ${to}`
  if (entry.seam === name) return entry.looped
  const { buffer } = entry
  const rate = buffer.sampleRate
  const length = Math.floor(Math.min(SEAM_SECONDS, from, (to - from) / 4) * rate)
  const looped = new AudioBuffer(buffer)
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel).slice()
    const [start, end] = [Math.floor(from * rate), Math.floor(to * rate)]
    for (let i = 0; i < length; i++) {
      const share = i / length
      const before = samples[start - length + i]
      samples[end - length + i] = (1 - share) * samples[end - length + i] + share * before
    }
    looped.copyToChannel(samples, channel)
  }
  Object.assign(entry, { seam: name, looped })
  return looped
}

// What a person sets once for all players, kept as long as the tab.
const KEPT = "moss-player"
const CHANGED = "moss-player"
const settings = (window.mossPlayer ??= {
  volume: 1,
  muted: false,
  hear: "both",
  colours: "own",
  axis: "own",
  panel: false,
  ...kept(),
})

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {}
  } catch {
    return {} // a browser that keeps nothing
  }
}

function set(changes) {
  Object.assign(settings, changes)
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(settings))
  } catch {
    // it holds as long as the page
  }
  for (const engine of engines.values()) engine.setVolume()
  window.dispatchEvent(new Event(CHANGED))
}

// Ears hear a square as even steps.
function level() {
  return settings.muted ? 0 : settings.volume ** 2
}
