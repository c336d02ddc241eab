"""Why an image may not be seen well, measured and in words.

The bounds were set on the samples, which show well, and on the hard images of the tests. Each word
names what helps, and what helps was tried on what it is said of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from moss_core.objectives import PICTURE_SIZE
from moss_core.synthesis.adjustments import Adjustments
from moss_core.synthesis.spectrogram import resize

_BLACK = 0.05
"""Grays below this count as black: 76 dB or more under white, where nothing is heard or seen."""
_DARK = 0.18
"""Median of what is not black, below which most of an image lies 65 dB or more under its white."""
_FLAT = 0.25
"""Share of the grays, 20 dB of 80: less than the track's own loudness goes up and down."""
_NOISY = 0.75
"""Share of the changes that is finer than the mask: 0.42 to 0.62 in the samples, 0.9 in noise."""
_MASK_ROWS = PICTURE_SIZE // 2


@dataclass(frozen=True)
class Legibility:
    """What decides how well an image is seen on a spectrogram.

    Args:
        light: the median of what is not black, 0 to 1. What is black is left out: a drawing of
            white lines is mostly black, and is not dark.
        spread: the share of the grays from black to white that it uses, 0 to 1, but for a
            twentieth of its pixels at one end and half a percent at the other. On a black ground
            it is 1: nothing stands out more than what is seen on silence.
        noise: the share of the energy of its gradient that is finer than the mask, 0 to 1, in a
            picture of 256 x 256.
    """

    light: float
    spread: float
    noise: float


def legibility(pixels: Tensor) -> Legibility:
    """Return how well an adjusted image `(H, W)` in [0, 1] can be seen."""
    grays = pixels.flatten().numpy()
    seen = grays[grays > _BLACK]
    picture = resize(pixels, PICTURE_SIZE, PICTURE_SIZE)
    coarse = resize(resize(picture, _MASK_ROWS, _MASK_ROWS), PICTURE_SIZE, PICTURE_SIZE)
    return Legibility(
        light=_median(seen if len(seen) else grays),
        spread=_spread(picture),
        noise=_changes(picture - coarse) / max(_changes(picture), 1e-12),
    )


def remarks(pixels: Tensor, adjustments: Adjustments) -> tuple[str, ...]:
    """Return what stands against an image being seen, a sentence with its number and what helps.

    Args:
        pixels: of the image as it will be painted, `(H, W)` in [0, 1].
        adjustments: that were made to it.
    """
    found = legibility(pixels)
    said = []
    if found.light < _DARK:
        remedy = "Lighten its midtones (gamma)."
        if not adjustments.levels:
            remedy = "Switch on automatic levels."
        said.append(
            f"Dark: half of what is not black in this image is below {found.light:.0%} gray (100% "
            f"is white), and the track may cover it. {remedy}"
        )
    if found.spread < _FLAT:
        # Levels have made its lightest gray white: more contrast would clip it there.
        remedy = "Darken its midtones (gamma)."
        if not adjustments.levels:
            remedy = "Switch on automatic levels, then darken its midtones (gamma)."
        said.append(
            f"Flat: this image uses {found.spread:.0%} of the grays from black to white, and will "
            f"be one loud block. {remedy}"
        )
    if found.noise > _NOISY:
        said.append(
            f"Full of fine noise: {found.noise:.0%} of what changes in this image is finer than "
            "MOSS can paint, and will be hiss. Crop it closer, or blur it before."
        )
    return tuple(said)


def _median(values: NDArray[np.float32]) -> float:
    """Return the lower median of a line of values; PyTorch's own takes four times their memory."""
    middle = (len(values) - 1) // 2
    return float(np.partition(values, middle)[middle])


def _spread(picture: Tensor) -> float:
    ends = torch.tensor([0.005, 0.05, 0.95, 0.995])
    darkest, dark, light, lightest = torch.quantile(picture.flatten(), ends).tolist()
    return 1.0 if dark <= _BLACK else max(light - darkest, lightest - dark)


def _changes(picture: Tensor) -> float:
    """Return the energy of a picture's gradient."""
    return sum(float(picture.diff(dim=side).square().sum()) for side in (0, 1))
