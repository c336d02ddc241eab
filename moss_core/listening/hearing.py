"""What answers tell of somebody's hearing: a Bayesian fit of a psychometric function on a grid.

Somebody who listens hears the difference between the track and a candidate with the picture share
s with probability

    h(s) = (1 - lapse) / (1 + exp(-(s - threshold) / width))

and says then which of both X is; otherwise it is guessed, "first" with probability `bias`. So an
answer is "first" with probability h + (1 - h) bias where X is the first, and (1 - h) bias where it
is the second. At the threshold somebody attentive is right in 75 % of trials. Width, lapse and bias
are nobody's question: they are on the grid, and summed over.

The fit is that of QUEST+ (Watson 2017, https://doi.org/10.1167/17.3.10), lapses and slope as in
Prins (2013, https://doi.org/10.1167/13.7.3), where the next trial is the one after which the
threshold, not all parameters together, will be known best. The packages `questplus` and `psignifit`
do this, under a licence (GPL) that MOSS cannot take in, and without a guesser's bias.

Beside those who listen there are those who press: h is 0 for them everywhere. Both are fitted, and
what is said of the threshold is the mean of both by how likely they are, so that an interval is
wide where it may well be that nobody listened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property

import numpy as np

from moss_core.listening.intervals import Floats
from moss_core.listening.trials import IMAGE, TRACK, Answer, Trial

_ABOVE = 0.5
_POINTS = 121
_WIDTHS = np.geomspace(1, 10, 8)
_USUAL_WIDTH, _WIDTH_SPREAD = 3.5, 0.5
"""Percent, and the standard deviation of its logarithm."""
_LAPSES, _LAPSES_PRIOR = np.array([0, 0.03, 0.08, 0.16]), np.array([0.4, 0.3, 0.2, 0.1])
_BIASES = np.array([0.02, 0.25, 0.5, 0.75, 0.98])
_BIASES_PRIOR = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
_GUESSERS = 0.25
"""How many people press without listening, before anything is known of them."""


class Hearing:
    """What is known of one listener.

    Args:
        positions: picture share of each candidate in percent, by index.
        answers: to trials of ABX; others are left out.
    """

    def __init__(self, positions: Mapping[int, float], answers: Sequence[Answer]) -> None:
        self._positions = dict(positions)
        shares = sorted(self._positions.values())
        beyond = shares[-1] + max(20.0, _ABOVE * (shares[-1] - shares[0]))
        self.thresholds: Floats = np.linspace(min(0.0, shares[0]), beyond, _POINTS)
        """Picture shares in percent that the threshold may be at."""
        self._listens, self._guesses = np.log(self._prior()), np.log(_BIASES_PRIOR)
        for answer in answers:
            self._learn(answer)

    def with_answer(self, answer: Answer) -> Hearing:
        """Return what is known after one more answer."""
        found = copy(self)
        for name in ("guesses", "_listener", "believed"):
            found.__dict__.pop(name, None)
        found._learn(answer)
        return found

    def _learn(self, answer: Answer) -> None:
        if answer.trial.kind != "abx":
            return
        says, first = self._says_first(answer.trial), answer.answered == "first"
        self._listens = self._listens + np.log(says if first else 1 - says)
        self._guesses = self._guesses + np.log(_BIASES if first else 1 - _BIASES)

    def _prior(self) -> Floats:
        widths = np.exp(-0.5 * (np.log(_WIDTHS / _USUAL_WIDTH) / _WIDTH_SPREAD) ** 2)
        rest = widths[:, None, None] * _LAPSES_PRIOR[:, None] * _BIASES_PRIOR
        prior: Floats = np.ones((len(self.thresholds), 1, 1, 1)) * rest
        prior /= prior.sum()
        return prior

    def _says_first(self, trial: Trial) -> Floats:
        """Return the probability of the answer "first", by threshold, width, lapse and bias."""
        heard = self._heard(trial)[..., None]
        says: Floats = heard * trial.x_is_first + (1 - heard) * _BIASES
        return np.clip(says, 1e-6, 1 - 1e-6)

    def _heard(self, trial: Trial) -> Floats:
        """Return the probability that the difference is heard, by threshold, width and lapse."""
        if trial.is_catch:
            return np.zeros((len(self.thresholds), len(_WIDTHS), len(_LAPSES)))
        attentive = 1 - _LAPSES
        if trial.is_obvious:
            return np.broadcast_to(attentive, (len(self.thresholds), len(_WIDTHS), len(_LAPSES)))
        share = self._positions[trial.candidate or 0]
        away = (share - self.thresholds[:, None]) / _WIDTHS
        heard: Floats = _logistic(away)[..., None] * attentive
        return heard

    @cached_property
    def guesses(self) -> float:
        """How likely it is that nobody listened, 0 to 1."""
        fits = self._listens, self._guesses
        listens, guesses = (float(np.logaddexp.reduce(fit, axis=None)) for fit in fits)
        return float(_GUESSERS / (_GUESSERS + (1 - _GUESSERS) * np.exp(listens - guesses)))

    @cached_property
    def _listener(self) -> Floats:
        found: Floats = np.exp(self._listens - self._listens.max())
        found /= found.sum()
        return found

    @property
    def listener(self) -> Floats:
        """How likely each of `thresholds` is if somebody listened, summing to 1."""
        found: Floats = self._listener.sum((1, 2, 3))
        return found

    @cached_property
    def believed(self) -> Floats:
        """How likely each of `thresholds` is, summing to 1."""
        nothing = np.full(len(self.thresholds), 1 / len(self.thresholds))
        return self.guesses * nothing + (1 - self.guesses) * self.listener

    def expected_entropies(self) -> dict[int, float]:
        """Return how uncertain the threshold will be after a trial of each candidate, in nats.

        The mean over both answers and both orders. Lapse and bias are summed over first: what is
        answered is linear in both.
        """
        biased = self._listener @ _BIASES, self._listener.sum(3)  # threshold, width, lapse
        guessed, all_of = (one.sum(2) for one in biased)
        guessed_heard, heard_at_most = (one @ (1 - _LAPSES) for one in biased)
        found = {}
        for index, share in self._positions.items():
            heard = _logistic((share - self.thresholds[:, None]) / _WIDTHS)
            hears = heard * heard_at_most
            guesses_first = guessed - heard * guessed_heard
            guesses_second = all_of - hears - guesses_first
            likely = (
                *(hears + guesses_first, guesses_second),  # X is the first
                *(guesses_first, hears + guesses_second),  # X is the second
            )
            found[index] = sum(map(_uncertainty, likely)) / 2
        return found


def _uncertainty(likely: Floats) -> float:
    """Return the entropy of the threshold after an answer, times how likely the answer is."""
    after = likely.sum(1)
    total = float(after.sum())
    return float(total * np.log(total) - (after * np.log(np.maximum(after, 1e-300))).sum())


def _logistic(values: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    return found


def obvious(x_is_first: bool, image_first: bool) -> Trial:
    """Return a trial that nobody who listens can miss: the image alone against the track."""
    first, second = (IMAGE, TRACK) if image_first else (TRACK, IMAGE)
    return Trial("abx", first, second, x_is_first)
