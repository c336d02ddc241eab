"""What is believed of a picture share, as an interval along a front."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Interval = tuple[float | None, float | None, float | None]
"""The lower end, the median and the upper end, in percent; None for one off the front."""

_CREDIBLE, _STARTS = 0.95, 101


def median_of(grid: Floats, likely: Floats) -> float:
    """Return the place that the value is as likely below as above.

    Args:
        grid: places, evenly spaced.
        likely: how likely each is, summing to 1.
    """
    return float(np.interp(0.5, *_below(grid, likely)))


def interval_along(positions: Mapping[int, float], grid: Floats, likely: Floats) -> Interval:
    """Return the shortest interval that holds the value with a probability of 95 %.

    Between the candidates it is in percent; what lies off the front is not told closer than that.

    Args:
        positions: picture share of each candidate in percent.
        grid: places, evenly spaced.
        likely: how likely each is, summing to 1.
    """
    below, edges = _below(grid, likely)
    starts = np.linspace(0, 1 - _CREDIBLE, _STARTS)
    lows = np.interp(starts, below, edges)
    highs = np.interp(starts + _CREDIBLE, below, edges)
    shortest = int((highs - lows).argmin())
    low, middle, high = float(lows[shortest]), median_of(grid, likely), float(highs[shortest])
    first, last = min(positions.values()), max(positions.values())
    return (
        min(low, last) if low >= first else None,
        middle if first <= middle <= last else None,
        max(high, first) if high <= last else None,
    )


def _below(grid: Floats, likely: Floats) -> tuple[Floats, Floats]:
    """Return how likely the value is below places, and these places."""
    step = grid[1] - grid[0]
    edges = np.append(grid - step / 2, grid[-1] + step / 2)
    return np.append(0.0, likely.cumsum()), edges


def interval_text(low: float | None, high: float | None) -> str:
    """Return an interval of picture shares in words: "34 to 41 % image".

    Args:
        low: in percent; None: it may lie before the front's first candidate.
        high: likewise; None: it may lie beyond the last one. One of both is known.
    """
    if low is not None and high is not None:
        return f"{low:.0f} to {high:.0f} % image"
    if low is not None:
        return f"{low:.0f} % image, or only at more"
    return f"{high:.0f} % image, or already at less"
