"""The chart of candidates in a plane: the front, and the ways that led to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from background.snapshots import Pin, Snapshot
from charts.heard import mark_layers
from charts.plane import Plane
from charts.room import Room, picture_corner, spread_out
from charts.shared import NEUTRAL, PICK, ROWS, Row, Spec, losses_text, percent, share_scale
from charts.ways import way_rows
from moss_core.optimization import Candidate

FRONT_HEIGHT = 400
AXIS_HEIGHT = 65
"""Of a chart's height, what its lower axis and its title take."""


@lru_cache(maxsize=64)
def front_spec(
    plane: Plane,
    picture: tuple[int, int] | None = None,
    height: int = FRONT_HEIGHT,
    marked: bool = False,
) -> Spec:
    """Return the chart of the candidates in a plane, with the way that each one came.

    Hollow points are dominated, the ringed one is picked, squares are pins, small points are where
    a candidate was pushed from. A click on a point gives its index under the selection `PICK`.

    Args:
        plane: what its axes are.
        picture: width and height of the pictures of those rows that have one, in pixels, where
            they cover no other; they stand instead of the ways. None: the ways.
        height: of the chart, in pixels.
        marked: whether there may be a mark of what is heard, which shares alone have room for.
    """
    across, up = plane.titles
    ticks = alt.Axis(tickCount=6, labelExpr="datum.value > 100 ? '' : datum.label")
    axis = alt.Axis(tickCount=6) if plane.losses else ticks
    scale = alt.Scale(zero=False, nice=False)
    base = alt.Chart(ROWS, height=height).encode(
        x=alt.X("x:Q", title=across, scale=scale, axis=axis),
        y=alt.Y("y:Q", title=up, scale=scale, axis=axis),
    )
    tooltip = [
        alt.Tooltip("name:N", title="What"),
        alt.Tooltip("x:Q", title=across, format=plane.number_format),
        alt.Tooltip("y:Q", title=up, format=plane.number_format),
        alt.Tooltip("share:Q", title="Weight on the image (%)", format=".0f"),
        alt.Tooltip("losses:N", title="Losses"),
    ]
    share = alt.Color("share:Q", scale=share_scale(), legend=None)
    below: Any
    if picture:
        below = _pictures(base, picture, tooltip)
    else:
        ways = base.transform_filter("datum.kind == 'way'").mark_line(strokeWidth=1.5, opacity=0.5)
        # While there are none, their group would be a picture without words.
        rests = base.transform_filter("datum.kind == 'rest'").mark_point(
            size=60, strokeWidth=1.5, filled=True, aria=False
        )
        below = alt.layer(
            ways.encode(
                color=alt.Color("tint:Q", scale=share_scale(), legend=None),
                detail="id:N",
                order="order:Q",
            ),
            rests.encode(color=share, tooltip=tooltip),
        )
    line = (
        base.transform_filter("datum.kind == 'candidate' && datum.place != 'dominated'")
        .mark_line(color=NEUTRAL, strokeDash=[3, 3], strokeWidth=1)
        .encode(order="x:Q")
    )
    unseen = base.transform_filter("datum.kind == 'corner'").mark_point(opacity=0)
    ring = (
        base.transform_filter("datum.picked")
        .mark_point(size=420, color=NEUTRAL, strokeWidth=2)
        .encode(tooltip=tooltip)
    )
    marks = mark_layers(base) if marked and not plane.losses else []
    layers = (unseen, *marks, below, line, ring, _names(base), _points(base, tooltip))
    spec: Spec = alt.layer(*layers).to_dict()
    return spec


def _pictures(base: alt.Chart, size: tuple[int, int], tooltip: list[alt.Tooltip]) -> Any:
    left, top = picture_corner(size)
    return (
        base.transform_filter("isValid(datum.room) && datum.room <= width")
        .mark_image(
            width=size[0],
            height=size[1],
            aspect=False,
            xOffset=left + size[0] / 2,
            yOffset=top + size[1] / 2,
        )
        .encode(url="picture:N", tooltip=tooltip)
    )


