"""A front with its knee named, and with pictures where there is room for them."""

from __future__ import annotations

import math
from collections.abc import Callable

from background.snapshots import Snapshot
from charts.front import FRONT_HEIGHT, PICTURE, candidate_rows
from charts.shared import Row
from moss_core.objectives import Objective

_BEYOND = 1.2
_NEAR = 0.05
_PLOT_HEIGHT = FRONT_HEIGHT - 65  # less the axis and its title


def browsing_rows(
    snapshot: Snapshot,
    across: Objective,
    up: Objective,
    picked: int,
    knee: int,
    picture: Callable[[int], str],
) -> list[Row]:
    """Return rows of `front_spec` with the knee named and pictures where there is room.

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
