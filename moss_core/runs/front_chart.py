"""The chart of a front: what each candidate pays in sound for what it gains in picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from moss_core.objectives import Objective
from moss_core.optimization import Candidate, image_share

if TYPE_CHECKING:  # a second to import, which no command needs before it has learned
    import altair as alt

TRACK_COLOUR, MIDDLE_COLOUR, IMAGE_COLOUR = "#6a55e8", "#c8407f", "#ee8a35"
"""Colours of candidates from "pure music" to "pure image"."""
_WEIGHT = "weight on the image (%)"


def front_rows(
    objectives: Sequence[Objective], candidates: Sequence[Candidate]
) -> list[dict[str, Any]]:
    """Return one plain row a candidate: number, weight on the image (%), losses, dominated.

    Args:
        objectives: the run's.
        candidates: all of them, from the most track: they are numbered so (`Front.number`).
    """
    return [
        {
            "candidate": number,
            "weight": 100 * image_share(objectives, c.preference),
            "dominated": "dominated" if c.dominated else "on the front",
            **{o.name: loss for o, loss in zip(objectives, c.losses, strict=True)},
        }
        for number, c in enumerate(candidates, 1)
    ]


def front_chart(
    rows: Sequence[dict[str, Any]], audio: Objective, image: Objective, size: int = 360
) -> alt.LayerChart | alt.FacetChart:
    """Draw candidates by one audio objective (across) and one image objective (up).

    Args:
        rows: of `front_rows`.
        audio: an objective of domain "audio".
        image: an objective of domain "image".
        size: of the plot's sides in pixels.
    """
    import altair as alt

    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        x=alt.X(f"{audio.name}:Q", title=f"{audio.label} loss (0 = the track)"),
        y=alt.Y(f"{image.name}:Q", title=f"{image.label} loss (0 = the image)"),
    )
    front = base.transform_filter("datum.dominated == 'on the front'")
    line = front.mark_line(color="#9aa0a6", strokeWidth=1.5, opacity=0.7)
    colour = alt.Color(
        "weight:Q",
        title=_WEIGHT,
        scale=alt.Scale(domain=[0, 50, 100], range=[TRACK_COLOUR, MIDDLE_COLOUR, IMAGE_COLOUR]),
    )
    points = base.mark_point(filled=True, size=140, opacity=1).encode(
        color=colour,
        shape=alt.Shape(
            "dominated:N",
            title=None,
            scale=alt.Scale(domain=["on the front", "dominated"], range=["circle", "cross"]),
        ),
        tooltip=[
            alt.Tooltip("candidate:Q", title="candidate"),
            alt.Tooltip("weight:Q", title=_WEIGHT, format=".0f"),
            alt.Tooltip(f"{audio.name}:Q", title=audio.label, format=".3f"),
            alt.Tooltip(f"{image.name}:Q", title=image.label, format=".3f"),
        ],
    )
    numbers = base.mark_text(dx=11, dy=-9, fontSize=11, color="#5f6368").encode(text="candidate:Q")
    return alt.layer(line, points, numbers).properties(width=size, height=size)


def front_png(objectives: Sequence[Objective], candidates: Sequence[Candidate]) -> bytes:
    """Return the front as a PNG: a panel for each pair of an audio and an image objective."""
    import altair as alt

    rows = front_rows(objectives, candidates)
    panels = [
        front_chart(rows, audio, image)
        for audio in objectives
        if audio.domain == "audio"
        for image in objectives
        if image.domain == "image"
    ]
    chart = alt.concat(*panels, columns=2, title="Front: sound against picture, smaller is better")
    return _png(chart)


def _png(chart: alt.ConcatChart) -> bytes:
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(chart.to_dict(), scale=2)
    return png
