// The first thing on a page that the Tab key reaches: leads over all of it to where it ends.

export default function ({ data, parentElement }) {
  const link = parentElement.querySelector("button")
  link.textContent = data.label
  link.hidden = false // it has a name from here on
  link.onclick = () => {
    const there = `.st-key-${data.target} button:not(:disabled)`
    document.querySelector(there)?.focus()
  }
}
