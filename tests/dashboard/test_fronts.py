"""The charts of Front and Library, without a browser."""

import itertools
from dataclasses import replace

import pytest
import torch

from background.snapshots import Snapshot
from charts.browsing import browsing_rows, picture_size
from charts.front import AXIS_HEIGHT, FRONT_HEIGHT, front_rows, front_spec
from charts.parallel import parallel_rows, parallel_spec
from charts.plane import SHARES, has_shares, loss_plane
from charts.room import Room
from charts.ways import rests
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
    front = Front(
        candidates,
        active=tuple(range(len(objectives))),
        worst=worst,
        domains=tuple(objective.domain for objective in objectives),
    )
    record = Record(1, tuple(points), tuple(c.preference for c in candidates), 0.0)
    nothing = torch.empty(len(points), 0)
    return Snapshot(
        "finished",
        1,
        objectives=objectives,
        history=(record,),
        state=State(record, nothing, nothing, front, tuple(1 for _ in points)),
    )


SIZE = picture_size(1.5)
HEIGHT = FRONT_HEIGHT - AXIS_HEIGHT


def rows_of(points, knee=0, dominated=(), losses=True, picked=0):
    snapshot = snapshot_of(points, dominated)
    plane = loss_plane(snapshot, AUDIO, IMAGE) if losses else SHARES
    return browsing_rows(snapshot, plane, picked, (knee, "knee"), SIZE, lambda index: f"p{index}")


def extent_of(rows):
    low, high = (row for row in rows if row["kind"] == "corner")
    return (low["x"], high["x"]), (low["y"], high["y"])


def at(row, rows, width):
    """Where a row is on a plot of this width, in pixels from its upper left corner."""
    (left, right), (low, high) = extent_of(rows)
    across = (row["x"] - left) / (right - left) * width
    return across, (1 - (row["y"] - low) / (high - low)) * HEIGHT


