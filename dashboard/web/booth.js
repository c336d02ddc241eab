// A listening booth: a window over the page in which one trial after the other is heard and
// answered. All sounds of a trial are loaded before it begins, and a switch keeps the place. While
// it is open the keys are its own, the page's and the player's shortcuts get none. Nothing that is
// seen or heard tells which answer would be right; who looks into the browser's requests may know.

const AGAIN_MS = 5000 // after which an answer that nothing came of is told again
const LOUDER = 0.05
const LEAVE_MS = 1500 // a page that is drawn anew may take the booth away for a moment

class Booth {
  constructor(root) {
    this.root = root
    this.engine = new Engine()
    engines.set(this, this.engine) // so that the volume reaches it
    for (const name of ["count", "close", "question", "trial", "pictures", "sounds", "place",
      "answers", "hint", "keys", "end", "words", "done", "more", "trouble"]) {
      this[name] = root.querySelector(`.${name}`)
    }
    this.window = root.querySelector("dialog")
    this.progress = root.querySelector("progress")
    this.close.onclick = () => this.leave()
    this.done.onclick = () => this.leave()
    this.more.onclick = () => this.tell("more", this.data.id)
    this.window.oncancel = (event) => {
      event.preventDefault()
      this.leave()
    }
    this.pressed = (event) => this.press(event)
    this.others = ({ detail }) => detail !== this.engine && this.engine.pause()
    document.addEventListener(PLAYS, this.others)
  }

  show(data) {
    this.data = data
    clearTimeout(this.leaving)
    if (!data.open || data.id === this.left) return this.shut()
    if (!this.window.open) {
      this.window.showModal()
      // Before the page's own shortcuts, whoever listens to them.
      window.addEventListener("keydown", this.pressed, true)
      set({ muted: false })
      this.first = true
    }
    const { question, ending } = data
    this.root.classList.toggle("waiting", !question && !ending)
    this.trial.hidden = !question
    this.end.hidden = !ending
    this.trouble.hidden = !data.trouble
    this.trouble.textContent = data.trouble
    this.progress.hidden = !question
    if (question) return this.ask(question)
    this.asked = null
    this.engine.pause()
    this.count.textContent = ""
    this.question.textContent = ending ? ending.title : data.waiting
    if (!ending || this.ended === data.id) return
    this.ended = data.id
    this.words.textContent = ending.words
    this.more.hidden = !ending.more
    this.more.textContent = ending.more
    this.done.focus({ preventScroll: true })
  }

  ask(question) {
    const name = `${this.data.id} ${question.number}`
    if (this.asked === name) return
    this.asked = name
    this.ended = null
    clearTimeout(this.again)
    this.engine.pause()
    Object.assign(this, { heard: new Set(), sent: false, ready: false, since: performance.now() })
    this.count.textContent = `${question.number} of ${question.of}`
    this.progress.max = question.of
    this.progress.value = question.number - 1
    this.question.textContent = question.text
    this.hint.textContent = question.sounds.length ? "" : question.hint
    this.keys.innerHTML = question.sounds.length ? KEYS : KEYS_OF_PICTURES
    this.pictures.replaceChildren(...question.pictures.map(([alt, src]) =>
      Object.assign(new Image(), { alt, src })))
    this.pictures.style.setProperty("--aspect", question.aspect)
    this.place.hidden = !question.sounds.length
    this.sounds.replaceChildren(...question.sounds.map(([label], index) => {
      const button = this.button(label, () => this.listen(index))
      button.append(key(String(index + 1)))
      button.setAttribute("aria-pressed", "false")
      button.disabled = true
      return button
    }))
    const sides = ["first", "second"]
    this.answers.replaceChildren(...question.answers.map((label, index) => {
      const button = this.button(label, () => this.answer(sides[index]))
      if (index) button.append(key("→"))
      else button.prepend(key("←"))
      return button
    }))
    this.answers.classList.toggle("early", question.sounds.length > 0)
    this.window.focus({ preventScroll: true })
    this.load(question, name)
  }

  button(label, act) {
    const button = document.createElement("button")
    button.type = "button"
    button.append(label)
    button.onclick = (event) => {
      act()
      if (event.detail) this.window.focus({ preventScroll: true }) // pressed with a pointer: the keys stay the booth's
    }
    return button
  }

  async load(question, name) {
    try {
      await Promise.all(question.sounds.map(([, url]) => this.engine.load(this.sourceOf(url))))
    } catch (error) {
      if (this.asked === name) this.complain(`It cannot be played: ${error.message}. Reload the page.`)
      return
    }
    if (this.asked !== name) return
    this.ready = true
    this.since = performance.now()
    this.engine.offset = 0
    for (const button of this.sounds.children) button.disabled = false
    const last = question.sounds.length - 1
    if (last >= 0 && !this.first) this.listen(last)
    else if (last >= 0) this.hint.textContent = question.hint
    this.first = false
  }

