"""A front with pictures where there is room for them, and with its best bargain named."""

from __future__ import annotations

import math
from collections.abc import Callable

from background.snapshots import Snapshot
from charts.front import AXIS_HEIGHT, FRONT_HEIGHT, candidate_rows, corners
from charts.heard import Mark, mark_rows
from charts.plane import Plane
from charts.room import Room, spread_out
from charts.shared import Row

_AREA = 3456.0
"""Of a picture at a point, in square pixels."""


def picture_size(aspect: float) -> tuple[int, int]:
    """Return the size of the pictures of a canvas in the chart, in its shape.

    Args:
        aspect: how many times as wide as high the canvas is.
    """
    # But for the longest: what is as high or wide as the plot leaves no room for others.
    shape = min(4.0, max(1 / 3, aspect))
    return round(math.sqrt(_AREA * shape)), round(math.sqrt(_AREA / shape))


def browsing_rows(
    snapshot: Snapshot,
    plane: Plane,
    picked: int,
    named: tuple[int, str],
    size: tuple[int, int],
    picture: Callable[[int], str],
    mark: Mark | None = None,
) -> list[Row]:
    """Return rows of `front_spec` with pictures and labels where there is room.

    Args:
        snapshot: whose candidates are shown.
        plane: what the axes are.
        picked: index of the candidate on show.
        named: index of a candidate that has a name of its own, and the name; "" for none.
        size: of the pictures, in pixels.
        picture: gives the address of a candidate's small picture.
        mark: where the image begins to be heard; it is drawn where shares span the plane.
    """
    rows = candidate_rows(snapshot, snapshot.candidates, plane, picked)
    index, name = named
    for row in rows:
        if name and row["id"] == index:
            row["label"] += f" {name}"
            row["name"] += f" ({name})"
    extent = plane.extent(rows, whole=False)
    room = Room(extent, FRONT_HEIGHT - AXIS_HEIGHT)
    best = [row for row in rows if row["place"] != "dominated"]
    room.place_pictures(spread_out(best, first=lambda row: row["id"] == index), size)
    room.take(rows)
    room.place_labels(spread_out(rows, first=lambda row: bool(row["picked"])))
    for row in rows:
        if "room" in row:
            row["picture"] = picture(row["id"])
    marks = mark_rows(mark, extent) if mark and not plane.losses else []
    return [*rows, *corners(extent), *marks]
