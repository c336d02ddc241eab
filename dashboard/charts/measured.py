"""The charts of Objectives: what one measures as the mask goes from 0 to 1, how all agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt

from charts.shared import LOSS, NEUTRAL, ROWS, Row, Spec
from moss_core.listening import Agreement
from moss_core.runs import IMAGE_COLOUR, TRACK_COLOUR

_ROW_HEIGHT = 26


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


@lru_cache(maxsize=1)
def agreement_spec() -> Spec:
    """Return the chart of how objectives agree with answers, one a row.

    It goes from -1 (always the other way round) to 1 (always alike).
    """
    base = alt.Chart(ROWS, height=alt.Step(_ROW_HEIGHT)).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, ticks=False)),
        color=alt.Color(
            "domain:N",
            title=None,
            scale=alt.Scale(domain=["audio", "image"], range=[TRACK_COLOUR, IMAGE_COLOUR]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("label:N", title="Objective"),
            alt.Tooltip("tau:Q", title="Agreement (tau-b)", format=".2f"),
            alt.Tooltip("low:Q", title="95 % from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
            alt.Tooltip("answers:Q", title="Answers"),
        ],
    )
    across = alt.X(
        "low:Q",
        title="agrees with you (0: no relation, 1: always)",
        scale=alt.Scale(domain=[-1, 1]),
        axis=alt.Axis(values=[-1, 0, 1]),
    )
    spec: Spec = alt.layer(
        alt.Chart(ROWS).mark_rule(color=NEUTRAL, strokeDash=[3, 3]).encode(x=alt.datum(0)),
        base.mark_rule(strokeWidth=3, opacity=0.6).encode(x=across, x2="high:Q"),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=alt.X("tau:Q")),
    ).to_dict()
    return spec


def agreement_rows(found: Sequence[Agreement], labels: Mapping[str, str]) -> list[Row]:
    """Return the rows of `agreement_spec`, audio first, the closest first.

    Args:
        found: those with an interval.
        labels: of objectives by name.
    """
    ordered = sorted(found, key=lambda one: (one.domain, -(one.tau or 0.0)))
    return [
        {
            "label": labels[one.name],
            "domain": one.domain,
            "tau": one.tau,
            "low": one.low,
            "high": one.high,
            "answers": one.answers,
        }
        for one in ordered
    ]
