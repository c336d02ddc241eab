"""What the charts share.

A chart is a specification, the same at every step of a run, and rows that change: a browser then
puts the new rows into the chart that is there, and does not build another one twice a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from background.snapshots import Snapshot
from moss_core.optimization import Record, image_share
from moss_core.runs import IMAGE_COLOUR, MIDDLE_COLOUR, TRACK_COLOUR

PICK = "pick"
Row = dict[str, Any]
Spec = dict[str, Any]

ROWS = alt.NamedData(name="rows")
NEUTRAL = "#8d8398"
LOSS = "loss (0 = identical)"
_FIRST_POINTS, _MOST_POINTS = 20, 60


def share_scale() -> alt.Scale:
    """Return the colours of candidates by their weight on the image, in percent."""
    return alt.Scale(domain=[0, 50, 100], range=[TRACK_COLOUR, MIDDLE_COLOUR, IMAGE_COLOUR])


def steps_axis(planned: int) -> alt.X:
    """Return the axis of the steps, from the crossfade to the last one planned."""
    return alt.X(
        "step:Q",
        title="step",
        scale=alt.Scale(domain=[0, max(1, planned)], nice=False),
        axis=alt.Axis(tickMinStep=1, tickCount=6, format="d", grid=False),
    )


def spaced(history: tuple[Record, ...], last: int | None) -> tuple[Record, ...]:
    """Return all of the first steps, where most happens, then evenly spaced ones, and the last."""
    shown = history if last is None else history[: last + 1]
    stride = max(1, math.ceil(len(shown) / _MOST_POINTS))
    return tuple(
        record
        for place, record in enumerate(shown)
        if place < _FIRST_POINTS or place % stride == 0 or place == len(shown) - 1
    )


def losses_text(snapshot: Snapshot, losses: Sequence[float]) -> str:
    """Return losses with the names of their objectives."""
    named = zip(snapshot.objectives, losses, strict=True)
    return ", ".join(f"{objective.label} {loss:.3f}" for objective, loss in named)


def percent(snapshot: Snapshot, preference: tuple[float, ...]) -> float:
    """Return the weight on the image objectives in percent."""
    return 100 * image_share(snapshot.objectives, preference)
