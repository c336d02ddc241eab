"""The charts of Front and Library, without a browser."""

import itertools

import pytest
import torch

from background.snapshots import Snapshot
from charts import browsing
from charts.browsing import browsing_rows
from charts.front import PICTURE, front_spec
from charts.parallel import parallel_rows, parallel_spec
from moss_core.objectives.contract import Objective
from moss_core.optimization.front import Candidate, Front
from moss_core.optimization.records import Record, State

AUDIO = Objective("stft", "STFT", "audio", "test", lambda target: None)
IMAGE = Objective("lpips", "LPIPS", "image", "test", lambda target: None)
TINT = Objective("tint", "Tint", "image", "test", lambda target: None)


def snapshot_of(points: list[tuple[float, ...]], dominated: tuple[int, ...] = ()) -> Snapshot:
    objectives = (AUDIO, IMAGE, TINT)[: len(points[0])]
    candidates = tuple(
        Candidate(
            index,
            tuple(1 / len(objectives) for _ in objectives),
            losses,
            index in dominated,
        )
        for index, losses in enumerate(points)
    )
    worst = tuple(max(column) for column in zip(*points, strict=True))
    front = Front(candidates, active=tuple(range(len(objectives))), worst=worst)
    record = Record(1, tuple(points), tuple(c.preference for c in candidates), 0.0)
    nothing = torch.empty(len(points), 0)
    return Snapshot(
        "finished",
        1,
        objectives=objectives,
        state=State(record, nothing, nothing, front, tuple(1 for _ in points)),
    )


def rows_of(points, knee=0, dominated=()):
    snapshot = snapshot_of(points, dominated)
    return browsing_rows(snapshot, AUDIO, IMAGE, 0, knee, lambda index: f"p{index}")


@pytest.mark.parametrize("width", [250, 340, 700, 1200])
@pytest.mark.parametrize("count", [2, 9, 64])
def test_pictures_that_are_shown_do_not_cover_each_other(width, count):
    points = [(k / count, (1 - k / count) ** 2) for k in range(count)]
    rows = rows_of(points, knee=count // 3)
    shown = [row for row in rows if row.get("room", width + 1) <= width]
    assert {row["id"] for row in shown} >= {count // 3}
    assert all(row["picture"] == f"p{row['id']}" for row in shown)
    right, top = (browsing._BEYOND * max(p[k] for p in points) for k in (0, 1))
    for a, b in itertools.combinations(shown, 2):
        apart_across = abs(a["x"] - b["x"]) / right * width >= PICTURE[0]
        apart_up = abs(a["y"] - b["y"]) / top * browsing._PLOT_HEIGHT >= PICTURE[1]
        assert apart_across or apart_up


def test_there_are_more_pictures_where_there_is_more_room():
    rows = rows_of([(k / 40, 1 - k / 40) for k in range(40)])
    counts = [sum(row.get("room", 1e9) <= width for row in rows) for width in (250, 500, 1000)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_dominated_candidates_have_no_picture_and_the_knee_is_named():
    rows = rows_of([(0, 1), (0.2, 0.2), (1, 0), (0.9, 0.9)], knee=1, dominated=(3,))
    assert "room" not in rows[3]
    assert rows[3]["place"] == "dominated"
    assert (rows[1]["label"], rows[1]["name"]) == ("2 knee", "Candidate 2 (knee)")
    assert rows[1]["place"] == "on the front"


def test_one_point_and_equal_points_are_no_trouble():
    assert rows_of([(0.5, 0.5)])[0]["room"] == 0
    rows = rows_of([(0.0, 0.0), (0.0, 0.0)])
    assert sum("room" in row for row in rows) == 1


def test_parallel_coordinates_are_percent_of_the_worse_end():
    snapshot = snapshot_of([(0.0, 2.0, 5.0), (4.0, 1.0, float("nan"))])
    rows = parallel_rows(snapshot_of([(0.0, 2.0, 5.0), (4.0, 1.0, 2.5)]), 1)
    assert [row["height"] for row in rows] == [0, 100, 100, 100, 50, 50]
    assert [row["picked"] for row in rows] == [False] * 3 + [True] * 3
    assert len(parallel_rows(snapshot, 0)) == 5


def test_the_specifications_are_drawn_by_vega_lite():
    import vl_convert

    for spec, rows in (
        (front_spec("STFT", "LPIPS", pictures=True), rows_of([(0, 1), (1, 0)])[:2]),
        (parallel_spec(("A", "B")), parallel_rows(snapshot_of([(1.0, 2.0)]), 0)),
    ):
        plain = [row | {"picture": ""} for row in rows]
        svg = vl_convert.vegalite_to_svg(spec | {"datasets": {"rows": plain}})
        assert "STFT" in svg or "100" in svg
