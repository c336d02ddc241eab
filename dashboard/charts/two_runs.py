"""The fronts of two runs in one chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import altair as alt

from charts.shared import LOSS, NEUTRAL, ROWS, Row, Spec
from moss_core.optimization import Candidate
from moss_core.runs import Manifest

_COLOURS = ("#8f6bff", "#ee8a35")


@lru_cache(maxsize=32)
def two_fronts_spec(across: str, up: str, titles: tuple[str, ...]) -> Spec:
    """Return the chart of the fronts of some runs by two objectives, a colour a run."""
    base = alt.Chart(ROWS, height=360).encode(
        x=alt.X("x:Q", title=f"{across} {LOSS}", scale=alt.Scale(zero=True)),
        y=alt.Y("y:Q", title=f"{up} {LOSS}", scale=alt.Scale(zero=True)),
        color=alt.Color(
            "run:N",
            scale=alt.Scale(domain=list(titles), range=list(_COLOURS[: len(titles)])),
            legend=alt.Legend(title=None, orient="top", labelLimit=320),
        ),
    )
    line = base.transform_filter("!datum.dominated").mark_line(strokeWidth=1.5).encode(order="x:Q")
    points = base.mark_point(filled=True, size=110).encode(
        opacity=alt.condition("datum.dominated", alt.value(0.3), alt.value(1)),
        tooltip=[
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("candidate:O", title="Candidate"),
            alt.Tooltip("x:Q", title=across, format=".3f"),
            alt.Tooltip("y:Q", title=up, format=".3f"),
        ],
    )
    knees = (
        base.transform_filter("datum.knee")
        .mark_text(text="knee", dx=-12, dy=14, align="right", fontSize=12, color=NEUTRAL)
        .encode(color=alt.value(NEUTRAL))
    )
    spec: Spec = alt.layer(line, points, knees).to_dict()
    return spec


def two_fronts_rows(runs: Sequence[tuple[str, Manifest]], across: str, up: str) -> list[Row]:
    """Return the rows of `two_fronts_spec`.

    Args:
        runs: title and manifest of each.
        across: name of the objective from left to right; all runs have it.
        up: name of the objective from bottom to top.
    """
    rows = []
    for title, manifest in runs:
        names = [objective.name for objective in manifest.objectives]
        x, y = names.index(across), names.index(up)
        for c in manifest.candidates:
            if math.isfinite(c.losses[x]) and math.isfinite(c.losses[y]):
                rows.append(_member(title, manifest, c, x, y))
    return rows


def _member(title: str, manifest: Manifest, candidate: Candidate, x: int, y: int) -> Row:
    return {
        "run": title,
        "candidate": candidate.index + 1,
        "x": candidate.losses[x],
        "y": candidate.losses[y],
        "dominated": candidate.dominated,
        "knee": candidate.index == manifest.knee,
    }
