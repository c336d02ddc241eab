"""The chart of an objective's losses over the steps."""

from __future__ import annotations

import math
from functools import lru_cache

import altair as alt

from background.snapshots import Snapshot
from charts.shared import LOSS, ROWS, Row, Spec, percent, share_scale, spaced, steps_axis
from moss_core.objectives import Objective


@lru_cache(maxsize=64)
def losses_spec(label: str, planned: int) -> Spec:
    """Return the chart of one objective's losses: a line a candidate, the picked one thick."""
    base = alt.Chart(ROWS, height=230).encode(
        x=steps_axis(planned),
        y=alt.Y("loss:Q", title=LOSS, axis=alt.Axis(tickCount=5)),
        detail="candidate:N",
        color=alt.Color("share:Q", scale=share_scale(), legend=None),
        tooltip=[
            alt.Tooltip("candidate:O", title="Candidate"),
            alt.Tooltip("step:Q", title="Step"),
            alt.Tooltip("loss:Q", title=label, format=".3f"),
            alt.Tooltip("share:Q", title="Weight on the image (%)", format=".0f"),
        ],
    )
    lines = base.mark_line().encode(
        strokeWidth=alt.condition("datum.picked", alt.value(3.5), alt.value(1.5)),
        opacity=alt.condition("datum.picked", alt.value(1), alt.value(0.55)),
    )
    ends = base.mark_point(filled=True, size=40).transform_filter("datum.last")
    spec: Spec = alt.layer(lines, ends).to_dict()
    return spec


def losses_rows(
    snapshot: Snapshot, objective: Objective, picked: int, last: int | None = None
) -> list[Row]:
    """Return the rows of `losses_spec`, up to the step `last`."""
    k = snapshot.objectives.index(objective)
    records = spaced(snapshot.history, last)
    return [
        {
            "step": record.step,
            "candidate": snapshot.front.number(index),
            "loss": losses[k],
            "share": percent(snapshot, records[-1].preferences[index]),
            "picked": index == picked,
            "last": record is records[-1],
        }
        for record in records
        for index, losses in enumerate(record.losses)
        if math.isfinite(losses[k])
    ]
