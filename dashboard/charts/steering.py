"""The chart of a candidate's preference over the steps."""

from __future__ import annotations

from functools import lru_cache

import altair as alt

from background.snapshots import Snapshot
from charts.shared import ROWS, Row, Spec, steps_axis

_COLOURS = ("#8f6bff", "#e0568f", "#f5a04f", "#6fb5c9", "#7fb069", "#c0a35e")


@lru_cache(maxsize=64)
def steering_spec(labels: tuple[str, ...], planned: int) -> Spec:
    """Return the chart of a candidate's preference over the steps, stacked to 100 %."""
    chart = (
        alt.Chart(ROWS, height=200)
        .mark_area(interpolate="step-after", opacity=0.85)
        .encode(
            x=steps_axis(planned),
            y=alt.Y(
                "weight:Q",
                title="weight (%)",
                scale=alt.Scale(domain=[0, 100]),
                axis=alt.Axis(values=[0, 50, 100]),
                stack="zero",
            ),
            color=alt.Color(
                "objective:N",
                scale=alt.Scale(domain=list(labels), range=list(_COLOURS[: len(labels)])),
                legend=alt.Legend(title=None, orient="top", symbolType="square"),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("step:Q", title="Step"),
                alt.Tooltip("objective:N", title="Objective"),
                alt.Tooltip("weight:Q", title="Weight (%)", format=".0f"),
            ],
        )
    )
    spec: Spec = chart.to_dict()
    return spec


def steering_rows(snapshot: Snapshot, picked: int) -> list[Row]:
    """Return the rows of `steering_spec` for one candidate: where its preference changed."""
    records = [record for record in snapshot.history if picked < len(record.preferences)]
    kept = [
        record
        for before, record in zip((None, *records), records, strict=False)
        if before is None
        or record is records[-1]
        or before.preferences[picked] != record.preferences[picked]
    ]
    return [
        {
            "step": record.step,
            "objective": objective.label,
            "place": place,
            "weight": 100 * weight,
        }
        for record in kept
        for place, (objective, weight) in enumerate(
            zip(snapshot.objectives, record.preferences[picked], strict=True)
        )
    ]
