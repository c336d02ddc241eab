"""The ways that candidates came in a plane, and where they were when somebody pushed them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from background.snapshots import Snapshot
from charts.plane import Plane
from charts.shared import Row, losses_text, percent, spaced
from moss_core.optimization import Record


def way_rows(snapshot: Snapshot, plane: Plane, last: int | None = None) -> list[Row]:
    """Return the rows of all candidates' ways, and of where each rested before a push.

    Args:
        snapshot: whose history it is.
        plane: in which.
        last: step up to which they go; None: to the latest.
    """
    history = snapshot.history if last is None else snapshot.history[: last + 1]
    rows = [
        _point(snapshot, plane, "way", index, record, order)
        for order, record in enumerate(spaced(history, None))
        for index in range(len(record.losses))
    ]
    for index in range(len(history[-1].losses) if history else 0):
        for number, record in enumerate(rests(history, index), 1):
            row = _point(snapshot, plane, "rest", index, record, number)
            row["name"] = f"Step {record.step}, before push {number}"
            row["share"] = percent(snapshot, record.preferences[index])
            row["losses"] = losses_text(snapshot, record.losses[index])
            rows.append(row)
    return rows


def rests(history: Sequence[Record], candidate: int) -> list[Record]:
    """Return the last step before each change of a candidate's preference: a push, or its undo."""
    there = [record for record in history if candidate < len(record.preferences)]
    return [
        before
        for before, after in pairwise(there)
        if before.preferences[candidate] != after.preferences[candidate]
    ]


def _point(
    snapshot: Snapshot, plane: Plane, kind: str, index: int, record: Record, order: int
) -> Row:
    x, y = plane.point(snapshot, record.losses[index])
    # One colour a way: a line of several would be drawn in pieces.
    tint = percent(snapshot, snapshot.preferences[index]) if snapshot.preferences else 50.0
    return {"kind": kind, "id": index, "x": x, "y": y, "order": order, "tint": tint}
