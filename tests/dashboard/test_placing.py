"""Where the image goes, in Streamlit's own test harness: the numbers, the box, what is heard."""

import numpy as np
import pytest
from apps import button, component, job_of, texts

from components.widgets.placer import Bounds, Box, _told


def box(app):
    return component(app, "placer")["box"]


def field(app, label):
    return next(n for n in app.number_input if n.label == label)


def upload(app, content):
    app.segmented_control(key="track_way").set_value(":material/upload: Upload").run()
    uploader = next(u for u in app.get("file_uploader") if u.key == "track_upload")
    return uploader.upload("song.wav", content, "audio/wav").run()


@pytest.fixture
def song(create, encode_sound):
    """A track of 80 s of a beat of 100 a minute."""
    rate = 8000
    time = np.arange(round(0.6 * rate)) / rate
    beat = 0.5 * np.sin(2 * np.pi * 440 * time) * np.exp(-30 * time)
    content = encode_sound(np.resize(beat, 80 * rate).astype(np.float32)[:, None], rate, "WAV")
    return upload(create, content)


def heard(app):
    track = component(app, "track_gallery")["chosen"]
    return component(app, f"player:preview-{track[:12]}")["sources"][0]["sound"]


def test_the_box_covers_a_short_track_and_the_start_of_a_long_one(song):
    assert box(song) == {"start": 0, "duration": 30, "low": 0, "high": 4000}
    placer = component(song, "placer")
    assert (placer["seconds"], placer["most"], placer["highest"]) == (80, 80, 4000)
    assert placer["tempo"] == pytest.approx(100, rel=0.01)
    assert len(placer["beats"]) > 4 * len(placer["bars"]) - 4


def test_typed_numbers_move_the_box_and_reach_the_run(create):
    field(create, "Length (s)").set_value(2.5).run()
    field(create, "Start (s)").set_value(3.0).run()
    field(create, "Lowest (Hz)").set_value(400).run()
    assert box(create) == {"start": 3, "duration": 2.5, "low": 400, "high": 8000}
    field(create, "Start (s)").set_value(9.0).run()  # no room for its length there
    assert box(create)["duration"] == pytest.approx(1.0, abs=0.02)
    assert not create.error
    button(create, "Start").click().run()
    canvas = job_of(create).request.config.canvas
    assert (canvas.start, canvas.duration, canvas.low) == (9.0, pytest.approx(1, abs=0.02), 400)


def test_two_numbers_that_are_typed_in_one_go_both_count(create):
    field(create, "Length (s)").set_value(2.0)
    field(create, "Start (s)").set_value(1.0)
    create.run()
    assert (box(create)["start"], box(create)["duration"]) == (1, 2)


def test_what_is_typed_just_before_start_is_what_is_learned(create):
    field(create, "Length (s)").set_value(2.0)
    field(create, "Start (s)").set_value(1.0)
    button(create, "Start").click().run()
    canvas = job_of(create).request.config.canvas
    assert (canvas.start, canvas.duration) == (1, pytest.approx(2, abs=0.02))


def test_what_is_typed_just_before_it_stays_is_where_it_stays(create):
    field(create, "Length (s)").set_value(2.0)
    button(create, "Keep it here, and place another").click().run()
    (placed,) = component(create, "placer")["staying"]
    assert placed["duration"] <= 2  # less where the image is narrower


def test_numbers_are_given_back_to_the_browser_only_where_they_changed(create):
    """Else an answer that comes late puts back what was there before somebody typed."""
    field(create, "Length (s)").set_value(2.0).run()
    assert not any(number.proto.set_value for number in create.number_input)
    track = component(create, "placer")["track"]
    create.session_state["section"] = (track, 1.0, 2.5)
    create.run()
    assert [n.label for n in create.number_input if n.proto.set_value] == [
        "Start (s)",
        "Length (s)",
    ]


def test_what_is_put_by_hand_shows_in_the_numbers_and_outlasts_the_page(create, monkeypatch):
    track = component(create, "placer")["track"]
    create.session_state["section"] = (track, 1.25, 4.5)
    create.session_state["low"], create.session_state["high"] = 500, 5000
    create.session_state["aspect"] = 3.0
    create.switch_page("app_pages/library.py").run()
    create.switch_page("app_pages/create.py").run()
    labels = ("Start (s)", "Length (s)", "Lowest (Hz)", "Highest (Hz)")
    assert [field(create, label).value for label in labels] == [1.25, 3.25, 500, 5000]
    button(create, "Start").click().run()
    assert job_of(create).request.config.canvas.aspect == 3


def test_a_section_is_heard_wherever_and_however_long_it_is(song):
    song.segmented_control(key="adjust:fit_widget").set_value("stretch").run()
    first = heard(song)
    assert first
    field(song, "Start (s)").set_value(40.0).run()
    assert heard(song) != first
    assert "first minute" not in texts(song.caption)
    field(song, "Start (s)").set_value(0.0).run()
    field(song, "Length (s)").set_value(75.0).run()
    assert heard(song)
    assert "The sound is the track's own (its first minute)" in texts(song.caption)
    assert not song.exception


def test_what_does_not_fit_is_told_and_can_be_mended(song):
    field(song, "Start (s)").set_value(20.0).run()
    field(song, "Length (s)").set_value(79.0).run()
    assert "must lie on the track, 0 to 80.00 s" in texts(song.error)
    assert button(song, "Start").disabled
    field(song, "Length (s)").set_value(10.0).run()
    assert not song.error
    assert not button(song, "Start").disabled


def test_the_band_shown_has_the_canvass_axis(create):
    create.selectbox(key="axis_widget").set_value("log").run()
    placer = component(create, "placer")
    assert placer["view"] == {"low": 20, "high": 12_000, "axis": "log"}
    assert placer["lowest"] == 20
    assert placer["box"]["low"] == 50
    field(create, "Highest (Hz)").set_value(16_000).run()
    assert component(create, "placer")["view"]["high"] == 22_050


def test_there_is_no_best_place_where_there_is_one_place_only(create):
    labels = [popover.proto.popover.label for popover in create.get("popover")]
    assert "Save as preset" in labels
    assert "Best place" not in labels


BOUNDS = Bounds(10.0, 0.5, 300.0, 0.0, 22_050)


def test_a_place_that_a_browser_tells_is_brought_within_the_track():
    told = {"start": -1, "duration": 99, "low": -5, "high": 1e9, "aspect": None}
    assert _told(told, BOUNDS) == Box(0, 10, 0, 22_050)
    assert _told({"start": 2, "duration": 3, "low": 1, "high": 900, "aspect": 2}, BOUNDS) == Box(
        2, 3, 1, 900, 2
    )


@pytest.mark.parametrize(
    "told",
    [{}, {"start": "x"}, {"start": float("nan"), "duration": 1, "low": 0, "high": 500}],
)
def test_what_is_no_place_is_left_alone(told):
    assert _told(told, BOUNDS) is None
