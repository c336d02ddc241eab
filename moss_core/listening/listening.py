"""A blind test of one listener: which trial comes next, when it is enough, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from moss_core.errors import MossError
from moss_core.listening.hearing import Hearing, obvious
from moss_core.listening.intervals import interval_along
from moss_core.listening.trials import TRACK, Answer, Kind, Trial
from moss_core.optimization import Front

ABX_TRIALS, MOST_ABX_TRIALS = 26, 30
"""Trials of a test that is answered by somebody who clearly listens, and at most: two minutes."""
PAIRS = 8
"""Pairs of each kind."""
_OBVIOUS, _CATCHES = 3, 2
_UNCLEAR = 0.02, 0.5
_CLOSE = 0.01  # nats: trials that tell about as much, of which one is drawn


@dataclass(frozen=True)
class Threshold:
    """Where along a front somebody begins to hear the image.

    Args:
        low: picture share in percent, the lower end of the 95 % credible interval of what is heard
            in 75 % of ABX trials. None: it may lie before the front's first candidate. It is the
            last candidate's share where even that one is not heard.
        middle: its median; None where that lies before or beyond the front, or nobody listened.
        high: the upper end; None: it may lie beyond the last candidate. It is the first candidate's
            share where that one is heard already.
        answers: to ABX trials that this is from.
        guessing: whether it is more likely that nobody listened; there is no interval then.
    """

    low: float | None
    middle: float | None
    high: float | None
    answers: int
    guessing: bool


def positions_of(front: Front) -> dict[int, float]:
    """Return the picture share in percent of the candidates on a front, by index."""
    found = {}
    for candidate in front.candidates:
        share = front.shares(candidate.losses).picture
        if share is not None and not candidate.dominated:
            found[candidate.index] = 100 * share
    return found


class Listening:
    """One listener's test, as far as it was answered.

    The same answers and the same seed give the same next trial.

    Two kinds of ABX trials find somebody who presses without listening. In some the image alone is
    held against the track: whoever listens is right there, however much of the front is inaudible
    to them, and whoever guesses is wrong in half of them. In some the track is held against itself:
    nobody can be right, so what is pressed shows which side somebody prefers when nothing is heard,
    and an answer against that side counts for more elsewhere.

    Args:
        positions: picture share of each candidate in percent, by index (`positions_of`).
        seed: of the order.
        answers: of this listener, to candidates as they are now.
        kinds: of trials, in the order in which they come.

    Raises:
        MossError: for fewer than two candidates.
    """

    def __init__(
        self,
        positions: Mapping[int, float],
        seed: int,
        answers: Sequence[Answer] = (),
        kinds: Sequence[Kind] = ("abx",),
    ) -> None:
        if len(positions) < 2:
            rule = "must have two candidates or more with a picture share"
            raise MossError("front", rule, len(positions), "Let the run learn more candidates.")
        self.positions, self.seed, self.kinds = dict(positions), seed, tuple(kinds)
        self.answers = tuple(answer for answer in answers if self._can_be_used(answer))

    def _can_be_used(self, answer: Answer) -> bool:
        trial = answer.trial
        played = {index for index in (trial.first, trial.second) if index >= 0}
        return trial.kind in self.kinds and played <= set(self.positions)

    def with_answer(self, answer: Answer) -> Listening:
        """Return the test with one more answer."""
        found = Listening(self.positions, self.seed, (*self.answers, answer), self.kinds)
        if len(found.answers) > len(self.answers):
            found.hearing = self.hearing.with_answer(answer)
        return found

    def answered(self, kind: Kind) -> int:
        """Return how many trials of a kind were answered."""
        return sum(answer.trial.kind == kind for answer in self.answers)

    @property
    def planned(self) -> int:
        """How many trials there are in all, as far as is known now."""
        return sum(self._needed(kind) for kind in self.kinds)

    @property
    def is_enough(self) -> bool:
        """Whether no trial is left."""
        return all(self.answered(kind) >= self._needed(kind) for kind in self.kinds)

    def _needed(self, kind: Kind) -> int:
        if kind != "abx":
            return PAIRS
        done = self.answered("abx")
        if done < ABX_TRIALS:
            return ABX_TRIALS
        low, high = _UNCLEAR
        unclear = low < self.hearing.guesses < high
        return min(MOST_ABX_TRIALS, done + 1) if unclear else done

    @cached_property
    def hearing(self) -> Hearing:
        """What the answers say of the listener."""
        return Hearing(self.positions, self.answers)

    def next_trial(self) -> Trial | None:
        """Return what to ask next; None: it is enough."""
        for kind in self.kinds:
            done = self.answered(kind)
            if done < self._needed(kind):
                own = np.random.default_rng([self.seed, self.kinds.index(kind), done])
                return self._abx(done, own) if kind == "abx" else self._pair(kind, own)
        return None

    def _abx(self, done: int, own: np.random.Generator) -> Trial:
        x_is_first, swapped = (bool(one) for one in own.integers(0, 2, 2))
        at = self._special
        if done >= ABX_TRIALS or at.get(done) == "obvious":
            return obvious(x_is_first, swapped)
        if at.get(done) == "catch":
            return Trial("abx", TRACK, TRACK, x_is_first)
        candidate = self._most_telling(own)
        first, second = (candidate, TRACK) if swapped else (TRACK, candidate)
        return Trial("abx", first, second, x_is_first)

    @cached_property
    def _special(self) -> dict[int, str]:
        """Which trials hold something else than a candidate against the track."""
        own = np.random.default_rng([self.seed, len(self.kinds), ABX_TRIALS])
        places = own.permutation(np.arange(1, ABX_TRIALS))[: _OBVIOUS + _CATCHES].tolist()
        kinds = ["obvious"] * _OBVIOUS + ["catch"] * _CATCHES
        return dict(zip(places, kinds, strict=True))

    def _most_telling(self, own: np.random.Generator) -> int:
        found = self.hearing.expected_entropies()
        least = min(found.values())
        close = sorted(index for index, value in found.items() if value <= least + _CLOSE)
        return int(own.choice(close))

    def _pair(self, kind: Kind, own: np.random.Generator) -> Trial:
        asked = {frozenset((a.trial.first, a.trial.second)) for a in self.answers}
        indices = sorted(self.positions)
        pairs = [(a, b) for a in indices for b in indices if a < b]
        fresh = [pair for pair in pairs if frozenset(pair) not in asked] or pairs
        pair = fresh[int(own.integers(len(fresh)))]
        first, second = pair if own.integers(2) else pair[::-1]
        return Trial(kind, first, second)

    def threshold(self) -> Threshold:
        """Return what the answers so far say; wide with few of them."""
        count, hearing = self.answered("abx"), self.hearing
        if hearing.guesses > _UNCLEAR[1]:
            return Threshold(None, None, None, count, True)
        found = interval_along(self.positions, hearing.thresholds, hearing.believed)
        return Threshold(*found, count, False)
