"""Pareto dominance and hypervolume; smaller is better everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import moocore
import numpy as np
from numpy.typing import ArrayLike, NDArray

_STRAIGHT = 1e-9
"""How far below the plane a point may lie by rounding alone."""


def non_dominated(losses: ArrayLike) -> NDArray[np.bool_]:
    """Return which of N candidates no other one dominates.

    Args:
        losses: `(N, K)`. Candidates with equal losses do not dominate each other, nor do those
            without any (K = 0).
    """
    points = np.atleast_2d(np.asarray(losses, dtype=np.float64))
    if not points.shape[1]:
        return np.ones(len(points), dtype=np.bool_)
    mask = moocore.is_nondominated(points, keep_weakly=True)
    return np.asarray(mask, dtype=np.bool_)


def knee(losses: ArrayLike) -> int | None:
    """Return the index of the point where the front of `(N, K)` losses bends the most.

    The losses of the front are scaled to 0 to 1 each; the knee lies farthest below the plane
    through its ends (Das, "On characterizing the knee of the Pareto curve", Structural
    Optimization 18, 1999, https://doi.org/10.1007/BF01195985). None where nothing lies below it: a
    front of one or two points has ends only, and one that is straight or bends outwards no knee.
    """
    points = np.atleast_2d(np.asarray(losses, dtype=np.float64))
    front = non_dominated(points)
    low, high = points[front].min(0), points[front].max(0)
    if len(np.unique(points[front], axis=0)) < 3:
        return None
    scaled = (points - low) / np.where(high > low, high - low, 1)
    below = np.where(front, points.shape[1] - 1 - scaled.sum(1), -np.inf)
    return int(below.argmax()) if below.max() > _STRAIGHT else None


def hypervolume(losses: ArrayLike, reference: Sequence[float]) -> float:
    """Return the volume that `(N, K)` losses dominate, up to the `reference` point `(K,)`."""
    points = np.atleast_2d(np.asarray(losses, dtype=np.float64))
    return float(moocore.hypervolume(points, ref=np.asarray(reference, dtype=np.float64)))
