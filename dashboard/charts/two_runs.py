"""The fronts of two runs in one chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from charts.shared import LOSS, NEUTRAL, ROWS, Row, Spec
from moss_core.optimization import Candidate
from moss_core.runs import Manifest

_COLOURS = ("#8f6bff", "#ee8a35")


@lru_cache(maxsize=32)
def two_fronts_spec(across: str, up: str, titles: tuple[str, ...]) -> Spec:
    """Return the chart of the fronts of some runs by two objectives, a colour a run."""
    marked = _marked_knees()
    return _spec((across, f"{across} {LOSS}"), (up, f"{up} {LOSS}"), ".3f", titles, [marked])


@lru_cache(maxsize=32)
def two_shares_spec(titles: tuple[str, ...]) -> Spec:
    """Return the chart of the fronts of some runs by shares, in percent: up and right is more."""
    across, up = ("Sound", "sound: how close to the track (%)"), ("Picture", "picture (%)")
    return _spec(across, up, ".0f", titles, [])


def _spec(
    across: tuple[str, str],
    up: tuple[str, str],
    form: str,
    titles: Sequence[str],
    more: Sequence[Any],
) -> Spec:
    """Return the chart; of each axis the name and the title, and how its numbers are written."""
    base = alt.Chart(ROWS, height=360).encode(
        x=alt.X("x:Q", title=across[1], scale=alt.Scale(zero=True)),
        y=alt.Y("y:Q", title=up[1], scale=alt.Scale(zero=True)),
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
            alt.Tooltip("x:Q", title=across[0], format=form),
            alt.Tooltip("y:Q", title=up[0], format=form),
        ],
    )
    spec: Spec = alt.layer(line, points, *more).to_dict()
    return spec


def _marked_knees() -> Any:
    knees = alt.Chart(ROWS).transform_filter("datum.knee").encode(x="x:Q", y="y:Q")
    return knees.mark_text(text="knee", dx=-12, dy=14, align="right", fontSize=12, color=NEUTRAL)


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
                rows.append(_member(title, manifest, c, c.losses[x], c.losses[y]))
    return rows


def two_shares_rows(runs: Sequence[tuple[str, Manifest]]) -> list[Row]:
    """Return the rows of `two_shares_spec`, of the candidates whose shares are known."""
    rows = []
    for title, manifest in runs:
        for c in manifest.candidates:
            shares = manifest.front.shares(c.losses)
            if shares.picture is not None and shares.sound is not None:
                rows.append(_member(title, manifest, c, 100 * shares.sound, 100 * shares.picture))
    return rows


def _member(title: str, manifest: Manifest, candidate: Candidate, x: float, y: float) -> Row:
    return {
        "run": title,
        "candidate": manifest.front.number(candidate.index),
        "x": x,
        "y": y,
        "dominated": candidate.dominated,
        "knee": candidate.index == manifest.knee,
    }
