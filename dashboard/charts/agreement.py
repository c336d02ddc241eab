"""How objectives agree with what people answered: a point and its interval each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt

from charts.shared import NEUTRAL, ROWS, Row, Spec
from moss_core.listening import Agreement
from moss_core.runs import IMAGE_COLOUR, TRACK_COLOUR

_ROW_HEIGHT = 26


@lru_cache(maxsize=1)
def agreement_spec() -> Spec:
    """Return the chart: an objective a row, from -1 (the other way round) to 1 (always alike)."""
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