  sourceOf(url) {
    return { id: url, label: "", sound: url, sample_rate: this.data.sample_rate }
  }

  async listen(index) {
    const { sounds } = this.data.question
    if (!this.ready || this.sent || !sounds[index]) return
    this.now = index
    this.heard.add(index)
    this.answers.classList.toggle("early", !this.enough)
    if (this.enough) this.hint.textContent = ""
    await this.engine.play(sounds[index][1], 1)
    this.draw()
  }

  // Whether what is asked for can be known: both, or X and one of them.
  get enough() {
    const { sounds, needs } = this.data.question
    return !sounds.length || needs.some((all) => all.every((index) => this.heard.has(index)))
  }

  toggle() {
    if (this.engine.playing) this.engine.pause()
    else return this.listen(this.now ?? 0)
    this.draw()
  }

  answer(side) {
    if (!this.ready || this.sent) return
    const { question, id } = this.data
    if (!this.enough) {
      this.hint.textContent = question.hint
      return
    }
    this.sent = true
    this.engine.pause()
    this.draw()
    this.progress.value = question.number
    const seconds = (performance.now() - this.since) / 1000
    const told = { id, number: question.number, answer: side, seconds }
    const tell = () => {
      this.tell("answered", told)
      this.again = setTimeout(tell, AGAIN_MS)
    }
    tell()
  }

  complain(words) {
    this.trouble.textContent = words
    this.trouble.hidden = false
  }

  press(event) {
    const { key: name } = event
    if (event.ctrlKey || event.metaKey || event.altKey) return
    event.stopImmediatePropagation()
    const focused = this.root.getRootNode().activeElement
    const button = focused?.matches("button") && this.window.contains(focused)
    if (name === "Tab" || (button && (name === " " || name === "Enter"))) return
    event.preventDefault()
    if (event.repeat && !name.startsWith("Arrow")) return
    if (name === "Escape") return this.leave()
    const { question } = this.data
    if (name === "ArrowUp" || name === "ArrowDown") {
      const up = name === "ArrowUp" ? LOUDER : -LOUDER
      return set({ volume: Math.min(1, Math.max(0, settings.volume + up)), muted: false })
    }
    if (!question || event.repeat) return
    const letter = name.toLowerCase()
    const place = question.sounds.findIndex(
      ([label], index) => letter === String(index + 1) || letter === label[0].toLowerCase()
    )
    if (name === " ") this.toggle()
    else if (name === "ArrowLeft" || letter === "z") this.answer("first")
    else if (name === "ArrowRight" || letter === "m") this.answer("second")
    else if (place >= 0) this.listen(place)
  }

  draw() {
    const { playing, now } = { playing: this.engine.playing, now: this.now }
    ;[...this.sounds.children].forEach((button, index) => {
      button.setAttribute("aria-pressed", String(playing && index === now))
    })
    cancelAnimationFrame(this.ticking)
    if (playing) this.tick()
  }

  tick() {
    const buffer = this.engine.buffers.get(this.data.question?.sounds[this.now]?.[1])?.buffer
    const share = buffer ? this.engine.position / buffer.duration : 0
    this.place.firstElementChild.style.transform = `scaleX(${share})`
    if (this.engine.playing) this.ticking = requestAnimationFrame(() => this.tick())
    else this.draw()
  }

  // Somebody stops: what was answered is kept.
  leave() {
    this.left = this.data.id
    this.shut()
    this.tell("closed", this.data.id)
  }

  shut() {
    window.removeEventListener("keydown", this.pressed, true)
    clearTimeout(this.again)
    this.engine.pause()
    this.asked = null
    if (this.window.open) this.window.close()
  }

  away() {
    this.leaving = setTimeout(() => {
      this.shut()
      document.removeEventListener(PLAYS, this.others)
      engines.delete(this)
    }, LEAVE_MS)
  }
}

const KEYS = `<span><kbd>1</kbd> <kbd>2</kbd> <kbd>3</kbd> listen</span>
  <span><kbd>←</kbd> <kbd>→</kbd> answer</span><span><kbd>Space</kbd> play, stop</span>
  <span><kbd>↑</kbd> <kbd>↓</kbd> volume</span><span><kbd>Esc</kbd> go on later</span>`
const KEYS_OF_PICTURES = `<span><kbd>←</kbd> <kbd>→</kbd> answer</span>
  <span><kbd>Esc</kbd> go on later</span>`

function key(name) {
  const shown = document.createElement("kbd")
  shown.textContent = name
  shown.setAttribute("aria-hidden", "true")
  return shown
}

const booths = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".booth")
  if (!booths.has(root)) booths.set(root, new Booth(root))
  const booth = booths.get(root)
  booth.tell = setTriggerValue
  booth.show(data)
  return () => booth.away()
}
