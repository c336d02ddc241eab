"""How a front grows: few candidates first, then those between them, from what those learned.

And how far those learn that fill a gap in it later, while the others rest.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from moss_core.optimization.front import Candidate, Front

LEAST_STEPS = 10
"""Below this many planned steps, all candidates learn from the start."""

_STAGES = {9: ((0.3, 4), (0.6, 2)), 5: ((0.4, 2),)}
"""From so many candidates on: until which share of the steps only every so many-th learns."""


class Growth:
    """Which candidates of a sweep wait, and from whom they go on when they join the others.

    Neighbours of a sweep end up alike, so what one has learned is a good start for the next: of
    nine, three learn alone for the first three tenths of the steps, five for the next, and each
    that joins them starts between its neighbours. For the same work the front is better than
    if all had learned from the start, and the first steps take a third of the time.

    Args:
        candidates: of the sweep.
        steps: planned.
    """

    def __init__(self, candidates: int, steps: int) -> None:
        self.sweep, self._steps = range(candidates), steps
        self.waiting = frozenset(self.sweep) - self.due(0)
        """Those that wait for what their neighbours learn."""

    def due(self, step: int) -> frozenset[int]:
        """Return the indices of those that are to learn at a step."""
        everyone = self.sweep
        if self._steps < LEAST_STEPS:
            return frozenset(everyone)
        stages = next((stages for least, stages in _STAGES.items() if len(everyone) >= least), ())
        for until, stride in stages:
            if step < until * self._steps:
                return frozenset(everyone[::stride]) | {everyone[-1]}
        return frozenset(everyone)

    def work_left(self, step: int, planned: int) -> float:
        """Return how long the steps from one to the last will take, in steps like that one."""
        sizes = [len(self.due(each)) for each in range(step, planned + 1)]
        return sum(sizes[1:]) / sizes[0]

    def resume_from(self, step: int, learned: Iterable[int]) -> None:
        """Be where another run of the same plan was: at a step, with those that have learned."""
        self.waiting = frozenset(self.sweep) - self.due(step) - frozenset(learned)

    def join(self, candidates: Iterable[int]) -> list[tuple[int, int, int]]:
        """Let those of these that wait join; return each with its neighbours that learned."""
        joining = sorted(self.waiting.intersection(candidates))
        there = [index for index in self.sweep if index not in self.waiting]
        self.waiting -= frozenset(joining)
        return [
            (index, max(i for i in there if i < index), min(i for i in there if i > index))
            for index in joining
        ]


@dataclass
class _Gap:
    """Where a candidate was filled in, and how much it has learned since.

    Args:
        neighbours: indices of the two that it was made from.
        most: steps that it may learn alone: as many as the run had taken.
        learned: steps that it has learned alone.
    """

    neighbours: tuple[int, int]
    most: int
    learned: int = 0


class Gaps:
    """How far candidates learn that fill the gaps of a front at rest.

    A mask half way between two others is worse than their losses' mean, so with few steps a new
    candidate lies in a dent of the front; with as many as its neighbours had it may come out so far
    ahead that it dominates one of them. It is to be as good as if it had learned with them. What a
    front can do for a preference p, the least sum of p times the losses, is concave in p: for the
    preference between two neighbours it is at least the mean of what both have for theirs, and at
    most what the best of the others has for it. The new one learns until it is half way between
    these bounds, and better for its preference than any other: then none dominates it.

    Args:
        turns: steps after which all of its losses are its own, and no means of its neighbours'.
    """

    def __init__(self, turns: int) -> None:
        self._turns = turns
        self._gaps: dict[int, _Gap] = {}

    def fill(self, index: int, neighbours: tuple[int, int], most: int) -> None:
        """Note that a candidate was made half way between two others, after so many steps."""
        self._gaps[index] = _Gap(neighbours, most)

    def forget(self, index: int) -> None:
        """Note that a candidate is to be what it is told to be from now on."""
        self._gaps.pop(index, None)

    def most(self, candidates: Collection[int]) -> int:
        """Return the most steps that these learn alone; 0 where one of them fills no gap."""
        gaps = [self._gaps.get(index) for index in candidates]
        return 0 if None in gaps else max((gap.most for gap in gaps if gap), default=0)

    def are_filled(self, learning: Collection[int] | None, front: Front) -> bool:
        """Return whether those that learn alone have learned enough; to be asked once a step.

        Args:
            learning: indices of those that learned, None: all. Never where one fills no gap.
            front: after that.
        """
        if not learning or not self.most(learning):
            return False
        for index in learning:
            self._gaps[index].learned += 1
        return all(self._is_filled(index, front) for index in learning)

    def _is_filled(self, index: int, front: Front) -> bool:
        gap = self._gaps[index]
        known = {candidate.index: candidate for candidate in front.candidates}
        own = known.pop(index)
        best = min(_cost(front, own.preference, other) for other in known.values())
        neighbours = [known[neighbour] for neighbour in gap.neighbours]
        mean = math.fsum(_cost(front, one.preference, one) for one in neighbours) / 2
        enough = _cost(front, own.preference, own) < min(best, (best + mean) / 2)
        return gap.learned >= gap.most or (enough and gap.learned >= self._turns)


def _cost(front: Front, preference: Sequence[float], candidate: Candidate) -> float:
    """Return what a preference loses by a candidate, each loss as a part of its worse end."""
    return math.fsum(
        preference[k] * candidate.losses[k] / max(front.worst[k], 1e-9) for k in front.active
    )
