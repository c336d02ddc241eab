"""What is done to an image before everything: which way it is turned, which part of it is painted
in which shape, and which of its grays are black, white and between.

Turning, flipping and cropping change no gray. They come in this order, so that what is cropped is
what is seen, and before all grays, so that the levels are those of what is painted. An image then
meets its canvas (`Adjustments.place`), which has another shape as a rule:

- *fit* narrows the canvas around its centre to the image's shape, in time or in frequency. What is
  left over of it stays the track to the last bit: bars at the image's sides would be silence.
- *fill* crops the image around its centre to the canvas's shape.
- *stretch* distorts the image.

The grays change in a fixed order, each step on what the one before left:

1. `invert`, so that all others act on what will be seen: a drawing of black ink has its white
   paper as its brightest part until then, and its ink afterwards.
2. `levels`, the white point: a dark image on a spectrogram is a quiet one, which drowns in the
   track. Black stays black, since black is silence.
3. `gamma`, which bends the grays between the black and the white that step 2 has fixed.
4. `contrast` and `brightness`, which are straight lines, and clip what they push out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.canvas import MIN_BAND, PlacedCanvas
from moss_core.synthesis.files.pixels import LEAST_CONTRAST, MIN_IMAGE_SIDE, check_contrast
from moss_core.synthesis.inputs import Image

_WHITE_PERCENTILE = 99.5
_WHOLE = (0.0, 0.0, 1.0, 1.0)
_ENDS = {"brightness": (-1.0, 1.0), "contrast": (0.25, 4.0), "gamma": (0.25, 4.0)}


@dataclass(frozen=True)
class Adjustments:
    """What is done to an image before everything, in this order: rotate, flip, crop, fit, invert,
    levels, gamma, and then contrast and brightness together.

    Args:
        levels: make the brightest half percent of the pixels white, `x / white` clipped at 1,
            where `white` is their 99.5th percentile. Where that is nearly black (below 1/64: a
            few strokes on black), white is the brightest pixel, or the grain of the black would
            be as bright as the strokes. Black stays black.
        brightness: added to every gray, -1 (all black) to 1 (all white); 0 leaves it.
        contrast: how far grays lie from the middle, `0.5 + contrast * (x - 0.5)`, 0.25 to 4; 1
            leaves it (the `contrast()` of the W3C's Filter Effects Module Level 1).
        gamma: bends the grays between black and white, `x ** (1 / gamma)`, 0.25 to 4: above 1
            lighter, below 1 darker, 1 leaves them (ImageMagick's `-gamma`, the middle slider of
            the levels of image editors).
        invert: swap black and white, `1 - x`.
        rotate: turn the image clockwise by 0, 90, 180 or 270 degrees.
        flip: swap left and right, after turning.
        crop: left, top, right and bottom edge of the part that is painted, as shares of the image
            as it is after turning and flipping, 0 (left, top) to 1 (right, bottom).
        fit: how an image and a canvas of different shapes meet: "fit" (the whole image as it is,
            on a narrower canvas), "fill" (the middle of the image, on the whole canvas) or
            "stretch" (the whole image, distorted, on the whole canvas).

    Raises:
        MossError: for another value.
    """

    RANGES: ClassVar[Mapping[str, tuple[float, float]]] = MappingProxyType(_ENDS)
    """Least and most of each number that may lie between."""

    TURNS: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)
    """What `rotate` may be, degrees."""

    FITS: ClassVar[tuple[str, ...]] = ("fit", "fill", "stretch")
    """What `fit` may be."""

    levels: bool = True
    brightness: float = 0
    contrast: float = 1
    gamma: float = 1
    invert: bool = False
    rotate: int = 0
    flip: bool = False
    crop: tuple[float, float, float, float] = _WHOLE
    fit: str = "fit"

    def __post_init__(self) -> None:
        for name in ("levels", "invert", "flip"):
            found = getattr(self, name)
            if not isinstance(found, bool):
                raise MossError(name, "must be on or off", repr(found), "Write True or False.")
        for name, (least, most) in self.RANGES.items():
            if not least <= (found := getattr(self, name)) <= most:
                unchanged = getattr(Adjustments, name)
                rule = f"must be a number from {least:g} to {most:g}"
                raise MossError(name, rule, found, f"Use {unchanged}, which changes nothing.")
        if isinstance(self.rotate, bool) or self.rotate not in self.TURNS:
            rule = f"must be {', '.join(map(str, self.TURNS[:-1]))} or {self.TURNS[-1]} degrees"
            raise MossError("rotate", rule, repr(self.rotate), "Use 0, which changes nothing.")
        if self.fit not in self.FITS:
            rule = f"must be {', '.join(self.FITS[:-1])} or {self.FITS[-1]}"
            raise MossError("fit", rule, repr(self.fit), "Use fit, which distorts nothing.")
        # JSON, which knows no tuples, gives a list.
        object.__setattr__(self, "crop", _edges(self.crop))

    def apply(self, pixels: Tensor, thing: str = "image") -> Tensor:
        """Return an image's pixels as they will be painted.

        Args:
            pixels: grayscale `(H, W)` in [0, 1].
            thing: what an error calls the image.

        Returns:
            `(H, W)` in [0, 1], of the part that is left, `(W, H)` after a quarter turn; the very
            same values where the settings change nothing. Its shape is what `place` makes fit.

        Raises:
            MossError: if what is left has (nearly) the same gray everywhere, or less than 8 pixels
                on a side.
        """
        return self._grays(self._shape(pixels, thing), thing)

    def apply_to(self, image: Image) -> Image:
        """Return an image as it will be painted, under the name and with the file that it has.

        Raises:
            MossError: as `apply`.
        """
        return replace(image, pixels=self.apply(image.pixels, f"image {image.name}"))

    def place(
        self, images: Sequence[Image], canvas: PlacedCanvas, least_hertz: float = MIN_BAND
    ) -> tuple[tuple[Image, ...], PlacedCanvas]:
        """Return images as they will be painted, and the canvas that they are painted on.

        Images that are placed where they were placed before stay there.

        Args:
            images: one; or two, for the left and for the right channel, on the same canvas: to
                *fit*, it takes the shape of the first, and the second fills it.
            canvas: where there is room for them.
            least_hertz: band that the canvas keeps, Hz (`PlacedCanvas.narrowed`).

        Raises:
            MossError: as `apply`.
        """
        things = [f"image {image.name}" for image in images]
        shaped = [self._shape(i.pixels, thing) for i, thing in zip(images, things, strict=True)]
        if self.fit == "fit":
            height, width = shaped[0].shape
            canvas = canvas.narrowed(width / height, least_hertz)
            shaped[1:] = [_filling(pixels, canvas.aspect) for pixels in shaped[1:]]
        elif self.fit == "fill":
            shaped = [_filling(pixels, canvas.aspect) for pixels in shaped]
        painted = map(self._grays, shaped, things)
        return tuple(map(_with_pixels, images, painted)), canvas

    def part(self, height: int, width: int, aspect: float) -> tuple[slice, slice]:
        """Return the rows and columns of an image, turned and flipped, that are painted.

        Args:
            height: of the image after turning, pixels.
            width: likewise.
            aspect: how many times as wide as high the canvas is that it is painted on.
        """
        rows, columns = self._left(height, width)
        if self.fit == "fill":
            inner = _middle(rows.stop - rows.start, columns.stop - columns.start, aspect)
            rows, columns = (
                slice(outer.start + part.start, outer.start + part.stop)
                for outer, part in zip((rows, columns), inner, strict=True)
            )
        return rows, columns

    def _left(self, height: int, width: int) -> tuple[slice, slice]:
        """Return the rows and columns that `crop` leaves of an image."""
        left, top, right, bottom = self.crop
        return (
            slice(round(top * height), round(bottom * height)),
            slice(round(left * width), round(right * width)),
        )

    def _shape(self, pixels: Tensor, thing: str) -> Tensor:
        pixels = torch.rot90(pixels, -self.rotate // 90)
        if self.flip:
            pixels = pixels.flip(1)
        if self.crop == _WHOLE:
            return pixels
        height, width = pixels.shape
        pixels = pixels[self._left(height, width)]
        if min(pixels.shape) < MIN_IMAGE_SIDE:
            raise MossError(
                f"{thing}, cropped",
                f"must have at least {MIN_IMAGE_SIDE} pixels on each side",
                f"{pixels.shape[1]} x {pixels.shape[0]} of {width} x {height}",
                "Leave more of it.",
            )
        return pixels

    def _grays(self, pixels: Tensor, thing: str) -> Tensor:
        # In one copy: an image may be large.
        pixels = 1 - pixels if self.invert else pixels.clone()
        if self.levels:
            pixels.div_(_white(pixels)).clamp_(0, 1)
        pixels.pow_(1 / self.gamma)
        # Not 0.5 + contrast * (x - 0.5), which rounds where nothing is to be changed.
        shift = 0.5 - 0.5 * self.contrast + self.brightness
        pixels.mul_(self.contrast).add_(shift).clamp_(0, 1)
        check_contrast(pixels, f"{thing}, adjusted", self._remedy())
        return pixels

    def _remedy(self) -> str:
        """Name what can have taken the image's contrast, and what it would be."""
        changed = [
            f"{name} ({getattr(self, name):g}) closer to {getattr(Adjustments, name)}"
            for name in self.RANGES
            if getattr(self, name) != getattr(Adjustments, name)
        ]
        if changed:
            return f"Bring {' or '.join(changed)}."
        if self.crop != _WHOLE:
            return "Crop less of it, or another part."
        levels = "Switch levels off, or choose" if self.levels else "Choose"
        return f"{levels} an image with contrast."


def _white(pixels: Tensor) -> float:
    """Return the gray that levels make white: above 0, 1 for an image that is all black."""
    place = round(_WHITE_PERCENTILE / 100 * (pixels.numel() - 1))
    # PyTorch's own takes four times the memory of the pixels.
    white = float(np.partition(pixels.flatten().numpy(), place)[place])
    return white if white >= LEAST_CONTRAST else float(pixels.max()) or 1.0


def _filling(pixels: Tensor, aspect: float) -> Tensor:
    height, width = pixels.shape
    return pixels[_middle(height, width, aspect)]


def _middle(height: int, width: int, aspect: float) -> tuple[slice, slice]:
    """Return the middle rows and columns of an image that are `aspect` times as wide as high.

    At least 8 pixels on a side are left, in a shape as close to that as it can be.
    """
    columns = min(width, max(MIN_IMAGE_SIDE, round(height * aspect)))
    rows = min(height, max(MIN_IMAGE_SIDE, round(width / aspect)))
    top, left = (height - rows) // 2, (width - columns) // 2
    return slice(top, top + rows), slice(left, left + columns)


def _with_pixels(image: Image, pixels: Tensor) -> Image:
    return replace(image, pixels=pixels)


def _edges(crop: Sequence[float]) -> tuple[float, float, float, float]:
    """Return the edges of a crop; raise `MossError` for what is none."""
    try:
        left, top, right, bottom = map(float, crop)
    except (TypeError, ValueError):
        found, rule = repr(crop), "must be four numbers: left, top, right, bottom"
    else:
        if 0 <= left < right <= 1 and 0 <= top < bottom <= 1:
            return left, top, right, bottom
        found = ", ".join(f"{edge:g}" for edge in (left, top, right, bottom))
        rule = "must lie in 0 to 1, its left edge left of the right one and its top over the bottom"
    raise MossError("crop", rule, found, "Use 0, 0, 1, 1, which leaves the image whole.")
