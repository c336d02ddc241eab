"""Decibels, frequency axes and resampling on the cell grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

AxisName = Literal["linear", "log", "mel"]
AXIS_NAMES: tuple[str, ...] = get_args(AxisName)


def decibels(power: Tensor, floor: float) -> Tensor:
    """Return `10 log10(power + floor)`: `floor` is a power, and keeps silence finite."""
    return 10 * torch.log10(power + floor)


def percentile(values: Tensor, percent: float) -> Tensor:
    """Return the given percentile of each row: `(N, K)` to `(N,)`, without gradient."""
    rank = round(percent / 100 * (values.shape[-1] - 1)) + 1
    from_top = values.shape[-1] - rank + 1
    return values.detach().topk(from_top, dim=-1, sorted=True).values[..., -1]


@dataclass(frozen=True)
class Axis:
    """A frequency axis: maps `low..high` Hz to positions 0 (bottom) to 1 (top).

    The mel scale is O'Shaughnessy's, `2595 log10(1 + f / 700)` (Speech Communication, 1987).
    """

    name: AxisName
    low: float
    high: float

    def position(self, frequency: Tensor) -> Tensor:
        """Return the position in [0, 1] of each frequency (Hz); outside values extrapolate."""
        scaled = self._warp(frequency)
        low, high = self._warp(torch.tensor([self.low, self.high]))
        return scaled.sub(low).div(high - low)

    def frequency(self, position: Tensor) -> Tensor:
        """Return the frequency (Hz) at each position in [0, 1]."""
        low, high = self._warp(torch.tensor([self.low, self.high]))
        return self._unwarp(torch.lerp(low, high, position.double()))

    def _warp(self, frequency: Tensor) -> Tensor:
        frequency = frequency.double()
        if self.name == "log":
            return frequency.clamp(min=1e-3).log()
        if self.name == "mel":
            return frequency.div(700).log1p().mul(2595 / math.log(10))
        return frequency

    def _unwarp(self, scaled: Tensor) -> Tensor:
        if self.name == "log":
            return scaled.exp()
        if self.name == "mel":
            return scaled.div(2595 / math.log(10)).expm1().mul(700)
        return scaled


def resampling_matrix(centres: Tensor, size: int) -> Tensor:
    """Return a matrix `(len(centres), size)` that reads a line of `size` samples at `centres`.

    Linear interpolation where the centres lie closer than one sample, a triangular mean over
    the distance between centres where they lie further apart (the antialiased bilinear filter
    of image libraries). Every row sums to 1. `centres` are fractional indices, monotonic.
    """
    centres = centres.double()
    if len(centres) > 1:
        width = torch.gradient(centres)[0].abs().clamp(min=1)
    else:
        width = torch.full_like(centres, size)
    centres = centres.clamp(0, size - 1)
    distance = (torch.arange(size, dtype=torch.float64) - centres[:, None]).abs()
    weights = (1 - distance / width[:, None]).clamp(min=0)
    return (weights / weights.sum(1, keepdim=True)).float()


def resize(picture: Tensor, height: int, width: int) -> Tensor:
    """Return pictures `(..., H, W)` at another size, as image viewers do (`resampling_matrix`)."""
    rows, columns = (
        resampling_matrix(pixel_centres(wanted, there), there).to(picture)
        for wanted, there in zip((height, width), picture.shape[-2:], strict=True)
    )
    resized: Tensor = rows @ picture @ columns.T
    return resized


def pixel_centres(count: int, size: int) -> Tensor:
    """Return where `count` pixels that cover a line of `size` samples have their centres."""
    return (torch.arange(count, dtype=torch.float64) + 0.5) * size / count - 0.5
