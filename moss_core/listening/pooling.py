"""Several listeners together: from where on half of people hear the image.

Each has a threshold of their own, and nobody's is known exactly. So the answers of all are not one
long test: that would tell how well a few were measured, not what others will hear. Thresholds are
taken to spread around a middle as a normal distribution does, whose width is on a grid and summed
over, like everything that nobody asks for (`hearing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moss_core.listening.hearing import Hearing
from moss_core.listening.intervals import interval_along, interval_text
from moss_core.listening.listening import Listening
from moss_core.listening.trials import Answer
from moss_core.words import count_text

_SPREADS = np.array([1.0, 2, 4, 8, 16])
"""Percent: standard deviations of the thresholds of people."""


@dataclass(frozen=True)
class Pooled:
    """From where on half of people hear the image.

    Args:
        low: picture share in percent, the lower end of the 95 % credible interval of the middle of
            people's thresholds. None: it may lie before the front's first candidate.
        middle: its median; None where that lies before or beyond the front, or nobody listened.
        high: the upper end; None: it may lie beyond the last candidate.
        listeners: who listened.
        guessers: who pressed without listening, and is left out.
    """

    low: float | None
    middle: float | None
    high: float | None
    listeners: int
    guessers: int

    def __str__(self) -> str:
        """Return it in words: "By 8 listeners: half of people begin to hear it at ..."."""
        by = f"By {count_text(self.listeners, 'listener')}"
        if (self.low, self.high) == (None, None):
            return f"{by}: where half of people begin to hear it, these answers do not tell yet."
        between = interval_text(self.low, self.high)
        return f"{by}: half of people begin to hear it at {between} (95 %)."


def by_listener(answers: Sequence[Answer]) -> dict[str, tuple[Answer, ...]]:
    """Return answers by who gave them, in the order in which they began."""
    found: dict[str, tuple[Answer, ...]] = {}
    for answer in answers:
        found[answer.listener] = (*found.get(answer.listener, ()), answer)
    return found


def one_each(answers: Sequence[Answer]) -> dict[str, tuple[Answer, ...]]:
    """Return answers by who gave them, of each person one sitting as far as is known.

    Whom the run belongs to listens under another word each time; the last time counts.
    """
    found = by_listener(answers)
    own = [word for word, one in found.items() if not one[0].invited]
    return {word: one for word, one in found.items() if word not in own[:-1]}


def pooled_threshold(positions: Mapping[int, float], tests: Sequence[Listening]) -> Pooled:
    """Return what several listeners say of others.

    Args:
        positions: picture share of each candidate in percent, by index (`positions_of`).
        tests: of each listener, of candidates as they are now.

    Raises:
        MossError: for fewer than two candidates.
    """
    tests = [test for test in tests if test.answered("abx")]
    heard = [test.hearing for test in tests if not test.threshold().guessing]
    count, guessers = len(heard), len(tests) - len(heard)
    if not heard:
        return Pooled(None, None, None, 0, guessers)
    grid = Hearing(positions, ()).thresholds
    away = (grid[:, None] - grid) / _SPREADS[:, None, None]  # spread, middle, threshold
    people = np.exp(-0.5 * away**2)
    people /= people.sum(2, keepdims=True)
    log = np.zeros(people.shape[:2])
    for one in heard:
        log += np.log(np.maximum(people @ one.listener, 1e-300))
    likely = np.exp(log - log.max()).sum(0)
    return Pooled(*interval_along(positions, grid, likely / likely.sum()), count, guessers)
