"""Reading a configuration back, as this version or an older one wrote it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from moss_core.optimization import RunConfig
from moss_core.synthesis import AXIS_NAMES, MOST_BLACK, Adjustments, Blend, Canvas, Placement


def config_of(told: Mapping[str, Any]) -> RunConfig:
    """Return the configuration that `RunConfig.as_dict` told, of this version or an older one.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: for what it cannot have told.
    """
    config = dict(told)
    canvas = canvas_of(config.pop("canvas"))
    objectives = tuple((str(name), float(weight)) for name, weight in config.pop("objectives"))
    parameters = {str(n): dict(values) for n, values in config.pop("parameters", {}).items()}
    # Without the key: of a version that left images as they were. Without "fit": of one that
    # stretched them.
    adjustments = Adjustments(**{"fit": "stretch"} | config.pop("adjustments", {"levels": False}))
    # Without the key: of a version whose black was silence.
    blend = Blend(**config.pop("blend", {"black": MOST_BLACK}))
    others = tuple(map(_placement, config.pop("others", [])))
    # Without the key: of a version that painted the mono mix of every track.
    config.setdefault("channels", "mono")
    config["viewers"] = tuple(map(str, config.get("viewers", ["moss"])))
    return RunConfig(
        objectives,
        canvas=canvas,
        parameters=parameters,
        adjustments=adjustments,
        blend=blend,
        others=others,
        **config,
    )


def canvas_of(told: Mapping[str, Any]) -> Canvas:
    """Return a canvas that was told as a dictionary; raises as `config_of`."""
    for name in ("start", "duration", "low", "high", "top", "range"):
        if told[name] is not None:
            finite(told[name])
    if told["axis"] not in AXIS_NAMES:
        raise ValueError(f"axis {told['axis']!r}")
    return Canvas(**told)


def _placement(told: Mapping[str, Any]) -> Placement:
    image = told["image"]
    if not isinstance(image, int):
        raise TypeError(f"image {image!r}")
    return Placement(
        image,
        canvas_of(told["canvas"]),
        Adjustments(**told["adjustments"]),
        Blend(**told["blend"]),
    )


def finite(told: object) -> float:
    """Return a number; raise ValueError or TypeError for what is none, or infinite."""
    value = float(told)  # type: ignore[arg-type]
    if not math.isfinite(value):
        raise ValueError(f"{value} where a number must be")
    return value
