"""What is done to an image before everything: which way it is turned, and which of its grays are
black, white and between.

Turning and flipping change no gray. The others run in a fixed order, each on what the one before
left:

1. `invert`, so that all others act on what will be seen: a drawing of black ink has its white
   paper as its brightest part until then, and its ink afterwards.
2. `levels`, the white point: a dark image on a spectrogram is a quiet one, which drowns in the
   track. Black stays black, since black is silence.
3. `gamma`, which bends the grays between the black and the white that step 2 has fixed.
4. `contrast` and `brightness`, which are straight lines, and clip what they push out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.inputs import LEAST_CONTRAST, Image, check_contrast
from moss_core.synthesis.spectrogram import percentile

_WHITE_PERCENTILE = 99.5
_ENDS = {"brightness": (-1.0, 1.0), "contrast": (0.25, 4.0), "gamma": (0.25, 4.0)}


@dataclass(frozen=True)
class Adjustments:
    """What is done to an image before everything, in this order: invert, levels, gamma, and then
    contrast and brightness together.

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

    Raises:
        MossError: for another value.
    """

    RANGES: ClassVar[Mapping[str, tuple[float, float]]] = MappingProxyType(_ENDS)
    """Least and most of each number that may lie between."""

    TURNS: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)
    """What `rotate` may be, degrees."""

    levels: bool = True
    brightness: float = 0
    contrast: float = 1
    gamma: float = 1
    invert: bool = False
    rotate: int = 0
    flip: bool = False

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

    def apply(self, pixels: Tensor, thing: str = "image") -> Tensor:
        """Return an image's pixels as they will be painted.

        Args:
            pixels: grayscale `(H, W)` in [0, 1].
            thing: what an error calls the image.

        Returns:
            `(H, W)` in [0, 1], `(W, H)` after a quarter turn; the very same values where the
            settings change nothing.

        Raises:
            MossError: if what is left has (nearly) the same gray everywhere.
        """
        pixels = torch.rot90(pixels, -self.rotate // 90)
        if self.flip:
            pixels = pixels.flip(1)
        if self.invert:
            pixels = 1 - pixels
        if self.levels:
            pixels = (pixels / _white(pixels)).clamp(0, 1)
        pixels = pixels ** (1 / self.gamma)
        # Not 0.5 + contrast * (x - 0.5), which rounds where nothing is to be changed.
        shift = 0.5 - 0.5 * self.contrast + self.brightness
        pixels = (pixels * self.contrast + shift).clamp(0, 1)
        check_contrast(pixels, f"{thing}, adjusted", self._remedy())
        return pixels

    def apply_to(self, image: Image) -> Image:
        """Return an image as it will be painted, under the name and with the file that it has.

        Raises:
            MossError: as `apply`.
        """
        return replace(image, pixels=self.apply(image.pixels, f"image {image.name}"))

    def _remedy(self) -> str:
        """Name what can have taken the image's contrast, and what it would be."""
        changed = [
            f"{name} ({getattr(self, name):g}) closer to {getattr(Adjustments, name)}"
            for name in self.RANGES
            if getattr(self, name) != getattr(Adjustments, name)
        ]
        if changed:
            return f"Bring {' or '.join(changed)}."
        levels = "Switch levels off, or choose" if self.levels else "Choose"
        return f"{levels} an image with contrast."


def _white(pixels: Tensor) -> float:
    """Return the gray that levels make white: above 0, 1 for an image that is all black."""
    white = float(percentile(pixels.flatten(), _WHITE_PERCENTILE))
    return white if white >= LEAST_CONTRAST else float(pixels.max()) or 1.0
