"""The charts of a run: each objective's losses over the steps, and the front."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from jobs import Snapshot
from moss_core.chart import IMAGE_COLOUR, MIDDLE_COLOUR, TRACK_COLOUR
from moss_core.objectives import Objective
from moss_core.optimizer import image_share

PICK = "pick"
_NEUTRAL = "#8d8398"
_LOSS_AXIS = "loss (0 = identical)"


def _shares(snapshot: Snapshot) -> dict[int, float]:
    """Return each candidate's weight on the image, in percent."""
    return {
        candidate.index: 100 * image_share(snapshot.objectives, candidate.preference)
        for candidate in snapshot.candidates
    }


def _scale() -> alt.Scale:
    return alt.Scale(domain=[0, 50, 100], range=[TRACK_COLOUR, MIDDLE_COLOUR, IMAGE_COLOUR])


def _legend() -> alt.Legend:
    return alt.Legend(
        title="weight on the image (%)",
        orient="bottom",
        direction="horizontal",
        gradientLength=180,
        gradientThickness=8,
        values=[0, 50, 100],
    )


def losses(snapshot: Snapshot, objective: Objective, picked: int) -> alt.LayerChart:
    """Draw one objective's loss over the steps, a line a candidate, the picked one thick."""
    k = snapshot.objectives.index(objective)
    shares = _shares(snapshot)
    rows = [
        {"step": record.step, "candidate": i + 1, "loss": values[k], "share": shares[i]}
        for record in snapshot.history
        for i, values in enumerate(record.losses)
        if math.isfinite(values[k])
    ]
    data = pd.DataFrame(rows, columns=["step", "candidate", "loss", "share"])
    base = alt.Chart(data, height=220).encode(
        x=alt.X(
            "step:Q",
            title="step",
            scale=alt.Scale(domain=[0, max(1, snapshot.steps)], nice=False),
            axis=alt.Axis(tickMinStep=1, tickCount=6, format="d", grid=False),
        ),
        y=alt.Y("loss:Q", title=_LOSS_AXIS, axis=alt.Axis(tickCount=5)),
        detail="candidate:N",
        color=alt.Color("share:Q", scale=_scale(), legend=None),
        tooltip=[
            alt.Tooltip("candidate:O", title="Candidate"),
            alt.Tooltip("step:Q", title="Step"),
            alt.Tooltip("loss:Q", title=objective.label, format=".3f"),
            alt.Tooltip("share:Q", title="Weight on the image (%)", format=".0f"),
        ],
    )
    is_picked = alt.datum.candidate == picked + 1
    lines = base.mark_line().encode(
        strokeWidth=alt.condition(is_picked, alt.value(3.5), alt.value(1.5)),
        opacity=alt.condition(is_picked, alt.value(1), alt.value(0.6)),
    )
    ends = base.mark_point(filled=True, size=28).transform_filter(alt.datum.step == (snapshot.step))
    return alt.layer(lines, ends)


def front(
    snapshot: Snapshot, across: Objective, up: Objective, picked: int, height: int = 360
) -> alt.LayerChart:
    """Draw the candidates by two objectives: hollow if dominated, ringed if picked.

    A click on a point gives its number under the selection `PICK`.
    """
    x, y = snapshot.objectives.index(across), snapshot.objectives.index(up)
    shares = _shares(snapshot)
    rows = [
        {
            "id": c.index,
            "candidate": c.index + 1,
            "x": c.losses[x],
            "y": c.losses[y],
            "share": shares[c.index],
            "place": "dominated" if c.dominated else "on the front",
            "picked": c.index == picked,
        }
        for c in snapshot.candidates
        if math.isfinite(c.losses[x]) and math.isfinite(c.losses[y])
    ]
    columns = ["id", "candidate", "x", "y", "share", "place", "picked"]
    data = pd.DataFrame(rows, columns=columns)
    base = alt.Chart(data, height=height).encode(
        x=alt.X("x:Q", title=f"{across.label} {_LOSS_AXIS}", scale=alt.Scale(zero=True)),
        y=alt.Y("y:Q", title=f"{up.label} {_LOSS_AXIS}", scale=alt.Scale(zero=True)),
        tooltip=[
            alt.Tooltip("candidate:O", title="Candidate"),
            alt.Tooltip("x:Q", title=across.label, format=".3f"),
            alt.Tooltip("y:Q", title=up.label, format=".3f"),
            alt.Tooltip("share:Q", title="Weight on the image (%)", format=".0f"),
            alt.Tooltip("place:N", title="Place"),
        ],
    )
    line = base.mark_line(color=_NEUTRAL, strokeDash=[3, 3], strokeWidth=1).encode(
        order="x:Q", tooltip=alt.value(None)
    )
    ring = base.mark_point(size=420, color=_NEUTRAL, strokeWidth=2).transform_filter("datum.picked")
    dominated = alt.datum.place == "dominated"
    points = (
        base.mark_point(size=150, strokeWidth=2)
        .encode(
            stroke=alt.Stroke("share:Q", scale=_scale(), legend=None),
            fill=alt.condition(
                dominated,
                alt.value("transparent"),
                alt.Fill("share:Q", scale=_scale(), legend=_legend()),
            ),
            strokeOpacity=alt.condition(dominated, alt.value(0.55), alt.value(1)),
        )
        .add_params(
            alt.selection_point(name=PICK, fields=["id"], on="click", toggle=False, empty=False)
        )
    )
    names = base.mark_text(dx=12, dy=-10, fontSize=12, color=_NEUTRAL).encode(text="candidate:O")
    return alt.layer(line.transform_filter("datum.place != 'dominated'"), ring, names, points)
