// Scrolls to a heading of the page, and moves the focus there, when something was opened under it.

const FRAMES = 60 // to wait for the heading: the page may draw it after this

let opened // counts as the page does; a page that is drawn anew has opened nothing by that

function reveal(id, frames) {
  const heading = document.getElementById(id)
  if (!heading) {
    if (frames) requestAnimationFrame(() => reveal(id, frames - 1))
    return
  }
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches
  heading.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" })
}

export default function ({ data }) {
  if (opened !== undefined && data.opened > opened) reveal(data.heading, FRAMES)
  opened = data.opened
}
