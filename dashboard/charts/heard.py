"""The mark on a front: where somebody began to hear the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from charts.shared import NEUTRAL, Row

_BELOW = "← not heard"


@dataclass(frozen=True)
class Mark:
    """An interval of the picture share, in percent.

    Args:
        low: its lower end; None: before the front.
        middle: of it; None: not on the front.
        high: its upper end; None: beyond the front.
        words: what it says.
    """

    low: float | None
    middle: float | None
    high: float | None
    words: str


def mark_layers(base: alt.Chart) -> list[alt.Chart]:
    """Return the layers of a mark: the band of the interval, its middle, and what lies left of it.

    Args:
        base: with the chart's axes.
    """
    # What they say is in the chart's own words; without a mark they would be pictures without any.
    band = (
        base.transform_filter("datum.kind == 'mark'")
        .mark_rect(color=NEUTRAL, opacity=0.22, aria=False)
        .encode(x2="until:Q", y=alt.value(0), y2=alt.value("height"), tooltip="name:N")
    )
    middle = (
        base.transform_filter("datum.kind == 'mark' && isValid(datum.middle)")
        .mark_rule(color=NEUTRAL, strokeWidth=2, aria=False)
        .encode(x="middle:Q", y=alt.value(0), y2=alt.value("height"), tooltip="name:N")
    )
    words = (
        base.transform_filter("datum.kind == 'mark' && datum.label != ''")
        .mark_text(color=NEUTRAL, align="right", baseline="bottom", dx=-4, dy=-4, fontSize=12)
        .encode(text="label:N", y=alt.value("height"))
    )
    return [band, middle, words]


def mark_rows(mark: Mark, extent: Sequence[tuple[float, float]]) -> list[Row]:
    """Return the rows of `mark_layers`, none where there is no interval.

    Args:
        mark: to draw.
        extent: from where to where the axes go.
    """
    if mark.low is None and mark.high is None:
        return []
    left, right = extent[0]
    row: Row = {
        "kind": "mark",
        "name": mark.words,
        "x": min(right, max(left, left if mark.low is None else mark.low)),
        "until": min(right, max(left, right if mark.high is None else mark.high)),
        "label": "" if mark.low is None else _BELOW,
    }
    if mark.middle is not None:
        row["middle"] = mark.middle
    return [row]
