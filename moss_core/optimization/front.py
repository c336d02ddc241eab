"""The front of a step: its candidates in order, the one to begin with, and how much they cover."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from moss_core.objectives import Objective
from moss_core.optimization.pareto import hypervolume, knee, non_dominated
from moss_core.optimization.preferences import image_share
from moss_core.words import percent_text


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


@dataclass(frozen=True)
class Shares:
    """Losses as people say them: how much of the way from the worse end to perfect is gone.

    Args:
        picture: 0 (no more of the image than in the track alone) to 1 (the image itself): the mean
            over the image objectives that count. None where none does.
        sound: 0 (as far from the track as the image alone) to 1 (the track itself), likewise.
    """

    picture: float | None
    sound: float | None

    def __str__(self) -> str:
        """Return it in words: "Picture 82 %, sound 61 %"."""
        named = {"picture": self.picture, "sound": self.sound}
        told = (
            f"{name} {percent_text(share)}" for name, share in named.items() if share is not None
        )
        return ", ".join(told).capitalize()


@dataclass(frozen=True)
class Front:
    """What a step's losses say of its candidates, found once a step.

    Args:
        candidates: from the most track to the most image, the dominated ones included.
        active: indices of the objectives that count: those that work and have measured everywhere.
        knee: index of the candidate where the front bends the most; None: it does not.
        worst: each objective's worse end: the larger of its values for the track alone and for the
            image alone. Empty where it is not known.
        domains: each objective's domain.
    """

    candidates: tuple[Candidate, ...] = ()
    active: tuple[int, ...] = ()
    knee: int | None = None
    worst: tuple[float, ...] = ()
    domains: tuple[str, ...] = ()

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {candidate.index: place for place, candidate in enumerate(self.candidates, 1)}

    def number(self, index: int) -> int:
        """Return what people call a candidate: its place from the most track on, from 1.

        Args:
            index: of the candidate. Those that are not rendered yet come after all that are, in the
                order in which they were added.
        """
        return self._numbers.get(index, index + 1)

    def shares(self, losses: Sequence[float]) -> Shares:
        """Return losses of this front's objectives as shares of the way from the worse ends."""

        def share(domain: str) -> float | None:
            gone = [
                1 - losses[k] / max(self.worst[k], 1e-9)
                for k in self.active
                if self.worst and self.domains[k] == domain and math.isfinite(losses[k])
            ]
            return min(1.0, max(0.0, math.fsum(gone) / len(gone))) if gone else None

        return Shares(share("image"), share("audio"))

    @cached_property
    def opening(self) -> int:
        """Index of the candidate to show first: its picture shows, its sound is still the track.

        Of those on the front it is the one with the largest product of both shares (the bargain of
        Nash, Econometrica 18, 1950, https://doi.org/10.2307/1907266), whose disagreement point is
        having nothing of one of them. It is never at an end where there are more than two, and the
        one nearest the middle where the shares cannot tell.
        """
        inner = self.candidates[1:-1] or self.candidates
        middle = (len(inner) - 1) / 2
        placed = [(abs(place - middle), c) for place, c in enumerate(inner)]
        offered = [(away, c) for away, c in placed if not c.dominated] or placed

        def bargain(offer: tuple[float, Candidate]) -> tuple[float, float]:
            away, candidate = offer
            shares = self.shares(candidate.losses)
            return (shares.picture or 0.0) * (shares.sound or 0.0), -away

        return max(offered, key=bargain)[1].index if offered else 0

    @cached_property
    def hypervolume(self) -> float:
        """How much of the box between 0 and the worse ends is covered, 0 to 1.

        Found when somebody asks: of 64 candidates by 9 objectives it takes a second.
        """
        if not self.active:
            return 0.0
        in_order = sorted(self.candidates, key=lambda candidate: candidate.index)
        return covered([c.losses for c in in_order], self.worst, self.active)


def front_of(
    losses: Sequence[Sequence[float]],
    preferences: Sequence[Sequence[float]],
    objectives: Sequence[Objective],
    worst: Sequence[float],
    working: Sequence[int],
) -> Front:
    """Return the front of N candidates.

    Args:
        losses: `[candidate][objective]`, N x K.
        preferences: likewise.
        objectives: the run's, K of them.
        worst: each one's worse end.
        working: indices of the objectives that may count. One that has not measured everywhere
            does not: it failed at this step, or works again since the run was opened anew.
    """
    measured = torch.tensor(losses).isfinite().all(0)
    active = tuple(k for k in working if bool(measured[k]))
    candidates = rank(losses, preferences, objectives, active)
    bend = knee_of(candidates, objectives, active)
    domains = tuple(objective.domain for objective in objectives)
    return Front(candidates, active, bend, tuple(worst), domains)


def knee_of(
    candidates: Sequence[Candidate], objectives: Sequence[Objective], active: Sequence[int]
) -> int | None:
    """Return the index of the candidate at the knee of the front, both domains counting alike.

    None where it has none (`pareto.knee`), as where no objective counts: a run is opened with none
    of those that it was measured by.
    """
    if not active:
        return None
    losses = torch.tensor([candidate.losses for candidate in candidates])
    low, high = losses.amin(0), losses.amax(0)
    scaled = (losses - low) / (high - low).clamp(min=1e-9)
    domains = {
        domain: [k for k in active if objectives[k].domain == domain]
        for domain in ("audio", "image")
    }
    sides = [scaled[:, columns].mean(1) for columns in domains.values() if columns]
    place = knee(torch.stack(sides, dim=1).tolist())
    return None if place is None else candidates[place].index


def rank(
    losses: Sequence[Sequence[float]],
    preferences: Sequence[Sequence[float]],
    objectives: Sequence[Objective],
    active: Sequence[int],
) -> tuple[Candidate, ...]:
    """Return candidates from the most track to the most image.

    Args:
        losses: `[candidate][objective]`.
        preferences: likewise.
        objectives: the run's.
        active: indices of those that count for dominance.
    """
    on_front = non_dominated([[row[k] for k in active] for row in losses])
    found = [
        Candidate(index, tuple(preference), tuple(row), not bool(on_front[index]))
        for index, (preference, row) in enumerate(zip(preferences, losses, strict=True))
    ]
    return tuple(sorted(found, key=lambda c: image_share(objectives, c.preference)))


def covered(
    losses: Sequence[Sequence[float]], worst: Sequence[float], active: Sequence[int]
) -> float:
    """Return how much of the box between 0 and the worse end candidates cover, 0 to 1.

    Args:
        losses: `[candidate][objective]`.
        worst: the larger of each objective's values for the track alone and for the image alone.
        active: indices of the objectives that count.
    """
    chosen = list(active)
    scaled = torch.tensor(losses)[:, chosen] / torch.tensor(worst)[chosen].clamp(min=1e-9)
    return hypervolume(scaled.tolist(), [1.0] * len(chosen))
