"""What a visitor aims for: objectives, weights, parameters, blend and lean, put and compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from moss_core.errors import MossError
from moss_core.objectives import Objective, Plugins, Value
from moss_core.optimization import RunConfig
from moss_core.runs import Preset
from session import memory

_KEYS = (memory.CHOSEN, memory.WEIGHTS, memory.PARAMETERS, memory.BLEND, memory.LEAN)


def put_aim(aim: Preset | RunConfig, plugins: Plugins) -> None:
    """Aim for what a preset or a configuration says, as far as its objectives are installed."""
    for key, value in _told_by(aim, plugins).items():
        memory.put(key, value)


def is_aim(preset: Preset, plugins: Plugins) -> bool:
    """Return whether the visitor aims for what a preset says."""
    now = {key: memory.get(key) for key in _KEYS}
    return all(name in plugins.installed for name, _ in preset.objectives) and _essence(
        now, plugins
    ) == _essence(_told_by(preset, plugins), plugins)


def current_aim(label: str, plugins: Plugins) -> Preset:
    """Return what the visitor aims for as a preset.

    Raises:
        MossError: for a label that cannot be used.
    """
    names = [name for name in plugins.installed if name in memory.get(memory.CHOSEN)]
    return Preset(
        label,
        "",
        tuple((name, float(weight_of(name))) for name in names),
        {
            name: values_of(plugins.installed[name].objective)
            for name in names
            if plugins.installed[name].objective.parameters
        },
        memory.get(memory.BLEND),
        memory.get(memory.LEAN),
    )


def weight_of(name: str) -> int:
    """Return how much an objective weighs, 1 to 10."""
    weight: int = memory.get(memory.WEIGHTS).get(name, memory.DEFAULT_WEIGHT)
    return weight


def values_of(
    objective: Objective, told: Mapping[str, Mapping[str, Value]] | None = None
) -> dict[str, Value]:
    """Return values of an objective's parameters: those told, else defaults.

    Args:
        objective: whose they are.
        told: values by objective and parameter; None: those that the visitor has set.
    """
    kept = (memory.get(memory.PARAMETERS) if told is None else told).get(objective.name, {})
    found = {}
    for name, parameter in objective.parameters.items():
        try:
            found[name] = parameter.checked(kept.get(name, parameter.default), name)
        except MossError:  # of a run of an older version of the objective
            found[name] = parameter.default
    return found


def _told_by(aim: Preset | RunConfig, plugins: Plugins) -> dict[str, Any]:
    """Return what the memory holds of an aim."""
    names = tuple(name for name, _ in aim.objectives if name in plugins.installed)
    return {
        memory.CHOSEN: names,
        memory.WEIGHTS: _whole_weights(aim.objectives),
        memory.PARAMETERS: {name: dict(values) for name, values in aim.parameters.items()},
        memory.BLEND: aim.blend,
        memory.LEAN: aim.lean,
    }


def _essence(told: Mapping[str, Any], plugins: Plugins) -> object:
    """Return what makes a difference of what the memory holds."""
    found = {}
    chosen = [plugins.installed[n].objective for n in told[memory.CHOSEN] if n in plugins.installed]
    weights = {o.name: told[memory.WEIGHTS].get(o.name, memory.DEFAULT_WEIGHT) for o in chosen}
    for objective in chosen:
        side = math.fsum(weights[o.name] for o in chosen if o.domain == objective.domain)
        share = round(weights[objective.name] / side, 6)
        found[objective.name] = share, values_of(objective, told[memory.PARAMETERS])
    return found, told[memory.BLEND], round(told[memory.LEAN], 6)


def _whole_weights(objectives: Sequence[tuple[str, float]]) -> dict[str, int]:
    """Return weights of 1 to 10: as they are where they are such and differ, else scaled."""
    weights = [weight for _, weight in objectives]
    if len(set(weights)) == 1:
        return {name: memory.DEFAULT_WEIGHT for name, _ in objectives}
    fine = all(weight in range(1, 11) for weight in weights)
    scale = 1.0 if fine else 10 / max(weights)
    return {name: max(1, round(weight * scale)) for name, weight in objectives}
