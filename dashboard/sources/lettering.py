"""Text as image: white letters on black, as large as they fit."""

from __future__ import annotations

import io
from functools import lru_cache

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from moss_core.errors import MossError
from moss_core.machine import font_file

FONTS = {
    "Poster": "Anton-Regular.ttf",
    "Script": "Lobster-Regular.ttf",
    "Pixel": "PressStart2P-Regular.ttf",
    "Plain": "DejaVuSans-Bold.ttf",
}
"""The fonts' files by the name that people choose."""
MAX_CHARACTERS = 40
SIZE = (1024, 512)
MARGIN = 0.06

_WIDEST = "Plain"
_TRIAL_POINTS = 200
_NO_CHARACTER = "\U0010ffff"  # unassigned for ever, so every font draws its empty box


def lettering(text: str, font: str = next(iter(FONTS))) -> bytes:
    """Draw a line of text.

    Args:
        text: 1 to 40 characters that the font has.
        font: a name in `FONTS`.

    Returns:
        A gray PNG of 1024 x 512 pixels.

    Raises:
        MossError: for another text or font.
    """
    text = "".join(character for character in text if character.isprintable()).strip()
    _check(text, font)
    trial = _ink(text, font, _TRIAL_POINTS)
    scale = min(
        (1 - 2 * MARGIN) * room / extent for room, extent in zip(SIZE, trial.size, strict=True)
    )
    ink = _ink(text, font, int(scale * _TRIAL_POINTS))
    picture = PIL.Image.new("L", SIZE)
    picture.paste(ink, ((SIZE[0] - ink.width) // 2, (SIZE[1] - ink.height) // 2))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _ink(text: str, font: str, points: int) -> PIL.Image.Image:
    """Draw the text and cut it out; what it measures is its ink, not its room in a line."""
    letters = _font(font, points)
    left, top, right, bottom = letters.getbbox(text)
    room = (int(right - left) + 2 * points, int(bottom - top) + 2 * points)
    picture = PIL.Image.new("L", room)
    PIL.ImageDraw.Draw(picture).text((points - left, points - top), text, 255, letters)
    return picture.crop(picture.getbbox())


@lru_cache(maxsize=16)
def _font(name: str, points: int) -> PIL.ImageFont.FreeTypeFont:
    return PIL.ImageFont.truetype(str(font_file(FONTS[name])), points)


def _check(text: str, font: str) -> None:
    if font not in FONTS:
        raise MossError("font", f"must be one of {', '.join(FONTS)}", repr(font), f"Use {_WIDEST}.")
    if not 1 <= len(text) <= MAX_CHARACTERS:
        raise MossError(
            "text",
            f"must have 1 to {MAX_CHARACTERS} characters",
            len(text),
            "Write something." if not text else "Shorten it.",
        )
    letters = _font(font, _TRIAL_POINTS)
    empty = bytes(letters.getmask(_NO_CHARACTER))
    missing = [c for c in dict.fromkeys(text) if bytes(letters.getmask(c)) == empty]
    if missing:
        remedy = "Leave them out." if font == _WIDEST else f"Choose {_WIDEST}, or leave them out."
        raise MossError(
            f"text in {font}", "must use characters that it has", f"no {' '.join(missing)}", remedy
        )
