"""Pareto dominance and hypervolume; smaller is better everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import moocore
import numpy as np
from numpy.typing import ArrayLike, NDArray


def non_dominated(losses: ArrayLike) -> NDArray[np.bool_]:
    """Return which of N candidates no other one dominates.

    Args:
        losses: `(N, K)`. Candidates with equal losses do not dominate each other.
    """
    points = np.atleast_2d(np.asarray(losses, dtype=np.float64))
    mask = moocore.is_nondominated(points, keep_weakly=True)
    return np.asarray(mask, dtype=np.bool_)


def hypervolume(losses: ArrayLike, reference: Sequence[float]) -> float:
    """Return the volume that `(N, K)` losses dominate, up to the `reference` point `(K,)`."""
    points = np.atleast_2d(np.asarray(losses, dtype=np.float64))
    return float(moocore.hypervolume(points, ref=np.asarray(reference, dtype=np.float64)))
