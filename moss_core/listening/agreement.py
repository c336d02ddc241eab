"""Which objectives rank candidates as the ears and eyes did.

Kendall's tau-b (Biometrika 33, 1945, https://doi.org/10.1093/biomet/33.3.239), since answers are
comparisons and it counts just these: how many an objective agrees with, less those that it does
not. Spearman's rank correlation would want a rank for each candidate, which few answers do not
give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moss_core.listening.measured import Measured
from moss_core.listening.trials import Answer
from moss_core.objectives import Domain

Floats = NDArray[np.float64]

_DRAWS = 1000
_ENOUGH = 6


@dataclass(frozen=True)
class Agreement:
    """How well one objective ranks candidates as the answers do.

    Args:
        name: of the objective.
        domain: "image" or "audio".
        tau: Kendall's tau-b, from -1 (always the other way round) through 0 (no relation) to 1;
            None where there are not enough answers to tell.
        low: lower end of its 95 % interval; None likewise.
        high: the upper end.
        answers: that it is from.
    """

    name: str
    domain: Domain
    tau: float | None
    low: float | None
    high: float | None
    answers: int


def agreement(
    measured: Sequence[Measured], answers: Sequence[Answer], seed: int = 0
) -> tuple[Agreement, ...]:
    """Return how each objective agrees with answers, the closest first.

    Image objectives are held against the pairs "which shows more of the image"; audio objectives
    against the pairs "which sounds more like the track", and against ABX: where X was found for one
    candidate and not for another, the first is taken to be farther from the track. As half of what
    is not heard is right by luck, those comparisons count together no more than the fewer of the
    answers that they are made of.

    The interval is of a Bayesian bootstrap over answers (Rubin, Annals of Statistics 9, 1981,
    https://doi.org/10.1214/aos/1176345338), with one pair more that agrees and one that does not:
    of eight answers that all agree, no bootstrap would tell that the ninth might not.

    Args:
        measured: what the objectives say.
        answers: of one listener or several, without those who guessed.
        seed: of the bootstrap.
    """
    found = [_agreement(one, answers, np.random.default_rng(seed)) for one in measured]
    return tuple(sorted(found, key=lambda one: -2 if one.tau is None else one.tau, reverse=True))


def _agreement(
    measured: Measured, answers: Sequence[Answer], own: np.random.Generator
) -> Agreement:
    kind = "picture" if measured.domain == "image" else "sound"
    pairs = [
        _sign(measured.losses[answer.other] - measured.losses[answer.chosen])
        for answer in answers
        if answer.trial.kind == kind and {answer.other, answer.chosen} <= set(measured.losses)
    ]
    abx = [
        (measured.losses[candidate], bool(answer.right))
        for answer in answers
        if measured.domain == "audio"
        and (candidate := answer.trial.candidate) is not None
        and candidate in measured.losses
    ]
    signs = np.array(pairs, dtype=float)
    losses = np.array([loss for loss, _ in abx])
    right = np.array([heard for _, heard in abx], dtype=bool)
    count = len(pairs) + len(abx)
    tau = _tau(signs, np.ones(len(signs)), losses, right, np.ones(len(losses)))
    if tau is None or count < _ENOUGH:
        return Agreement(measured.name, measured.domain, None, None, None, count)
    draws = []
    more = np.append(signs, (1.0, -1.0))
    for _ in range(_DRAWS):
        weights = own.exponential(size=len(more)), own.exponential(size=len(losses))
        drawn = _tau(more, weights[0], losses, right, weights[1])
        draws.append(0.0 if drawn is None else drawn)
    low, high = np.quantile(draws, [0.025, 0.975])
    return Agreement(
        measured.name, measured.domain, tau, min(tau, float(low)), max(tau, float(high)), count
    )


def _sign(value: float) -> float:
    return float(np.sign(value))


def _tau(
    signs: Floats, of_signs: Floats, losses: Floats, right: NDArray[np.bool_], of_losses: Floats
) -> float | None:
    """Return tau-b over comparisons; None where there are none.

    Args:
        signs: of pairs: 1 where the objective agrees, -1 where it does not, 0 where it sees none.
        of_signs: how much each counts.
        losses: of the candidates of ABX answers.
        right: whether X was found there.
        of_losses: how much each counts.
    """
    total, agrees = float(of_signs.sum()), float(of_signs @ signs)
    untied = float(of_signs @ np.abs(signs))
    heard, missed = of_losses[right], of_losses[~right]
    if len(heard) and len(missed):
        found = np.sign(losses[right][:, None] - losses[~right])
        counts = np.outer(heard, missed)
        counts *= min(heard.sum(), missed.sum()) / counts.sum()
        total += float(counts.sum())
        agrees += float((counts * found).sum())
        untied += float((counts * np.abs(found)).sum())
    # Every comparison has an answer, so only the objective's ties are in tau-b's denominator.
    return agrees / float(np.sqrt(total * untied)) if untied else None
