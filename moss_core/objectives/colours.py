"""Colour maps of programs that draw spectrograms."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from moss_core.errors import MossError

_STEPS = 256
# Colours at even distances, between which a map is straight to within 5 of 255.
_MAGMA = """000004 090720 1a1042 311165 4a1079 621980 792282 912b81 aa337d c23b75 d9466b ec5860
f7725c fc8e64 feaa74 fec68a fde2a3 fcfdbf"""
_VIRIDIS = """440154 481769 472a7a 433d84 3d4e8a 355e8d 2e6d8e 297b8e 23898e 1f978b 21a585
2eb37c 46c06f 65cb5e 89d548 b0dd2f d8e219 fde725"""
_ROSEUS = """000000 020605 021315 001f29 002a41 04315d 22357b 403396 5d2eaa 7a28b3 9424b2 ac26a7
c12e96 d33b82 e34a6c f05b56 fa6e40 ff842c fd9d24 f5b83a e8d066 e1e49c e9f1d3 fffafa"""


def colour(picture: Tensor, name: str) -> Tensor:
    """Return a picture in a program's colours.

    Args:
        picture: `(..., H, W)` in [0, 1]; values outside are taken for the nearer end.
        name: "gray"; "magma", "viridis" (matplotlib's, https://bids.github.io/colormap/), "roseus"
            (Audacity's, https://github.com/dofuuz/roseus), "sox" (SoX's, and Spek's), "green"
            (Sonic Visualiser's).

    Returns:
        `(..., H, W, 3)` uint8.

    Raises:
        MossError: for a name that is not among these.
    """
    if name not in _MAPS:
        raise MossError(
            "colours", f"must be one of {', '.join(_MAPS)}", repr(name), f"Use {next(iter(_MAPS))}."
        )
    steps = picture.detach().mul(_STEPS - 1).round().long().clamp(0, _STEPS - 1)
    return _table(name).to(picture.device)[steps]


@cache
def _table(name: str) -> Tensor:
    levels = torch.linspace(0, 1, _STEPS, dtype=torch.float64)
    return _MAPS[name](levels).mul(255).round().byte()


def _gray(level: Tensor) -> Tensor:
    return level[:, None].expand(-1, 3)


def _between(anchors: str) -> Callable[[Tensor], Tensor]:
    def colours(level: Tensor) -> Tensor:
        there = torch.tensor([list(bytes.fromhex(text)) for text in anchors.split()])
        place = level * (len(there) - 1)
        before = place.long().clamp(max=len(there) - 2)
        share = (place - before)[:, None]
        return torch.lerp(there[before].double(), there[before + 1].double(), share) / 255

    return colours


def _sox(level: Tensor) -> Tensor:
    """The fixed palette of `spectrogram.c`, and of `spek-palette.cc` after it."""
    quarter = math.pi / 2
    red = ((level - 0.13) / 0.6).clamp(0, 1).mul(quarter).sin()
    green = ((level - 0.6) / 0.31).clamp(0, 1).mul(quarter).sin()
    blue = torch.where(
        level < 0.6,
        level.div(0.6).mul(math.pi).sin() / 2,
        ((level - 0.78) / 0.22).clamp(min=0),
    )
    return torch.stack([red, green, blue], 1)


def _green(level: Tensor) -> Tensor:
    """The hue from blue over green to red, as `ColourMapper.cpp` has it in HSV."""
    sector = (0.6666 - level * 0.6666) * 6
    saturation, value = 0.5 + level / 2, level
    # A channel is full within one sixth of the circle of its own hue, none from a third on.
    parts = []
    for centre in (0, 2, 4):
        distance = (sector - centre).abs()
        distance = torch.minimum(distance, 6 - distance)
        parts.append(value * (1 - saturation * (distance - 1).clamp(0, 1)))
    return torch.stack(parts, 1)


_MAPS: dict[str, Callable[[Tensor], Tensor]] = {
    "gray": _gray,
    "magma": _between(_MAGMA),
    "viridis": _between(_VIRIDIS),
    "roseus": _between(_ROSEUS),
    "sox": _sox,
    "green": _green,
}
COLOURS = tuple(_MAPS)
"""Names of the colour maps."""
