"""The charts of Front and Library: candidates with their pictures, all objectives, two runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import altair as alt

from charts import (
    FRONT_HEIGHT,
    LOSS,
    NEUTRAL,
    PICK,
    PICTURE,
    ROWS,
    Row,
    Spec,
    candidate_rows,
    percent,
    share_scale,
)
from moss_core.objectives import Objective
from moss_core.optimization import Candidate
from moss_core.runs import Manifest
from snapshots import Snapshot

_BEYOND = 1.2
_NEAR = 0.05
_PLOT_HEIGHT = FRONT_HEIGHT - 65  # less the axis and its title
_COLOURS = ("#8f6bff", "#ee8a35")


def browsing_rows(
    snapshot: Snapshot,
    across: Objective,
    up: Objective,
    picked: int,
    knee: int,
    picture: Callable[[int], str],
) -> list[Row]:
    """Return rows of `charts.front_spec` with the knee named and pictures where there is room.

    Args:
        snapshot: whose candidates are shown.
        across: the objective from left to right.
        up: the objective from bottom to top.
        picked: index of the candidate on show.
        knee: index of the one at the knee.
        picture: gives the address of a candidate's small picture.
    """
    rows = candidate_rows(snapshot, snapshot.candidates, across, up, picked)
    for row in rows:
        near_the_axis = row["x"] < _NEAR * max(other["x"] for other in rows)
        row["side"] = "below" if near_the_axis else "left"
        if row["id"] == knee:
            row["label"] += " knee"
            row["name"] += " (knee)"
    _give_room(rows, knee)
    for row in rows:
        if "room" in row:
            row["picture"] = picture(row["id"])
    return [*rows, _corner(rows)]


def _corner(rows: list[Row]) -> Row:
    ends = {axis: _BEYOND * max((row[axis] for row in rows), default=1.0) for axis in ("x", "y")}
    return {"kind": "corner", **ends}


def _give_room(rows: list[Row], knee: int) -> None:
    """Note in `room` how wide the plot must be for a point's picture to cover no other.

    Pictures are placed one after the other, that of the knee first, then the ends and the middle
    of every gap; each keeps clear of all placed before it.
    """
    if not rows:
        return
    width, height = (_BEYOND * max(row[axis] for row in rows) or 1.0 for axis in ("x", "y"))
    placed: list[Row] = []
    for row in _halving(sorted(rows, key=lambda r: (r["id"] != knee, r["x"]))):
        if row["place"] == "dominated":
            continue
        needed = 0.0
        for other in placed:
            across = abs(row["x"] - other["x"]) / width
            up = abs(row["y"] - other["y"]) / height * _PLOT_HEIGHT
            if up < PICTURE[1] + 4:
                needed = max(needed, (PICTURE[0] + 4) / across if across else math.inf)
        if needed < math.inf:
            row["room"] = needed
            placed.append(row)


def _halving(rows: list[Row]) -> list[Row]:
    """Order points so that any first few are spread out: first, last, then middles of gaps."""
    head, rest = rows[:1], rows[1:]
    order, gaps = [0, len(rest) - 1], [(0, len(rest) - 1)]
    while gaps:
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return head + [rest[place] for place in dict.fromkeys(order) if rest]


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
            "name": f"Candidate {c.index + 1}",
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
