// Cards of which one is chosen; a card with a sound plays it.

const galleries = new WeakMap()

class Gallery {
  constructor(root) {
    this.root = root
    this.audio = new Audio()
    this.audio.onended = () => this.stop()
    root.onkeydown = (event) => this.pressed(event)
  }

  show(data, choose) {
    this.chosen = data.chosen
    this.choose = choose
    this.root.setAttribute("aria-label", data.label)
    this.root.classList.toggle("wide", data.wide)
    this.root.classList.toggle("sentences", data.sentences)
    const wanted = JSON.stringify(data.cards)
    if (this.wanted !== wanted) {
      this.wanted = wanted
      this.stop()
      this.root.replaceChildren(...data.cards.map((card) => this.card(card)))
    }
    this.mark()
  }

  card({ id, title, lines, picture, sound, alt }) {
    const card = document.createElement("div")
    card.className = "card"
    const choose = document.createElement("button")
    choose.type = "button"
    choose.className = "choose"
    choose.dataset.id = id
    choose.setAttribute("role", "radio")
    choose.setAttribute("aria-label", [title, ...lines].join(", "))
    choose.onclick = () => this.pick(id)
    const image = document.createElement(picture ? "img" : "span")
    if (picture) Object.assign(image, { loading: "lazy", src: picture, alt })
    image.classList.add("picture")
    const words = document.createElement("span")
    words.className = "words"
    for (const [tag, text] of [["b", title], ...lines.map((line) => ["small", line])]) {
      const line = document.createElement(tag)
      line.textContent = text
      line.title = text
      words.append(line)
    }
    choose.append(image, words)
    const tick = document.createElement("span")
    tick.className = "tick"
    tick.textContent = "✓"
    card.append(choose, tick)
    if (sound) card.append(this.player(title, sound))
    return card
  }

  player(title, sound) {
    const play = document.createElement("button")
    play.type = "button"
    play.className = "play"
    play.setAttribute("aria-label", `Play ${title}`)
    play.setAttribute("aria-pressed", "false")
    play.onclick = () => {
      const wasPlaying = play.getAttribute("aria-pressed") === "true"
      this.stop()
      if (wasPlaying) return
      this.playing = play
      this.audio.src = sound
      play.setAttribute("aria-pressed", "true")
      this.audio.play().catch(() => this.playing === play && this.stop())
    }
    return play
  }

  stop() {
    this.playing = null
    this.audio.pause()
    for (const play of this.root.querySelectorAll(".play")) {
      play.setAttribute("aria-pressed", "false")
    }
  }

  pick(id) {
    this.chosen = id
    this.mark()
    this.choose(id)
  }

  mark() {
    for (const card of this.root.querySelectorAll(".choose")) {
      const chosen = card.dataset.id === this.chosen
      card.setAttribute("aria-checked", String(chosen))
      card.tabIndex = chosen ? 0 : -1
    }
  }

  pressed(event) {
    const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }
    if (!(event.key in steps) || !event.target.classList.contains("choose")) return
    const cards = [...this.root.querySelectorAll(".choose")]
    const next = cards.indexOf(event.target) + steps[event.key]
    const card = cards[(next + cards.length) % cards.length]
    card.focus()
    this.pick(card.dataset.id)
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
  return () => gallery.stop()
}
