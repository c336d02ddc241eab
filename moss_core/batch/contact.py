"""The contact sheet of a batch: the picture of each row's first candidate, side by side."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from html import escape

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from moss_core.batch.place import Standing
from moss_core.machine import font_file
from moss_core.runs import Manifest

CONTACT_PAGE, CONTACT_PICTURE = "contact.html", "contact.png"
Shown = tuple[Standing, Manifest | None, bytes]
_WIDTH, _HEIGHT, _CAPTION, _GAP, _FONT = 240, 180, 40, 12, 12
_MOST_ACROSS, _MOST_DRAWN = 8, 400
_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; overflow-wrap: anywhere; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
figure { border: 1px solid var(--line); border-radius: 0.6rem; margin: 0; padding: 0.8rem;
  min-width: 0; }
img, .none { width: 100%; aspect-ratio: 4 / 3; object-fit: contain; display: block;
  border-radius: 0.3rem; background: #000; }
figcaption { font-size: 0.85rem; line-height: 1.4; margin-top: 0.4rem; overflow-wrap: anywhere; }
"""


def contact_page(title: str, words: str, shown: Sequence[Shown]) -> str:
    """Return the contact sheet as one HTML page, which loads nothing: its pictures are in it.

    Args:
        title: of the batch.
        words: how far it is.
        shown: each row, what its run says of itself, and a WebP of it; b"" where there is none.
    """
    figures = "\n".join(_figure(*one) for one in shown)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p>{escape(words)}.</p>
<main>
{figures}
</main>
</body>
</html>
"""


def _figure(standing: Standing, manifest: Manifest | None, cover: bytes) -> str:
    url = "data:image/webp;base64," + base64.b64encode(cover).decode()
    name = escape(standing.name, quote=True)
    picture = f'<img src="{url}" alt="Picture of {name}" loading="lazy">'
    told = escape(_words(standing, manifest))
    return (
        f"<figure>{picture if cover else '<div class=none></div>'}<figcaption>"
        f'<a href="{name}/">{standing.number}. {name}</a><br>{told}</figcaption></figure>'
    )


def contact_picture(shown: Sequence[Shown]) -> bytes:
    """Return the contact sheet as a PNG: of the first 400 rows, up to eight side by side."""
    drawn = shown[:_MOST_DRAWN]
    across = min(_MOST_ACROSS, max(1, math.ceil(math.sqrt(len(drawn)))))
    down = math.ceil(len(drawn) / across)
    wide, high = _WIDTH + _GAP, _HEIGHT + _CAPTION + _GAP
    sheet = PIL.Image.new("RGB", (across * wide + _GAP, down * high + _GAP), "#16161d")
    draw = PIL.ImageDraw.Draw(sheet)
    font = PIL.ImageFont.truetype(font_file("DejaVuSans-Bold.ttf"), _FONT)
    for place, (standing, manifest, cover) in enumerate(drawn):
        x, y = _GAP + place % across * wide, _GAP + place // across * high
        draw.rectangle((x, y, x + _WIDTH - 1, y + _HEIGHT - 1), fill="#000")
        if cover:
            with PIL.Image.open(io.BytesIO(cover)) as picture:
                picture.thumbnail((_WIDTH, _HEIGHT))
                left, top = (_WIDTH - picture.width) // 2, (_HEIGHT - picture.height) // 2
                sheet.paste(picture.convert("RGB"), (x + left, y + top))
        lines = f"{standing.number}. {standing.name}", _words(standing, manifest)
        for line, text in enumerate(lines):
            fits = next(n for n in range(len(text), -1, -1) if font.getlength(text[:n]) <= _WIDTH)
            draw.text((x, y + _HEIGHT + 4 + 17 * line), text[:fits], fill="#e8e8f0", font=font)
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


def _words(standing: Standing, manifest: Manifest | None) -> str:
    if standing.state != "done":
        return standing.state
    shares = manifest.opening_shares if manifest else None
    return str(shares) if shares else "done"
