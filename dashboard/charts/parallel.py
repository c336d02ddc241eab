"""All objectives of a run in one chart: parallel coordinates."""

from __future__ import annotations

import math
from functools import lru_cache

import altair as alt

from background.snapshots import Snapshot
from charts.shared import PICK, ROWS, Row, Spec, percent, share_scale


@lru_cache(maxsize=32)
def parallel_spec(labels: tuple[str, ...]) -> Spec:
    """Return parallel coordinates: a line a candidate over all objectives, the picked one thick.

    A click on a line or a point gives the candidate's index under the selection `PICK`.
    """
    base = alt.Chart(ROWS, height=300).encode(
        x=alt.X(
            "objective:N",
            sort=list(labels),
            title=None,
            scale=alt.Scale(type="point", padding=0.25),
            axis=alt.Axis(labelAngle=0, labelLimit=160, grid=True),
        ),
        y=alt.Y(
            "height:Q",
            title="loss, % of the worse end",
            scale=alt.Scale(domainMin=0),
            axis=alt.Axis(tickCount=5),
        ),
        detail="id:N",
        tooltip=[
            alt.Tooltip("name:N", title="What"),
            alt.Tooltip("objective:N", title="Objective"),
            alt.Tooltip("loss:Q", title="Loss", format=".3f"),
            alt.Tooltip("height:Q", title="Of the worse end (%)", format=".0f"),
            alt.Tooltip("share:Q", title="Weight on the image (%)", format=".0f"),
        ],
    )
    colour = alt.Color("share:Q", scale=share_scale(), legend=None)
    faint = alt.condition(
        "!datum.picked", alt.Opacity("opacity:Q", scale=None, legend=None), alt.value(1)
    )
    lines = base.mark_line().encode(
        color=colour,
        strokeWidth=alt.condition("datum.picked", alt.value(4), alt.value(2)),
        opacity=faint,
    )
    points = (
        base.mark_point(filled=True)
        .encode(
            color=colour,
            size=alt.condition("datum.picked", alt.value(120), alt.value(50)),
            opacity=faint,
        )
        .add_params(
            alt.selection_point(name=PICK, fields=["id"], on="click", toggle=False, empty=False)
        )
    )
    spec: Spec = alt.layer(lines, points).to_dict()
    return spec


def parallel_rows(snapshot: Snapshot, picked: int) -> list[Row]:
    """Return the rows of `parallel_spec`."""
    return [
        {
            "id": c.index,
            "name": f"Candidate {snapshot.front.number(c.index)}",
            "objective": objective.label,
            "loss": loss,
            "height": 100 * loss / max(worst, 1e-9),
            "share": percent(snapshot, c.preference),
            "picked": c.index == picked,
            "opacity": 0.2 if c.dominated else 0.6,
        }
        for c in snapshot.candidates
        for objective, loss, worst in zip(
            snapshot.objectives, c.losses, snapshot.worst, strict=True
        )
        if math.isfinite(loss)
    ]
