"""Certificates as a page to show: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
import PIL.Image
from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.objectives import Viewer, colour
from moss_core.runs.certificates.certificate import SCORE_WORDS, SEEN, Certificate, Entry

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f4b; --bad: #b3401f; }
@media (prefers-color-scheme: dark) { :root { --good: #5ad394; --bad: #ff9a76; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0; display: flex; justify-content: space-between; gap: 1rem; }
.headline { font-weight: 600; margin: 0.25rem 0 1rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }
.card { border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.8rem; min-width: 0; }
.row { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.5rem 0; }
figure { margin: 0; flex: 1 1 7rem; max-width: 16rem; }
.small figure { flex: 0 1 7rem; }
img { width: 100%; aspect-ratio: 1; display: block; border-radius: 0.3rem; background: #000; }
figcaption, .note, table, summary { font-size: 0.85rem; }
figcaption { line-height: 1.3; margin-top: 0.2rem; }
.seen { color: var(--good); } .unseen { color: var(--bad); }
.warning { color: var(--bad); font-size: 0.9rem; margin: 0.5rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-top: 1px solid var(--line); padding: 0.2rem 0.4rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
.copy { display: flex; gap: 0.5rem; align-items: flex-start; margin-top: 0.5rem; }
code { flex: 1; font-size: 0.8rem; user-select: all; overflow-wrap: anywhere; min-width: 0; }
button { font: inherit; font-size: 0.85rem; padding: 0.2rem 0.6rem; cursor: pointer; }
"""
_SCRIPT = """
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const words = button.previousElementSibling, told = () => { button.textContent = "Copied"; };
  getSelection().selectAllChildren(words);
  if (navigator.clipboard) navigator.clipboard.writeText(words.textContent).then(told, () => {});
  else if (document.execCommand("copy")) told();
});
"""


@on_one_core()
def certificate_page(certificates: Sequence[Certificate], title: str) -> str:
    """Return certificates as one HTML page, which loads nothing: its pictures are in it.

    Args:
        certificates: at least one, of the same image on the same canvas.
        title: of the page, for people.
    """
    first = certificates[0]
    canvas = first.canvas
    place = (
        f"Image at {canvas.start:.2f} to {canvas.start + canvas.duration:.2f} s, "
        f"{canvas.low:g} to {canvas.high:g} Hz ({canvas.axis})."
    )
    targets = "".join(
        _figure(picture, "gray", f"The image: {name}")
        for picture, name in zip(first.targets, first.images, strict=True)
    )
    several = len(certificates) > 1
    sections = "\n".join(_section(certificate, several) for certificate in certificates)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Will others see it? {escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Will others see it? {escape(title)}</h1>
<div class="row small">{targets}</div>
<p class="note">{escape(place)} {escape(SCORE_WORDS)}</p>
{sections}
<script>{_SCRIPT}</script>
</body>
</html>
"""


def picture_in_colours(picture: Tensor, colours: str) -> PIL.Image.Image:
    """Return a picture `(H, W)` in [0, 1] in the colours of a program."""
    return PIL.Image.fromarray(np.ascontiguousarray(colour(picture, colours).numpy()))


def _section(certificate: Certificate, named: bool) -> str:
    heading = f"<h2>{escape(certificate.sound)}</h2>" if named else ""
    cards = "\n".join(_card(certificate, viewer) for viewer in certificate.viewers)
    remarks = "".join(
        f'<p class="note">Left out: {escape(remark)}.</p>' for remark in certificate.remarks
    )
    return f"""<section>
{heading}
<p class="headline">{escape(certificate.headline)}</p>
<div class="cards">
{cards}
</div>
{remarks}
</section>"""


def _card(certificate: Certificate, viewer: Viewer) -> str:
    entries = [entry for entry in certificate.entries if entry.viewer.name == viewer.name]
    codec = certificate.codecs[0]
    first = [entry for entry in entries if entry.codec == codec]
    pictures = "".join(
        _figure(e.picture, viewer.colours, e.channel, f", {viewer.label}", e) for e in first
    )
    worst = min(first, key=lambda entry: entry.score)
    warning = certificate.warning(viewer)
    told = f'<p class="warning">{escape(warning[0].upper() + warning[1:])}</p>' if warning else ""
    return f"""<article class="card">
<h3><span>{escape(viewer.label)}</span>{_score(worst)}</h3>
<div class="row">{pictures}</div>
{told}
<div class="copy"><code>{escape(certificate.settings(viewer))}</code><button>Copy</button></div>
{_after(certificate, entries, len(first))}
</article>"""


def _after(certificate: Certificate, entries: Sequence[Entry], channels: int) -> str:
    """What codecs leave of it: the scores, and the pictures where somebody asks for them."""
    codecs = certificate.codecs
    if len(codecs) == 1:
        return ""
    head = "".join(f"<th>{escape(entry.channel)}</th>" for entry in entries[:: len(codecs)])
    rows, figures = [], []
    for number, codec in enumerate(codecs):
        group = entries[number :: len(codecs)]
        scores = "".join(f"<td>{_score(entry)}</td>" for entry in group)
        rows.append(f"<tr><td>{escape(codec.label)}</td>{scores}</tr>")
        if number:
            figures += [
                _figure(e.picture, e.viewer.colours, f"{codec.label}, {e.channel}", "", e)
                for e in group
            ]
    return f"""<div class="scroll"><table><tr><th>Codec</th>{head}</tr>{"".join(rows)}</table></div>
<details><summary>Pictures after codecs</summary>
<div class="row small">{"".join(figures)}</div></details>"""


def _score(entry: Entry) -> str:
    kind = "seen" if entry.score >= SEEN else "unseen"
    return f'<span class="{kind}">{entry.score:.0f} %</span>'


def _figure(
    picture: Tensor, colours: str, caption: str, more: str = "", entry: Entry | None = None
) -> str:
    file = io.BytesIO()
    picture_in_colours(picture, colours).save(file, "JPEG", quality=72)
    url = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
    score = f" {_score(entry)}" if entry else ""
    alternative = escape(caption + more, quote=True)
    return (
        f'<figure><img src="{url}" alt="{alternative}" loading="lazy">'
        f"<figcaption>{escape(caption)}{score}</figcaption></figure>"
    )
