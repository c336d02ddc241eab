// Cards of which one is chosen; a card with a sound plays it, while the mouse or the focus of a
// keyboard rests on it, or by its button.

const REST_MS = 250 // a mouse that only crosses a card plays nothing

const galleries = new WeakMap()

// Names differ between the cards of a gallery: the title, and where titles are the same what else
// is known, or the place.
function namesOf(cards) {
  const count = (names) => names.map((name) => names.filter((other) => other === name).length)
  const titles = cards.map((card) => card.title)
  const many = count(titles)
  const told = cards.map(({ title, lines }, k) => (many[k] > 1 ? [title, ...lines] : [title]).join(", "))
  const alike = count(told)
  return told.map((name, k) => (alike[k] > 1 ? `${name}, ${k + 1}` : name))
}

class Gallery {
  constructor(root) {
    this.root = root
    this.audio = new Audio()
    this.audio.preload = "none"
    this.audio.onended = () => this.stop()
    root.onkeydown = (event) => this.pressed(event)
    this.others = (event) => event.detail !== this && this.stop()
  }

  leave() {
    document.removeEventListener(PLAYS, this.others)
    this.stop()
  }

  show(data, choose) {
    document.addEventListener(PLAYS, this.others)
    this.chosen = data.chosen
    this.choose = choose
    this.root.setAttribute("aria-label", data.label)
    for (const look of ["wide", "sentences", "compact"]) this.root.classList.toggle(look, data[look])
    const wanted = JSON.stringify(data.cards)
    if (this.wanted !== wanted) {
      this.wanted = wanted
      this.stop()
      const focused = this.root.getRootNode().activeElement?.dataset.id
      const names = namesOf(data.cards)
      this.root.replaceChildren(...data.cards.map((card, k) => this.card(card, names[k], k)))
      if (focused) this.buttons.find((button) => button.dataset.id === focused)?.focus()
    }
    this.mark()
  }

  get buttons() {
    return [...this.root.querySelectorAll(".choose")]
  }

  card({ id, title, lines, picture, sound, alt }, name, number) {
    const card = document.createElement("div")
    card.className = "card"
    card.setAttribute("role", "none")
    const choose = document.createElement("button")
    choose.type = "button"
    choose.className = "choose"
    choose.dataset.id = id
    choose.setAttribute("role", "radio")
    choose.setAttribute("aria-label", name)
    choose.onclick = () => this.pick(id)
    const image = document.createElement(picture ? "img" : "span")
    if (picture) {
      Object.assign(image, { loading: "lazy", src: picture, alt: alt === title ? "" : alt })
    }
    image.classList.add("picture")
    const words = document.createElement("span")
    words.className = "words"
    for (const [tag, text] of [["b", title], ...lines.map((line) => ["small", line])]) {
      const line = document.createElement(tag)
      line.textContent = text
      line.title = text
      line.id = `${tag}-${number}-${words.children.length}`
      words.append(line)
    }
    const about = [...words.querySelectorAll("small")].map((line) => line.id)
    if (about.length) choose.setAttribute("aria-describedby", about.join(" "))
    choose.append(image, words)
    const tick = document.createElement("span")
    tick.className = "tick"
    tick.textContent = "✓"
    tick.setAttribute("aria-hidden", "true")
    card.append(choose, tick)
    if (sound) this.giveSound(card, choose, name, sound)
    return card
  }

  giveSound(card, choose, name, sound) {
    const play = document.createElement("button")
    play.type = "button"
    play.className = "play"
    play.tabIndex = -1 // a gallery is one tab stop: from the card itself the space bar plays
    play.setAttribute("aria-label", `Play ${name}`)
    play.setAttribute("aria-pressed", "false")
    play.onclick = () => this.toggle(play, sound)
    card.onpointerenter = (event) => event.pointerType === "mouse" && this.rest(play, sound)
    card.onpointerleave = () => this.moveOn()
    // Who aims at the button wants to press it: what it says must not change under the mouse.
    play.onpointerenter = () => clearTimeout(this.resting)
    choose.onfocus = () => choose.matches(":focus-visible") && this.rest(play, sound)
    choose.onblur = () => this.moveOn()
    card.append(play)
  }

  // Play while mouse or focus rest here. Browsers are silent until the page was pressed once.
  rest(play, sound) {
    clearTimeout(this.resting)
    if (navigator.userActivation?.hasBeenActive === false) return
    this.resting = setTimeout(() => {
      if (this.playing) return
      this.play(play, sound)
      this.passing = true
    }, REST_MS)
  }

  moveOn() {
    clearTimeout(this.resting)
    if (this.passing) this.stop()
  }

  toggle(play, sound) {
    clearTimeout(this.resting)
    const wasPlaying = this.playing === play
    this.stop()
    if (!wasPlaying) this.play(play, sound)
  }

  play(play, sound) {
    this.playing = play
    document.dispatchEvent(new CustomEvent(PLAYS, { detail: this }))
    this.audio.src = sound
    play.setAttribute("aria-pressed", "true")
    this.audio.play().catch(() => this.playing === play && this.stop())
  }

  stop() {
    clearTimeout(this.resting)
    this.passing = false
    this.playing?.setAttribute("aria-pressed", "false")
    this.playing = null
    this.audio.pause()
  }

  pick(id) {
    this.chosen = id
    this.mark()
    this.choose(id)
  }

  mark() {
    const { buttons } = this
    const stop = buttons.find((button) => button.dataset.id === this.chosen) ?? buttons[0]
    for (const button of buttons) {
      button.setAttribute("aria-checked", String(button.dataset.id === this.chosen))
      button.tabIndex = button === stop ? 0 : -1
    }
  }

  pressed(event) {
    const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }
    const { target, key } = event
    if (key === "Escape" && this.playing) {
      this.stop()
    } else if (!target.classList.contains("choose")) {
      return
    } else if (key in steps) {
      const { buttons } = this
      const next = buttons.indexOf(target) + steps[key]
      const button = buttons[(next + buttons.length) % buttons.length]
      button.focus()
      this.pick(button.dataset.id)
    } else if (key === " " && target.dataset.id === this.chosen) {
      target.parentElement.querySelector(".play")?.click()
    } else {
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery")
  let gallery = galleries.get(root)
  if (!gallery) {
    gallery = new Gallery(root)
    galleries.set(root, gallery)
  }
  gallery.show(data, (id) => setTriggerValue("picked", id))
  return () => gallery.leave()
}
