"""The charts of a run: each objective's losses over the steps, the steering, and the front.

A chart is a specification, the same at every step of a run, and rows that change: a browser then
puts the new rows into the chart that is there, and does not build another one twice a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from moss_core.objectives import Objective
from moss_core.optimization import Candidate, Record, image_share
from moss_core.runs import IMAGE_COLOUR, MIDDLE_COLOUR, TRACK_COLOUR
from snapshots import Pin, Snapshot

PICK = "pick"
Row = dict[str, Any]
Spec = dict[str, Any]

ROWS = alt.NamedData(name="rows")
NEUTRAL = "#8d8398"
LOSS = "loss (0 = identical)"
PICTURE = (72, 48)
"""Width and height of a picture at a point, in pixels."""
FRONT_HEIGHT = 400
_FIRST_POINTS, _MOST_POINTS = 20, 60
_COLOURS = ("#8f6bff", "#e0568f", "#f5a04f", "#6fb5c9", "#7fb069", "#c0a35e")


def share_scale() -> alt.Scale:
    """Return the colours of candidates by their weight on the image, in percent."""
    return alt.Scale(domain=[0, 50, 100], range=[TRACK_COLOUR, MIDDLE_COLOUR, IMAGE_COLOUR])


def _steps_axis(planned: int) -> alt.X:
    return alt.X(
        "step:Q",
        title="step",
        scale=alt.Scale(domain=[0, max(1, planned)], nice=False),
        axis=alt.Axis(tickMinStep=1, tickCount=6, format="d", grid=False),
    )


def _spaced(history: tuple[Record, ...], last: int | None) -> tuple[Record, ...]:
    """Return all of the first steps, where most happens, then evenly spaced ones, and the last."""
    shown = history if last is None else history[: last + 1]
    stride = max(1, math.ceil(len(shown) / _MOST_POINTS))
    return tuple(
        record
        for place, record in enumerate(shown)
        if place < _FIRST_POINTS or place % stride == 0 or place == len(shown) - 1
    )


@lru_cache(maxsize=64)
def losses_spec(label: str, planned: int) -> Spec:
    """Return the chart of one objective's losses: a line a candidate, the picked one thick."""
    base = alt.Chart(ROWS, height=230).encode(
        x=_steps_axis(planned),
        y=alt.Y("loss:Q", title=LOSS, axis=alt.Axis(tickCount=5)),
        detail="candidate:N",
        color=alt.Color("share:Q", scale=share_scale(), legend=None),
        tooltip=[
            alt.Tooltip("candidate:O", title="Candidate"),
            alt.Tooltip("step:Q", title="Step"),
            alt.Tooltip("loss:Q", title=label, format=".3f"),
            alt.Tooltip("share:Q", title="Weight on the image (%)", format=".0f"),
        ],
    )
    lines = base.mark_line().encode(
        strokeWidth=alt.condition("datum.picked", alt.value(3.5), alt.value(1.5)),
        opacity=alt.condition("datum.picked", alt.value(1), alt.value(0.55)),
    )
    ends = base.mark_point(filled=True, size=40).transform_filter("datum.last")
    spec: Spec = alt.layer(lines, ends).to_dict()
    return spec


def losses_rows(
    snapshot: Snapshot, objective: Objective, picked: int, last: int | None = None
) -> list[Row]:
    """Return the rows of `losses_spec`, up to the step `last`."""
    k = snapshot.objectives.index(objective)
    records = _spaced(snapshot.history, last)
    return [
        {
            "step": record.step,
            "candidate": index + 1,
            "loss": losses[k],
            "share": percent(snapshot, records[-1].preferences[index]),
            "picked": index == picked,
            "last": record is records[-1],
        }
        for record in records
        for index, losses in enumerate(record.losses)
        if math.isfinite(losses[k])
    ]


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


@lru_cache(maxsize=64)
def steering_spec(labels: tuple[str, ...], planned: int) -> Spec:
    """Return the chart of a candidate's preference over the steps, stacked to 100 %."""
    chart = (
        alt.Chart(ROWS, height=200)
        .mark_area(interpolate="step-after", opacity=0.85)
        .encode(
            x=_steps_axis(planned),
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
    for order, record in enumerate(_spaced(snapshot.history, last)):
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


def percent(snapshot: Snapshot, preference: tuple[float, ...]) -> float:
    """Return the weight on the image objectives in percent."""
    return 100 * image_share(snapshot.objectives, preference)
