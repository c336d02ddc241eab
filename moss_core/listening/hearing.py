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
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from moss_core.listening.trials import IMAGE, TRACK, Answer, Trial

Floats = NDArray[np.float64]

_ABOVE = 0.5
_POINTS = 121
_WIDTHS = np.geomspace(0.5, 16, 8)
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
        self._answers = [answer for answer in answers if answer.trial.kind == "abx"]

    @cached_property
    def _prior(self) -> Floats:
        flat = np.ones((len(self.thresholds), len(_WIDTHS), 1, 1))
        prior: Floats = flat * _LAPSES_PRIOR[:, None] * _BIASES_PRIOR
        prior /= prior.sum()
        return prior

    @cached_property
    def _fits(self) -> tuple[Floats, Floats]:
        """How likely the answers are with each parameter's value: of listeners and of guessers."""
        listens, guesses = np.log(self._prior), np.log(_BIASES_PRIOR)
        for answer in self._answers:
            first = answer.answered == "first"
            says = self._says_first(answer.trial)
            listens = listens + np.log(says if first else 1 - says)
            guesses = guesses + np.log(_BIASES if first else 1 - _BIASES)
        return listens, guesses

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
        heard: Floats = attentive / (1 + np.exp(-np.clip(away, -60, 60)))[..., None]
        return heard

    @cached_property
    def guesses(self) -> float:
        """How likely it is that nobody listened, 0 to 1."""
        listens, guesses = (float(np.logaddexp.reduce(fit, axis=None)) for fit in self._fits)
        return float(_GUESSERS / (_GUESSERS + (1 - _GUESSERS) * np.exp(listens - guesses)))

    @cached_property
    def _listener(self) -> Floats:
        fit = self._fits[0]
        found: Floats = np.exp(fit - fit.max())
        found /= found.sum()
        return found

    @cached_property
    def believed(self) -> Floats:
        """How likely each of `thresholds` is, summing to 1."""
        nothing = np.full(len(self.thresholds), 1 / len(self.thresholds))
        heard: Floats = self._listener.sum((1, 2, 3))
        return self.guesses * nothing + (1 - self.guesses) * heard

    def quantile(self, part: float) -> float:
        """Return the picture share that the threshold is below with this probability, 0 to 1."""
        step = self.thresholds[1] - self.thresholds[0]
        below = np.concatenate([[0.0], self.believed.cumsum()])
        edges = np.concatenate([self.thresholds - step / 2, [self.thresholds[-1] + step / 2]])
        return float(np.interp(part, below, edges))

    def expected_entropy(self, candidate: int) -> float:
        """Return how uncertain the threshold will be after a trial, in nats, in the mean."""
        uncertain = 0.0
        for x_is_first in (True, False):
            says = self._says_first(Trial("abx", candidate, TRACK, x_is_first))
            for likely in (says, 1 - says):
                after = (self._listener * likely).sum((1, 2, 3))
                total = after.sum()
                after = after / total
                uncertain -= total / 2 * float((after * np.log(np.maximum(after, 1e-300))).sum())
        return float(uncertain)


def obvious(x_is_first: bool, image_first: bool) -> Trial:
    """Return a trial that nobody who listens can miss: the image alone against the track."""
    first, second = (IMAGE, TRACK) if image_first else (TRACK, IMAGE)
    return Trial("abx", first, second, x_is_first)
