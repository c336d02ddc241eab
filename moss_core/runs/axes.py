"""A picture with its axes, to print and to show: seconds across, hertz up."""

from __future__ import annotations

import io
from functools import lru_cache

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from moss_core.machine import font_file
from moss_core.synthesis import PlacedCanvas, frequency_ticks, time_ticks

_PAPER, _INK, _QUIET, _EDGE = 255, 34, 85, 136  # grays
_TITLE, _WORDS = 1 / 50, 1 / 64
"""Heights of letters, as parts of the picture's longer side."""
_TICK, _GAP = 0.5, 0.4
"""Length of a tick and room beside words, as parts of a letter's height."""


def picture_png(picture: bytes, canvas: PlacedCanvas, title: str, longest: int = 1800) -> bytes:
    """Return a grayscale PNG of a picture with seconds across and hertz up.

    Each cell stays a sharp box of one gray, which a PNG holds in a third of the room that smooth
    transitions take.

    Args:
        picture: PNG, one pixel a cell.
        canvas: that it shows; frequency runs up as its axis says.
        title: above it.
        longest: the picture's longer side in pixels; its shape is the canvas's.
    """
    size = [max(1, round(longest * min(1, side))) for side in (canvas.aspect, 1 / canvas.aspect)]
    width, height = size
    large, small = _bold(round(longest * _TITLE)), _plain(round(longest * _WORDS))
    line, times, hertz = round(small.size), time_ticks(canvas), frequency_ticks(canvas)
    tick, gap = round(_TICK * line), round(_GAP * line)
    widest = max(round(small.getlength(words)) for _, words in hertz)
    left, top = 3 * gap + round(1.3 * line) + widest + tick, round(2.2 * large.size)
    below = tick + round(3.4 * line)
    right = max(2 * line, round(large.getlength(title)) + line - width)
    frame = PIL.Image.new("L", (left + width + right, top + height + below), _PAPER)
    pen = PIL.ImageDraw.Draw(frame)
    pen.text((left, top - gap), title, _INK, large, "ld")
    with PIL.Image.open(io.BytesIO(picture)) as cells:
        gray = cells.convert("L").resize((width, height), PIL.Image.Resampling.BOX)
    frame.paste(gray, (left, top))
    thick = max(1, line // 12)
    base = top + height
    for place, words in times:
        x = left + round(place * (width - 1))
        pen.line((x, base, x, base + tick), _EDGE, thick)
        pen.text((x, base + tick + gap), words, _QUIET, small, "ma")
    pen.text((left + width // 2, base + below - gap), "time (s)", _INK, small, "md")
    taken = base + line
    for place, words in hertz:
        y = base - 1 - round(place * (height - 1))
        pen.line((left - tick, y, left - 1, y), _EDGE, thick)
        if y < taken - line:  # on a canvas that is wide and low there is no room for each
            pen.text((left - tick - gap, y), words, _QUIET, small, "rm")
            taken = y
    along = _upright(f"frequency (Hz, {canvas.axis})", small)
    frame.paste(along, (gap, top + (height - along.height) // 2))
    file = io.BytesIO()
    frame.save(file, "PNG")
    return file.getvalue()


def _upright(words: str, font: PIL.ImageFont.FreeTypeFont) -> PIL.Image.Image:
    """Return words that run upwards."""
    room = PIL.Image.new("L", (round(font.getlength(words)) + 2, round(1.3 * font.size)), _PAPER)
    PIL.ImageDraw.Draw(room).text((1, room.height // 2), words, _INK, font, "lm")
    return room.transpose(PIL.Image.Transpose.ROTATE_90)


@lru_cache(maxsize=4)
def _bold(pixels: int) -> PIL.ImageFont.FreeTypeFont:
    """Return the font of titles, which has the letters of most languages."""
    return PIL.ImageFont.truetype(str(font_file("DejaVuSans-Bold.ttf")), pixels)


@lru_cache(maxsize=4)
def _plain(pixels: int) -> PIL.ImageFont.FreeTypeFont:
    """Return the font of axes, which are in numbers and plain words."""
    found = PIL.ImageFont.load_default(pixels)
    return found if isinstance(found, PIL.ImageFont.FreeTypeFont) else _bold(pixels)
