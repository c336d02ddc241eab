"""Ticks of a picture's axes: seconds across, hertz up."""

from __future__ import annotations

import torch

from moss_core.synthesis.canvas import PlacedCanvas
from moss_core.synthesis.spectrogram import Axis

Tick = tuple[float, str]
"""Place from 0 (left, bottom) to 1, and what is written there."""

_MOST_TICKS = 8
_CLOSEST = 0.055
_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120)
_HERTZ = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
_ROUND_HERTZ = (0, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def time_ticks(canvas: PlacedCanvas) -> list[Tick]:
    """Return the ticks of the time axis, in seconds of the track."""
    end = canvas.start + canvas.duration
    step = next((s for s in _SECONDS if canvas.duration / s <= _MOST_TICKS), _SECONDS[-1])
    first, last = int(-(-canvas.start // step)), int((end + 1e-6) // step)
    return [
        ((k * step - canvas.start) / canvas.duration, f"{round(k * step, 1):g} s")
        for k in range(first, last + 1)
    ]


def frequency_ticks(canvas: PlacedCanvas) -> list[Tick]:
    """Return the ticks of the frequency axis, spread as the canvas's axis is."""
    low, high = canvas.low, canvas.high
    if canvas.axis == "linear":
        step = next((s for s in _HERTZ if (high - low) / s <= _MOST_TICKS), _HERTZ[-1])
        inner = [k * step for k in range(int(low // step), int(high // step) + 1)]
    else:
        inner = list(_ROUND_HERTZ)
    places = [(hertz, _place(canvas, hertz)) for hertz in inner if low < hertz < high]
    kept = [(low, 0.0), (high, 1.0)]
    for hertz, place in places:
        if all(abs(place - other) >= _CLOSEST for _, other in kept):
            kept.append((hertz, place))
    return [(place, f"{hertz:,.0f}") for hertz, place in sorted(kept)]


def frequencies(canvas: PlacedCanvas, count: int = 65) -> list[float]:
    """Return the frequencies (Hz) at `count` evenly spaced heights from bottom to top."""
    heights = torch.linspace(0, 1, count).double()
    found: list[float] = _axis(canvas).frequency(heights).tolist()
    return found


def _place(canvas: PlacedCanvas, hertz: float) -> float:
    return float(_axis(canvas).position(torch.tensor([hertz]).double())[0])


def _axis(canvas: PlacedCanvas) -> Axis:
    return Axis(canvas.axis, canvas.low, canvas.high)