def _points(base: alt.Chart, tooltip: list[alt.Tooltip]) -> Any:
    share = share_scale()
    return (
        base.transform_filter("datum.kind == 'candidate' || datum.kind == 'pin'")
        .mark_point(size=150, strokeWidth=2)
        .encode(
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=["candidate", "pin"], range=["circle", "square"]),
                legend=None,
            ),
            stroke=alt.Stroke("share:Q", scale=share, legend=None),
            fill=alt.condition(
                "datum.place != 'on the front'",
                alt.value("transparent"),
                alt.Fill("share:Q", scale=share, legend=None),
            ),
            strokeOpacity=alt.condition(
                "datum.place == 'dominated'", alt.value(0.55), alt.value(1)
            ),
            tooltip=tooltip,
        )
        .add_params(
            alt.selection_point(name=PICK, fields=["id"], on="click", toggle=False, empty=False)
        )
    )


def _names(base: alt.Chart) -> Any:
    return (
        base.transform_filter("isValid(datum.named) && datum.named <= width")
        .mark_text(
            dx=alt.expr("datum.aside"),
            dy=alt.expr("datum.off"),
            align=alt.expr("datum.aside < 0 ? 'right' : 'left'"),
            baseline="middle",
            fontSize=12,
            color=NEUTRAL,
        )
        .encode(text="label:N")
    )


def front_rows(
    snapshot: Snapshot,
    candidates: tuple[Candidate, ...],
    plane: Plane,
    picked: int,
    last: int | None = None,
    height: int = FRONT_HEIGHT,
) -> list[Row]:
    """Return the rows of `front_spec`: candidates, the ways they came, and the pins.

    Args:
        snapshot: whose history the ways are of.
        candidates: of the step that is shown.
        plane: what the axes are.
        picked: index of the candidate on show.
        last: step up to which the ways go; None: to the latest.
        height: of the chart, in pixels.
    """
    rows = candidate_rows(snapshot, candidates, plane, picked)
    if len(rows) == 1:
        rows[0]["label"] = "now" if last is None else f"step {last}"
    pins = [_pin(snapshot, pin, plane) for pin in snapshot.pins]
    marks = [*rows, *finite(pins)]
    ways = finite(way_rows(snapshot, plane, last))
    extent = plane.extent([*marks, *ways], whole=True)
    room = Room(extent, height - AXIS_HEIGHT)
    room.take([*marks, *(row for row in ways if row["kind"] == "rest")])
    room.place_labels(spread_out(marks, first=lambda row: bool(row["picked"])))
    return [*marks, *ways, *corners(extent)]


def candidate_rows(
    snapshot: Snapshot, candidates: tuple[Candidate, ...], plane: Plane, picked: int
) -> list[Row]:
    """Return the rows of `front_spec` for the candidates alone."""
    rows: list[Row] = []
    for c in candidates:
        number = snapshot.front.number(c.index)
        x, y = plane.point(snapshot, c.losses)
        rows.append(
            {
                "kind": "candidate",
                "id": c.index,
                "name": f"Candidate {number}",
                "label": str(number),
                "x": x,
                "y": y,
                "share": percent(snapshot, c.preference),
                "losses": losses_text(snapshot, c.losses),
                "place": "dominated" if c.dominated else "on the front",
                "picked": c.index == picked,
            }
        )
    return finite(rows)


def corners(extent: Sequence[tuple[float, float]]) -> list[Row]:
    """Return unseen rows that hold a chart's axes where they are."""
    (left, right), (low, high) = extent
    return [{"kind": "corner", "x": x, "y": y} for x, y in ((left, low), (right, high))]


def finite(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that can be drawn: those of what was measured."""
    return [row for row in rows if math.isfinite(row["x"]) and math.isfinite(row["y"])]


def _pin(snapshot: Snapshot, pin: Pin, plane: Plane) -> Row:
    x, y = plane.point(snapshot, pin.losses)
    number = snapshot.front.number(pin.candidate)
    return {
        "kind": "pin",
        "id": -pin.number,
        "name": f"Pin {pin.number}: candidate {number} at step {pin.step}",
        "label": f"pin {pin.number}",
        "x": x,
        "y": y,
        "share": percent(snapshot, pin.preference),
        "losses": losses_text(snapshot, pin.losses),
        "place": "pinned",
        "picked": False,
    }
