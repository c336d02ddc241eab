"""The candidates of a step in numbers: in order, and which one to offer first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from moss_core.objectives import Objective
from moss_core.pareto import hypervolume, knee, non_dominated
from moss_core.preferences import image_share
from moss_core.state import Record


@dataclass(frozen=True)
class Candidate:
    """One mask of a run in numbers.

    Args:
        index: its place in the run's tensors.
        preference: its weights over the objectives, summing to 1.
        losses: its values of the objectives; NaN for one that was switched off.
        dominated: whether another candidate is better in one objective and worse in none.
    """

    index: int
    preference: tuple[float, ...]
    losses: tuple[float, ...]
    dominated: bool


def knee_of(
    candidates: Sequence[Candidate], objectives: Sequence[Objective], active: Sequence[int]
) -> int:
    """Return the index of the candidate at the knee of the front, both domains counting alike."""
    losses = torch.tensor([candidate.losses for candidate in candidates])
    low, high = losses.amin(0), losses.amax(0)
    scaled = (losses - low) / (high - low).clamp(min=1e-9)
    domains = {
        domain: [k for k in active if objectives[k].domain == domain]
        for domain in ("audio", "image")
    }
    sides = [scaled[:, columns].mean(1) for columns in domains.values() if columns]
    return candidates[knee(torch.stack(sides, dim=1).tolist())].index


def rank(
    record: Record, objectives: Sequence[Objective], active: Sequence[int]
) -> tuple[Candidate, ...]:
    """Return a step's candidates, from the most track to the most image.

    Args:
        record: the step.
        objectives: the run's, K of them.
        active: indices of those that count for dominance.
    """
    on_front = non_dominated([[losses[k] for k in active] for losses in record.losses])
    found = [
        Candidate(index, preference, losses, not bool(on_front[index]))
        for index, (preference, losses) in enumerate(
            zip(record.preferences, record.losses, strict=True)
        )
    ]
    return tuple(sorted(found, key=lambda c: image_share(objectives, c.preference)))


def covered(record: Record, worst: Sequence[float], active: Sequence[int]) -> float:
    """Return how much of the box between 0 and the worse end a step's front covers, 0 to 1.

    Args:
        record: the step.
        worst: the larger of each objective's values for the track alone and for the image alone.
        active: indices of the objectives that count.
    """
    chosen = list(active)
    losses = torch.tensor(record.losses)[:, chosen]
    scaled = losses / torch.tensor(worst)[chosen].clamp(min=1e-9)
    return hypervolume(scaled.tolist(), [1.0] * len(chosen))
