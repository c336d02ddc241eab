// Sliders that look alike in both themes (`range.css`): how far one is filled.

function fill(range, share) {
  range.style.setProperty("--done", `${100 * share}%`)
}
