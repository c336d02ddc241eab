"""How a front grows: few candidates first, then those between them, from what those learned."""

from __future__ import annotations

from collections.abc import Iterable

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
