"""The frame of a film: a picture with its axes, a title over it, and a playhead that moves.

A film is mostly still. So a stage is drawn once, with all its letters, and kept as the planes that
H.264 encodes (YUV 4:2:0, BT.709): a picture in grays changes only the first of them, a playhead a
few columns, which takes a fraction of the time that drawing or converting a whole frame would.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import av
import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from numpy.typing import NDArray
from torch import Tensor

from moss_core.machine import font_file
from moss_core.synthesis import PlacedCanvas, frequency_ticks, time_ticks

Pixels = NDArray[np.uint8]

BACKGROUND, TEXT, QUIET, EDGE = "#120d1a", "#f0e9f4", "#a99bb5", "#3a2f47"
PLAYHEAD = "#e0568f"
_PLAYHEAD_WIDTH = 4  # pixels; even, as two columns share their colour
_LEAST_TICK_GAP = 1.6  # heights of a label
_UNIT = 1080


@dataclass(frozen=True)
class Shape:
    """The shape of a film.

    Args:
        label: for people.
        width: pixels, a multiple of 4.
        height: pixels, a multiple of 4.
    """

    label: str
    width: int
    height: int


SHAPES = {
    "square": Shape("Square, 1:1", 1080, 1080),
    "wide": Shape("Wide, 16:9", 1920, 1080),
    "tall": Shape("Tall, 9:16", 1080, 1920),
}
"""Shapes of films by the words for them."""


@dataclass(frozen=True)
class Box:
    """Where in a frame the picture lies, in pixels; all even."""

    left: int
    top: int
    width: int
    height: int


class Stage:
    """What all frames of a film share.

    Args:
        shape: of the film.
        canvas: whose picture is shown; its `aspect` is the picture's.
        title: over the picture.
        ends: what is written at the ends of a line under the picture that says how far something
            is; None: there is no line.
    """

    def __init__(
        self,
        shape: Shape,
        canvas: PlacedCanvas,
        title: str,
        ends: tuple[str, str] | None = None,
    ) -> None:
        self.shape = shape
        self._canvas = canvas
        self._title = title
        self.ends = ends
        self._above, self._beside, self._below = 128, 130, 140 if ends else 76
        self.box = self._place(canvas.aspect)

    @cached_property
    def _still(self) -> Pixels:
        """All that stands still, as planes."""
        return _planes(self._drawn())

    @cached_property
    def _playhead(self) -> Pixels:
        """The playhead's colour, a value a plane."""
        # Of 4 x 4 pixels: 16 of the first plane, then four of each of the others.
        return _planes(np.full((4, 4, 3), _rgb(PLAYHEAD), np.uint8)).ravel()[[0, 16, 20]]

    def _place(self, aspect: float) -> Box:
        """Return the largest box of this aspect that leaves room for title and axes."""
        margin = 56
        widest = self.shape.width - 2 * margin - self._beside
        highest = self.shape.height - 2 * margin - self._above - self._below
        width = min(widest, highest * aspect)
        height = min(highest, width / aspect)
        width, height = (max(16, round(side / 2) * 2) for side in (width, height))
        left = (self.shape.width - width - self._beside) // 2 + self._beside
        spare = self.shape.height - height - self._above - self._below
        top = spare // 2 + self._above
        return Box(left // 2 * 2, top // 2 * 2, width, height)

    def _drawn(self) -> Pixels:
        """Draw all that stands still."""
        frame = PIL.Image.new("RGB", (self.shape.width, self.shape.height), BACKGROUND)
        pen, box, canvas = PIL.ImageDraw.Draw(frame), self.box, self._canvas
        outline = (box.left - 2, box.top - 2, box.left + box.width + 1, box.top + box.height + 1)
        pen.rectangle(outline, "black", EDGE, 2)
        left = self._text_left
        title = _shortened(self._title, 40, self.shape.width - left - 56)
        pen.text((left, box.top - 66), title, TEXT, _font(40), "ls")
        base = box.top + box.height
        small = _font(20)
        taken = -1e9
        for place, words in time_ticks(canvas):
            x, half = box.left + place * (box.width - 1), small.getlength(words) / 2
            pen.line((x, base + 2, x, base + 8), EDGE, 2)
            if x - half > taken + 12 and x + half < self.shape.width - 8:
                pen.text((x, base + 14), words, QUIET, small, "mt")
                taken = x + half
        taken = -1e9
        for place, words in reversed(frequency_ticks(canvas)):
            y = base - 1 - place * (box.height - 1)
            pen.line((box.left - 9, y, box.left - 3, y), EDGE, 2)
            if y > taken + 20 * _LEAST_TICK_GAP:
                unit = " Hz" if place == 1 else ""
                pen.text((box.left - 16, y), words + unit, QUIET, small, "rm")
                taken = y
        corner = (self.shape.width - 40, self.shape.height - 36)
        pen.text(corner, "MOSS", QUIET, _font(22), "rs")
        if self.ends:
            for x, words, anchor in zip(
                (box.left, box.left + box.width), self.ends, ("ls", "rs"), strict=True
            ):
                pen.text((x, base + 104), words, QUIET, small, anchor)
        return np.asarray(frame)

    @property
    def _text_left(self) -> int:
        """Where title and words begin: over the picture, or at the edge where that is narrow."""
        return self.box.left if self.box.width > self.shape.width // 2 else 56

    def fitted(self, picture: Tensor) -> Pixels:
        """Return a picture `(H, W)` in [0, 1] as the box shows it, one plane of it."""
        gray = PIL.Image.fromarray(picture.mul(255).round().byte().cpu().numpy())
        size = (self.box.width, self.box.height)
        return _luma(np.asarray(gray.resize(size, PIL.Image.Resampling.LANCZOS)))

    def frame(self, picture: Pixels, playhead: float, words: str, along: float = 0.0) -> Pixels:
        """Return a frame as planes, `(3 H / 2, W)`.

        Args:
            picture: of `fitted`.
            playhead: where in the picture, 0 to 1.
            words: under the title.
            along: how far along the line under the picture, 0 to 1, where there is one.
        """
        box = self.box
        planes = self._still.copy()
        planes[box.top : box.top + box.height, box.left : box.left + box.width] = picture
        said = _said(words, self.shape.width - self._text_left - 56)
        top = box.top - 54
        part = planes[top : top + said.shape[0], self._text_left :][:, : said.shape[1]]
        np.maximum(part, said[:, : part.shape[1]], out=part)
        last = box.width - _PLAYHEAD_WIDTH
        x = box.left + round(playhead * last / 2) * 2
        self._paint(planes, (x, box.top, _PLAYHEAD_WIDTH, box.height))
        if self.ends:
            bar = box.top + box.height + 64
            planes[bar : bar + 8, box.left : box.left + box.width] = _luma(np.uint8(60))
            self._paint(planes, (box.left, bar, max(2, round(along * box.width / 2) * 2), 8))
        return planes

    def _paint(self, planes: Pixels, place: tuple[int, int, int, int]) -> None:
        """Fill a part (left, top, width, height, all even) with the playhead's colour."""
        (left, top, width, high), height = place, self.shape.height
        luma, *chroma = self._playhead
        planes[top : top + high, left : left + width] = luma
        for number, value in enumerate(chroma):
            first = height + number * height // 4
            plane = planes[first : first + height // 4].reshape(height // 2, -1)
            plane[top // 2 : (top + high) // 2, left // 2 : (left + width) // 2] = value

    def card(self, image: Tensor, sources: str) -> Pixels:
        """Return a title card as planes: an image `(H, W)` in [0, 1], the title, its sources."""
        width, height = self.shape.width, self.shape.height
        frame = PIL.Image.new("RGB", (width, height), BACKGROUND)
        pen = PIL.ImageDraw.Draw(frame)
        gray = PIL.Image.fromarray(image.mul(255).round().byte().cpu().numpy())
        room = min(_UNIT, width, height) * 0.5
        scale = room / max(gray.size)
        size = tuple(max(1, round(side * scale)) for side in gray.size)
        top = height // 2 - round(room * 0.68)
        left = (width - size[0]) // 2
        gray = gray.resize(size, PIL.Image.Resampling.LANCZOS)  # type: ignore[arg-type]
        frame.paste(gray, (left, top + round(room - size[1]) // 2))
        below = top + round(room)
        title = _shortened(self._title, 60, width - 112)
        pen.text((width / 2, below + 104), title, TEXT, _font(60), "ms")
        pen.text(
            (width / 2, below + 162), _shortened(sources, 28, width - 112), QUIET, _font(28), "ms"
        )
        pen.rectangle((width / 2 - 40, below + 36, width / 2 + 40, below + 41), fill=PLAYHEAD)
        pen.text((width - 40, height - 36), "MOSS", QUIET, _font(22), "rs")
        return _planes(np.asarray(frame))


def _planes(frame: Pixels) -> Pixels:
    """Return RGB pixels `(H, W, 3)` as planes of YUV 4:2:0, `(3 H / 2, W)`."""
    converted = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(
        format="yuv420p", dst_colorspace="ITU709"
    )
    return np.asarray(converted.to_ndarray(), np.uint8)


def _luma(gray: NDArray[np.uint8] | np.uint8) -> Pixels:
    """Return grays of 0 to 255 as the first plane has them, 16 to 235."""
    return (16.5 + np.float32(219 / 255) * np.asarray(gray)).astype(np.uint8)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


@lru_cache(maxsize=16)
def _font(points: int) -> PIL.ImageFont.FreeTypeFont:
    return PIL.ImageFont.truetype(str(font_file("DejaVuSans-Bold.ttf")), points)


def _shortened(text: str, points: int, room: float) -> str:
    """Return a text that is at most so many pixels wide."""
    text = " ".join(text.split())
    if _font(points).getlength(text) <= room:
        return text
    while text and _font(points).getlength(text + "...") > room:
        text = text[:-1]
    return text.rstrip() + "..."


@lru_cache(maxsize=8)
def _said(words: str, room: int) -> Pixels:
    """Return a line of text as the first plane has it, on the background."""
    line = PIL.Image.new("L", (room, 36))
    text = _shortened(words, 26, room)
    PIL.ImageDraw.Draw(line).text((0, 26), text, 190, _font(26), "ls")
    return _luma(np.asarray(line))
