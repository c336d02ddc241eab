"""What objectives measure on a run's candidates, whether the run learned by them or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from moss_core.machine import on_one_core
from moss_core.objectives import Domain, Objective, Plugins, Scorer
from moss_core.optimization import Run


@dataclass(frozen=True)
class Measured:
    """One objective on a run's candidates.

    Args:
        name: of the objective.
        domain: "image" or "audio".
        losses: by index of the candidate; those that could not be measured are left out.
        worst: its worse end: the larger of its values for the track alone and the image alone.
    """

    name: str
    domain: Domain
    losses: Mapping[int, float]
    worst: float


@on_one_core()
def measured_by_all(run: Run, plugins: Plugins) -> tuple[Measured, ...]:
    """Return what every installed objective measures on a run's candidates, as they are heard.

    All of them whole and in all lenses, so that they can be compared. The run's own losses lag
    behind that: a step looks through one lens, measures a part of some objectives, and keeps what
    was last measured of the rest. It takes as long as a few steps. An objective that fails is left
    out.

    Args:
        run: with at least one step taken.
        plugins: what is installed.
    """
    return _measure(run, list(plugins.choose(sorted(plugins.installed))))


def _measure(run: Run, objectives: list[Objective]) -> tuple[Measured, ...]:
    scorer = Scorer(objectives, run.model.targets, patience=run.config.patience, domains=())
    rows = [_losses(run, scorer, run.state.waveform[c.index]) for c in run.candidates()]
    with torch.no_grad():
        ends = torch.tensor([0.0, 1.0], device=run.model.device)
        worst = torch.stack([_losses(run, scorer, own) for own in run.model.crossfade(ends)])
    found = []
    for k, objective in enumerate(objectives):
        losses = {
            c.index: float(row[k])
            for c, row in zip(run.candidates(), rows, strict=True)
            if bool(row[k].isfinite())
        }
        if k in scorer.active and losses:
            found.append(
                Measured(objective.name, objective.domain, losses, float(worst[:, k].amax()))
            )
    return tuple(found)


def _losses(run: Run, scorer: Scorer, waveform: torch.Tensor) -> torch.Tensor:
    """Return losses `(K,)` of painted channels `(P, samples)`, the mean over all that is heard."""
    found = []
    for heard in range(len(run.model.targets)):
        part, _ = run.model.part_of(heard)
        own = run.heard(waveform, heard)[None]
        seen = []
        for sight in part.sights:
            rendered = part.observe(own, sight)
            calls = scorer.measurements(rendered, lone=True, heard=heard)
            with torch.no_grad():
                seen.append(scorer.gather(rendered, [call.function() for call in calls])[0][0])
        found.append(torch.stack(seen).nanmean(0))
    return torch.stack(found).mean(0).cpu()