def touch(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def pictures_on(rows, width):
    found = []
    for row in rows:
        if row.get("room", width + 1) <= width:
            x, y = at(row, rows, width)
            found.append((x + 10, y - 8 - SIZE[1], x + 10 + SIZE[0], y - 8))
    return found


def labels_on(rows, width):
    """The rectangles of the labels that are shown, with their rows; a letter is 6.5 pixels wide."""
    found = []
    for row in rows:
        if row.get("named", width + 1) <= width:
            x, y = at(row, rows, width)
            long = 6.5 * len(row["label"])
            left = x + row["aside"] - (long if row["aside"] < 0 else 0)
            found.append((row, (left, y + row["off"] - 6, left + long, y + row["off"] + 6)))
    return found


CURVES = {
    "apart": lambda k, count: (k / count, (1 - k / count) ** 2),
    "crowded": lambda k, count: (0.5 + k / count / 20, 0.5 - k / count / 30),
    "equal": lambda k, count: (0.5, 0.5),
}


@pytest.mark.parametrize("losses", [True, False], ids=["losses", "shares"])
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("width", [250, 340, 700, 1200])
@pytest.mark.parametrize("count", [2, 9, 64])
def test_nothing_that_is_shown_covers_another(width, count, curve, losses):
    points = [CURVES[curve](k, count) for k in range(count)]
    rows = rows_of([(0.0, 1.0), *points, (1.0, 0.0)], knee=count // 3, losses=losses, picked=1)
    pictures = pictures_on(rows, width)
    assert pictures
    for a, b in itertools.combinations(pictures, 2):
        assert not touch(a, b)
    labels = labels_on(rows, width)
    assert rows[1] in [row for row, _ in labels]  # the picked one is always named
    for (_, a), (_, b) in itertools.combinations(labels, 2):
        assert not touch(a, b)
    marks = [at(row, rows, width) for row in rows if row["kind"] == "candidate"]
    for row, label in labels:
        if not row["picked"]:
            assert label[0] >= 0
            assert label[2] <= width
            assert not any(touch(label, (x - 6, y - 6, x + 6, y + 6)) for x, y in marks)
            assert not any(touch(label, picture) for picture in pictures)


def test_where_there_is_room_all_are_named():
    rows = rows_of([(k / 9, (1 - k / 9) ** 2) for k in range(9)], losses=False)
    assert len(labels_on(rows, 700)) == 9


def test_on_studio_labels_of_pins_and_candidates_keep_apart_too():
    snapshot = snapshot_of([(0.5, 0.5), (0.505, 0.495), (0.51, 0.49), (1.0, 1.0)])
    rows = front_rows(snapshot, snapshot.candidates, SHARES, 2)
    assert extent_of(rows) == ((0, 100), (0, 100))
    for width in (250, 400, 900):
        labels = labels_on(rows, width)
        assert rows[2] in [row for row, _ in labels]
        for (_, a), (_, b) in itertools.combinations(labels, 2):
            assert not touch(a, b)


def test_more_track_lies_left_and_better_lies_right_and_up():
    points = [(0.1, 0.9), (0.3, 0.5), (0.8, 0.1), (1.0, 1.0)]
    rows = [row for row in rows_of(points, losses=False) if row["kind"] == "candidate"]
    assert [row["x"] for row in rows] == pytest.approx([10, 50, 90, 0])
    assert [row["y"] for row in rows] == pytest.approx([90, 70, 20, 0])
    assert rows[0]["losses"] == "STFT 0.100, LPIPS 0.900"


def test_a_run_of_one_domain_has_no_shares_to_draw():
    assert has_shares(snapshot_of([(0.1, 0.9)]))
    alone = snapshot_of([(0.1,)])
    assert not has_shares(alone)


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


@pytest.mark.parametrize("aspect", [1 / 16, 0.5, 1.5, 3.0, 16.0])
def test_pictures_have_the_shape_of_the_canvas_and_one_area(aspect):
    width, height = picture_size(aspect)
    assert width * height == pytest.approx(3456, rel=0.03)
    if 0.5 <= aspect <= 3:
        assert width / height == pytest.approx(aspect, rel=0.03)


def pushed(*weights: float) -> Snapshot:
    """A run of one candidate whose weight on the image was this at each step."""
    snapshot = snapshot_of([(0.5, 0.5)])
    history = tuple(
        Record(step, ((0.5 + step / 20, 0.5 - step / 20),), ((1 - weight, weight),), 0.0)
        for step, weight in enumerate(weights)
    )
    return replace(snapshot, history=history)


def test_a_point_stays_where_a_push_or_its_undo_began():
    snapshot = pushed(0.5, 0.5, 0.6, 0.6, 0.6, 0.5)
    assert [record.step for record in rests(snapshot.history, 0)] == [1, 4]
    assert rests(snapshot.history, 7) == []
    rows = front_rows(snapshot, snapshot.candidates, SHARES, 0)
    assert [row["name"] for row in rows if row["kind"] == "rest"] == [
        "Step 1, before push 1",
        "Step 4, before push 2",
    ]
    way = [row["order"] for row in rows if row["kind"] == "way"]
    assert way == sorted(way)
    past = front_rows(snapshot, snapshot.candidates, SHARES, 0, last=3)
    assert len([row for row in past if row["kind"] == "rest"]) == 1


def test_a_plot_of_nothing_is_no_trouble():
    room = Room(((0.0, 1.0), (0.0, 1.0)), 100)
    room.place_labels([])
    room.place_pictures([], SIZE)


def test_parallel_coordinates_are_percent_of_the_worse_end():
    snapshot = snapshot_of([(0.0, 2.0, 5.0), (4.0, 1.0, float("nan"))])
    rows = parallel_rows(snapshot_of([(0.0, 2.0, 5.0), (4.0, 1.0, 2.5)]), 1)
    assert [row["height"] for row in rows] == [0, 100, 100, 100, 50, 50]
    assert [row["picked"] for row in rows] == [False] * 3 + [True] * 3
    assert len(parallel_rows(snapshot, 0)) == 5


def test_the_specifications_are_drawn_by_vega_lite():
    import vl_convert

    for spec, rows in (
        (front_spec(SHARES, SIZE), rows_of([(0.1, 1), (1, 0.1)], losses=False)),
        (front_spec(SHARES), front_rows(pushed(0.5, 0.6), pushed(0.5).candidates, SHARES, 0)),
        (parallel_spec(("A", "B")), parallel_rows(snapshot_of([(1.0, 2.0)]), 0)),
    ):
        plain = [row | {"picture": ""} for row in rows]
        svg = vl_convert.vegalite_to_svg(spec | {"datasets": {"rows": plain}})
        assert "Sound like the track (%)" in svg or "100" in svg
