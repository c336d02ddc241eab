"""The chart of candidates by two objectives: the front, and the ways that led to it."""

from __future__ import annotations

import math
from functools import lru_cache

import altair as alt

from background.snapshots import Pin, Snapshot
from charts.shared import LOSS, NEUTRAL, PICK, ROWS, Row, Spec, percent, share_scale, spaced
from moss_core.objectives import Objective
from moss_core.optimization import Candidate

PICTURE = (72, 48)
"""Width and height of a picture at a point, in pixels."""
FRONT_HEIGHT = 400


@lru_cache(maxsize=64)
def front_spec(across: str, up: str, *, pictures: bool = False) -> Spec:
    """Return the chart of the candidates by two objectives, with the way that each one came.

    Hollow points are dominated, the ringed one is picked, squares are pins. A click on a point
    gives its index under the selection `PICK`. Instead of the ways, `pictures` shows those of the
    rows that have one, where it covers no other.
    """
    base = alt.Chart(ROWS, height=FRONT_HEIGHT).encode(
        x=alt.X("x:Q", title=f"{across} {LOSS}", scale=alt.Scale(zero=True)),
        y=alt.Y("y:Q", title=f"{up} {LOSS}", scale=alt.Scale(zero=True)),
    )
    tooltip = [
        alt.Tooltip("name:N", title="What"),
        alt.Tooltip("x:Q", title=across, format=".3f"),
        alt.Tooltip("y:Q", title=up, format=".3f"),
        alt.Tooltip("share:Q", title="Weight on the image (%)", format=".0f"),
        alt.Tooltip("place:N", title="Place"),
    ]
    share = alt.Color("share:Q", scale=share_scale(), legend=None)
    trails = (
        base.transform_filter("datum.kind == 'trail'")
        .mark_line(strokeWidth=1.5, opacity=0.5)
        .encode(color=share, detail="name:N", order="order:Q")
    )
    line = (
        base.transform_filter("datum.kind == 'candidate' && datum.place != 'dominated'")
        .mark_line(color=NEUTRAL, strokeDash=[3, 3], strokeWidth=1)
        .encode(order="x:Q")
    )
    shown = (
        base.transform_filter("isValid(datum.room) && datum.room <= width")
        .mark_image(
            width=PICTURE[0],
            height=PICTURE[1],
            xOffset=PICTURE[0] / 2 + 10,
            yOffset=-PICTURE[1] / 2 - 8,
        )
        .encode(url="picture:N", tooltip=tooltip)
    )
    # An unseen point beyond the others, so that their pictures lie inside the plot.
    corner = base.transform_filter("datum.kind == 'corner'").mark_point(opacity=0)
    marks = base.transform_filter("datum.kind == 'candidate' || datum.kind == 'pin'")
    ring = (
        base.transform_filter("datum.picked")
        .mark_point(size=420, color=NEUTRAL, strokeWidth=2)
        .encode(tooltip=tooltip)
    )
    hollow = "datum.place != 'on the front'"
    points = (
        marks.mark_point(size=150, strokeWidth=2)
        .encode(
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=["candidate", "pin"], range=["circle", "square"]),
                legend=None,
            ),
            stroke=alt.Stroke("share:Q", scale=share_scale(), legend=None),
            fill=alt.condition(
                hollow,
                alt.value("transparent"),
                alt.Fill("share:Q", scale=share_scale(), legend=None),
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
    names = marks.mark_text(
        dx=alt.expr("datum.side == 'left' ? -14 : 12"),
        dy=alt.expr("datum.side == 'above' ? -11 : 15"),
        align=alt.expr("datum.side == 'left' ? 'right' : 'left'"),
        fontSize=12,
        color=NEUTRAL,
    ).encode(text="label:N")
    below = alt.layer(corner, shown) if pictures else trails
    spec: Spec = alt.layer(below, line, ring, names, points).to_dict()
    return spec


def front_rows(
    snapshot: Snapshot,
    candidates: tuple[Candidate, ...],
    across: Objective,
    up: Objective,
    picked: int,
    last: int | None = None,
) -> list[Row]:
    """Return the rows of `front_spec`: candidates, their trails up to `last`, and the pins."""
    x, y = snapshot.objectives.index(across), snapshot.objectives.index(up)
    rows = candidate_rows(snapshot, candidates, across, up, picked)
    for order, record in enumerate(spaced(snapshot.history, last)):
        for index, losses in enumerate(record.losses):
            share = percent(snapshot, record.preferences[index])
            rows.append(_point("trail", index, losses[x], losses[y], share, order=order))
    rows += [_pin(snapshot, pin, x, y) for pin in snapshot.pins]
    return list(filter(_is_finite, rows))


def candidate_rows(
    snapshot: Snapshot,
    candidates: tuple[Candidate, ...],
    across: Objective,
    up: Objective,
    picked: int,
) -> list[Row]:
    """Return the rows of `front_spec` for the candidates alone."""
    x, y = snapshot.objectives.index(across), snapshot.objectives.index(up)
    rows: list[Row] = []
    for c in candidates:
        share = percent(snapshot, c.preference)
        row = _point("candidate", c.index, c.losses[x], c.losses[y], share)
        rows.append(
            row
            | {
                "place": "dominated" if c.dominated else "on the front",
                "picked": c.index == picked,
                "label": str(c.index + 1),
            }
        )
    return list(filter(_is_finite, rows))


def _is_finite(row: Row) -> bool:
    return math.isfinite(row["x"]) and math.isfinite(row["y"])


def _point(kind: str, index: int, x: float, y: float, share: float, order: int = 0) -> Row:
    return {
        "kind": kind,
        "id": index,
        "name": f"Candidate {index + 1}",
        "label": "",
        "x": x,
        "y": y,
        "share": share,
        "place": "",
        "picked": False,
        "order": order,
        "side": "above",
    }


def _pin(snapshot: Snapshot, pin: Pin, x: int, y: int) -> Row:
    share = percent(snapshot, pin.preference)
    row = _point("pin", -pin.number, pin.losses[x], pin.losses[y], share)
    name = f"Pin {pin.number}: candidate {pin.candidate + 1} at step {pin.step}"
    return row | {"name": name, "label": f"pin {pin.number}", "place": "pinned", "side": "left"}
