"""Weights of objectives as the ears and eyes set them: a Bradley-Terry fit.

Bradley and Terry (Biometrika 39, 1952, https://doi.org/10.2307/2334029) say that one of two things
is chosen with the probability 1 / (1 + exp(b - a)) of what both are worth. Here, as in the
optimizer, a candidate is worth less by the weighted sum of its losses, each divided by its worse
end; so the weights are what the answers tell of, as in Springall (Applied Statistics 22, 1973,
https://doi.org/10.2307/2346302). An ABX trial is a comparison with the track, whose losses are 0:
where they are 0 for the candidate too, X is found in half of the trials.

Weights inside a domain are a softmax, so that none is negative, and begin alike: with few answers
they stay near that, with an error that says so. The package `choix` fits what each thing is worth,
not what its worth is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moss_core.listening.measured import Measured
from moss_core.listening.trials import TRACK, Answer
from moss_core.objectives import Domain
from moss_core.runs import Preset

Floats = NDArray[np.float64]

_SPREAD = 1.0
"""Standard deviation of a weight's logarithm before anything is known."""
_STRENGTH, _STRENGTH_SPREAD = np.log(8.0), 1.5
"""Logarithm of how much the worse end differs from perfect, likewise."""


@dataclass(frozen=True)
class FittedWeight:
    """The weight of one objective inside its domain.

    Args:
        name: of the objective.
        domain: "image" or "audio".
        weight: 0 to 1; those of a domain sum to 1.
        error: its standard error.
        answers: that it is from; with none all weights of the domain are alike.
    """

    name: str
    domain: Domain
    weight: float
    error: float
    answers: int


def fitted_weights(
    measured: Sequence[Measured], answers: Sequence[Answer]
) -> tuple[FittedWeight, ...]:
    """Return weights fitted to answers, in the order of the objectives.

    Args:
        measured: what the objectives say: those that are to have a weight.
        answers: of one listener or several, without those who guessed.
    """
    found: dict[str, FittedWeight] = {}
    domains: tuple[Domain, ...] = ("image", "audio")
    for domain in domains:
        own = [one for one in measured if one.domain == domain]
        if own:
            rows = _differences(own, answers)
            weights, errors = _fit(rows)
            for one, weight, error in zip(own, weights, errors, strict=True):
                found[one.name] = FittedWeight(one.name, domain, weight, error, len(rows))
    return tuple(found[one.name] for one in measured)


def _differences(measured: Sequence[Measured], answers: Sequence[Answer]) -> Floats:
    """Return by how much what was chosen is better, `(answers, objectives)`, in worse ends."""
    image = measured[0].domain == "image"
    rows = []
    for answer in answers:
        trial = answer.trial
        if trial.kind == "abx" and not image and trial.candidate is not None:
            worse, better = (trial.candidate, TRACK) if answer.right else (TRACK, trial.candidate)
        elif trial.kind == ("picture" if image else "sound"):
            worse, better = answer.other, answer.chosen
        else:
            continue
        losses = [{**one.losses, TRACK: 0.0} for one in measured]
        if all({worse, better} <= set(known) for known in losses):
            ends = [max(one.worst, 1e-9) for one in measured]
            pairs = zip(losses, ends, strict=True)
            rows.append([(known[worse] - known[better]) / end for known, end in pairs])
    return np.array(rows, dtype=float).reshape(len(rows), len(measured))


def _fit(rows: Floats) -> tuple[list[float], list[float]]:
    """Return weights that sum to 1 and their standard errors: the mode, and its curvature."""
    from scipy.optimize import minimize  # half a second to import, and seldom needed

    count = rows.shape[1]
    start = np.append(np.zeros(count), _STRENGTH)
    found = minimize(_loss, start, args=(rows,), jac=_slope, method="BFGS")
    weights = _softmax(found.x[:-1])
    covariance = np.linalg.inv(_curvature(found.x, rows))
    spread = np.diag(weights) - np.outer(weights, weights)
    errors = np.sqrt(np.diag(spread @ covariance[:-1, :-1] @ spread).clip(0))
    return weights.tolist(), errors.tolist()


def _loss(place: Floats, rows: Floats) -> float:
    worth = np.exp(place[-1]) * rows @ _softmax(place[:-1])
    prior = np.sum(place[:-1] ** 2) / _SPREAD**2
    prior += ((place[-1] - _STRENGTH) / _STRENGTH_SPREAD) ** 2
    return float(np.logaddexp(0, -worth).sum() + prior / 2)


def _slope(place: Floats, rows: Floats) -> Floats:
    weights, strength = _softmax(place[:-1]), np.exp(place[-1])
    worth = strength * rows @ weights
    missed = -1 / (1 + np.exp(np.clip(worth, -500, 500)))  # of each answer, by its worth
    spread = np.diag(weights) - np.outer(weights, weights)
    by_weight = strength * spread @ (rows.T @ missed) + place[:-1] / _SPREAD**2
    by_strength = float(missed @ worth) + (place[-1] - _STRENGTH) / _STRENGTH_SPREAD**2
    return np.append(by_weight, by_strength)


def _curvature(place: Floats, rows: Floats) -> Floats:
    """Return the Hessian of the loss, by differences of its exact slope."""
    step = 1e-5
    sides = [
        (_slope(place + step * one, rows) - _slope(place - step * one, rows)) / (2 * step)
        for one in np.eye(len(place))
    ]
    found = np.stack(sides)
    # With a prior of its own on each axis it is positive definite at the mode but for rounding.
    symmetric: Floats = (found + found.T) / 2
    return symmetric


def _softmax(values: Floats) -> Floats:
    raised: Floats = np.exp(values - values.max())
    found: Floats = raised / raised.sum()
    return found


def fitted_preset(
    fitted: Sequence[FittedWeight], label: str, words: str, like: Mapping[str, object] | None = None
) -> Preset:
    """Return fitted weights as a preset.

    Args:
        fitted: weights of objectives of both domains.
        label: what to call it.
        words: what it does.
        like: other settings of the preset (`Preset.settings`), such as those of the run.
    """
    told = {name: value for name, value in (like or {}).items() if name != "objectives"}
    pairs = tuple((one.name, round(one.weight, 4)) for one in fitted)
    return Preset(label, words, pairs, **told)  # type: ignore[arg-type]
