"""The small chart of what an objective measures as the mask goes from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt

from charts.shared import LOSS, NEUTRAL, ROWS, Row, Spec
from moss_core.runs import IMAGE_COLOUR, TRACK_COLOUR


@lru_cache(maxsize=64)
def measured_spec(label: str, domain: str) -> Spec:
    """Return the small chart of what one objective measures as the mask goes from 0 to 1."""
    colour = IMAGE_COLOUR if domain == "image" else TRACK_COLOUR
    base = alt.Chart(ROWS, height=180).encode(
        x=alt.X(
            "mask:Q",
            title="mask (0 = track, 1 = image)",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(values=[0, 0.5, 1], grid=False),
        ),
        tooltip=[
            alt.Tooltip("mask:Q", title="Mask", format=".1f"),
            alt.Tooltip("loss:Q", title=label, format=".3f"),
        ],
    )
    measured = base.encode(y=alt.Y("loss:Q", title=LOSS, axis=alt.Axis(tickCount=4)))
    spec: Spec = alt.layer(
        base.transform_filter("datum.now").mark_rule(color=NEUTRAL, strokeDash=[4, 4]),
        measured.mark_line(color=colour, strokeWidth=2.5),
        measured.transform_filter("datum.now").mark_point(
            filled=True, size=90, color=colour, opacity=1
        ),
    ).to_dict()
    return spec


def measured_rows(masks: Sequence[float], losses: Sequence[float], now: float) -> list[Row]:
    """Return the rows of `measured_spec`, with the mask `now` marked."""
    return [
        {"mask": mask, "loss": loss, "now": mask == now}
        for mask, loss in zip(masks, losses, strict=True)
    ]
