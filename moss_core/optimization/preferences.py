"""Preferences: how a candidate's weight of 1 is shared out over the objectives.

They compare like with like: each objective's losses are divided by how large they are on the pair.
Divided by how much they differ between track and image, losses that are alike at both ends (those
of a dark image) would count a thousandfold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import Work, crew
from moss_core.objectives import Objective, Scorer
from moss_core.synthesis import Model

Preference = tuple[float, ...]
SMALLEST_SCALE = 1e-3
SWEEP_ENDS = 0.1, 0.95
"""Shares of the image in a sweep. With none a candidate is the track itself, which nobody needs to
learn, with all it has no reason to keep anything of the track."""


def sweep_preferences(
    objectives: Sequence[Objective],
    weights: Sequence[float],
    candidates: int,
    leaning: float = 0.5,
) -> Tensor:
    """Return preferences `(N, K)` from the audio objectives (first) to the image objectives.

    Args:
        objectives: K of them, at least one of each domain with a weight above 0.
        weights: each one's share inside its domain, 0 or more.
        candidates: N.
        leaning: the image's share for a single candidate (`RunConfig.lean`). Several ones leave out
            of the usual ends' room as much at the far end as it lies from the middle.
    """
    first, last = SWEEP_ENDS
    ends = max(first, first + leaning - 0.5), min(last, last + leaning - 0.5)
    shares = torch.linspace(*ends, candidates).tolist() if candidates > 1 else [leaning]
    return torch.tensor([lean(objectives, weights, share) for share in shares])


def image_share(objectives: Sequence[Objective], preference: Sequence[float]) -> float:
    """Return how much of a preference lies on image objectives, 0 to 1."""
    pairs = zip(objectives, preference, strict=True)
    return math.fsum(weight for objective, weight in pairs if objective.domain == "image")


def lean(objectives: Sequence[Objective], weights: Sequence[float], share: float) -> Preference:
    """Return the preference that gives `share` to the image objectives, the rest to audio.

    Args:
        objectives: K of them.
        weights: each one's share inside its domain, 0 or more, not all 0 in one.
        share: 0 (all weight on the track) to 1 (all on the image).
    """
    shares = {"image": share, "audio": 1 - share}
    pairs = list(zip(objectives, weights, strict=True))
    totals = {
        domain: math.fsum(weight for objective, weight in pairs if objective.domain == domain)
        for domain in shares
    }
    return tuple(
        weight / totals[objective.domain] * shares[objective.domain] for objective, weight in pairs
    )


def checked(objectives: Sequence[Objective], weights: Sequence[float]) -> Preference:
    """Return weights scaled to sum to 1.

    Raises:
        MossError: unless there is one an objective, 0 or more, and not all are 0.
    """
    total = math.fsum(weights)
    usable = len(weights) == len(objectives) and all(weight >= 0 for weight in weights)
    if not usable or not 0 < total < math.inf:
        raise MossError(
            "preference",
            f"must be {len(objectives)} weights, 0 or more, not all 0",
            list(weights),
            f"Give one for each of: {', '.join(objective.name for objective in objectives)}.",
        )
    return tuple(weight / total for weight in weights)


def reweigh(preference: Sequence[float], index: int, weight: float) -> Preference:
    """Return a preference with one objective's weight set; the others keep their proportions.

    Args:
        preference: K weights that sum to 1.
        index: of the objective whose weight is set.
        weight: 0 to 1. Where all others are 0, they share the rest equally.
    """
    others = math.fsum(value for k, value in enumerate(preference) if k != index)
    even = 1 / max(1, len(preference) - 1)
    return tuple(
        weight if k == index else (1 - weight) * (value / others if others > 0 else even)
        for k, value in enumerate(preference)
    )


def measure_ends(model: Model, scorer: Scorer) -> tuple[float, ...]:
    """Return the worse of each objective's values at mask = 0 and 1, mean over what is heard."""
    works = [_end(model, scorer, share) for share in (0.0, 1.0)]
    losses = torch.stack(crew().run(works))  # 2 x K
    return tuple(losses.amax(0).tolist())


def _end(model: Model, scorer: Scorer, share: float) -> Work[Tensor]:
    """Return the losses `(K,)` of a mask that is the same everywhere."""
    with torch.no_grad():
        sound = model.crossfade(torch.full((1,), share, device=model.device))
    losses = []
    for heard in range(len(model.targets)):
        with torch.no_grad():
            part, _ = model.part_of(heard)
            rendered = part.observe(model.heard(sound, heard))
        found = yield scorer.measurements(rendered, heard=heard)
        losses.append(scorer.gather(rendered, found)[0])
    return torch.cat(losses).mean(0)
