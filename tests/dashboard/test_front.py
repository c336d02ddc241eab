"""The Front page in Streamlit's own test harness."""

import pytest
from apps import button, component, has, job_of, texts, until, wait

from background.commands import GROWN


@pytest.fixture
def front(start):
    """The front of a finished run of three candidates."""
    app = start(steps=3, candidates=3)
    until(app, "finished")
    app.switch_page("app_pages/front.py").run()
    assert not app.exception
    return app


def player(app):
    return component(app, f"player:{job_of(app).token}")


def shown(app) -> str:
    return player(app)["sources"][0]["label"]


def walk_to(app, number: int):
    app.session_state["picked"] = job_of(app).look().candidates[number - 1].index
    return app.run()


def with_details(app):
    return app.toggle(key="details_widget").set_value(True).run()


def test_empty_it_says_what_to_do_next(create):
    create.switch_page("app_pages/front.py").run()
    assert not create.exception
    assert "There is no run yet" in texts(create.markdown)
    button(create, "Open one from the Library").click().run()
    assert "Library" in texts(create.title)


def test_it_opens_where_the_picture_shows_and_the_sound_is_still_the_track(front):
    snapshot = job_of(front).look()
    assert snapshot.front.opening not in (snapshot.candidates[0].index, snapshot.candidates[-1])
    assert f"**Candidate {snapshot.front.number(snapshot.front.opening)}**" in texts(front.markdown)
    assert "the most of both" in texts(front.caption)
    assert "3 candidates, from most track to most image" in texts(front.markdown)


def test_shares_come_first_and_losses_one_press_deeper(front):
    snapshot = job_of(front).look()
    (chart,) = (chart.proto for chart in front.get("vega_lite_chart"))
    assert "by Picture like the image and Sound like the track" in chart.alt
    opening = next(c for c in snapshot.candidates if c.index == snapshot.front.opening)
    assert str(snapshot.front.shares(opening.losses)) in texts(front.markdown)
    told = texts([*front.markdown, *front.caption]) + chart.alt
    assert not any(term in told for term in ("SSIM", "STFT", "Pareto", "worse end", "knee"))
    with_details(front)
    assert "of 3 candidates; it covers" in texts(front.markdown)
    assert "% of its worse end" in texts(front.caption)
    (chart,) = (chart.proto for chart in front.get("vega_lite_chart"))
    assert "by Multi-resolution STFT and SSIM" in chart.alt


def test_details_are_on_for_every_page_once_they_are(front):
    with_details(front)
    front.switch_page("app_pages/studio.py").run()
    assert front.toggle(key="details_widget").value
    assert "(image loss)" in texts(front.markdown)


def test_numbers_run_from_left_to_right_whatever_came_first(front):
    walk_to(front, 1)
    button(front, "Fill the gap between 1 and 2").click().run()
    wait(front, lambda: len(job_of(front).look().candidates) == 4)
    until(front, "finished")
    snapshot = job_of(front).look()
    assert [c.index for c in snapshot.candidates] == [0, 3, 1, 2]
    assert component(front, "walk")["rows"][0]["names"] == ["1", "2", "3", "4"]
    assert component(front, "walk")["rows"][0]["value"] == 1
    assert "**Candidate 2**" in texts(front.markdown)
    assert "Take candidate 2 home" in texts(front.markdown)
    names = [b.proto.label for b in front.get("download_button")]
    assert names
    assert has(front, "Fill the gap between 2 and 3")
    button(front, "Compare").click().run()
    assert "**Candidate 2**, step" in texts(front.markdown)


def test_losses_are_told_with_their_meaning(front):
    walk_to(with_details(front), 1)
    assert "**Candidate 1**" in texts(front.markdown)
    assert "10 % weight on the image" in texts(front.caption)
    assert "SSIM" in texts(front.caption)
    assert "% of its worse end" in texts(front.caption)


def test_the_buttons_go_to_the_neighbours_and_play_them(front):
    walk_to(front, 2)
    played = player(front)["played"]
    button(front, "More image").click().run()
    assert shown(front) == "Candidate 3"
    assert player(front)["played"] == played + 1
    assert button(front, "More image").disabled
    button(front, "More track").click().run()
    assert shown(front) == "Candidate 2"
    assert not player(front)["arrows"]


def test_up_to_four_are_compared(front):
    for number in (1, 2, 3):
        walk_to(front, number)
        button(front, "Compare").click().run()
    assert "Side by side" in texts(front.subheader)
    assert "Remove from comparison" in [b.label for b in front.button]
    assert len([b for b in front.button if b.label == "Remove"]) == 3
    labels = [source["label"] for source in player(front)["sources"]]
    assert labels == ["Candidate 3", "Candidate 1", "Candidate 2", "Original"]
    assert "best here" in texts(front.markdown)
    front.button(key="play-0").click().run()
    assert shown(front) == "Candidate 1"
    front.button(key="remove-1").click().run()
    assert len([b for b in front.button if b.label == "Remove"]) == 2


def test_what_is_compared_is_told_to_scroll_there_once(front):
    assert component(front, "reveal") == {"heading": "side-by-side", "opened": 0}
    button(front, "Compare").click().run()
    assert component(front, "reveal")["opened"] == 1
    assert front.subheader[0].anchor == "side-by-side"
    button(front, "Remove from comparison").click().run()
    assert component(front, "reveal")["opened"] == 1


def test_no_more_than_four_are_compared(start):
    app = start(steps=1, candidates=5)
    until(app, "finished")
    app.switch_page("app_pages/front.py").run()
    for number in range(1, 5):
        walk_to(app, number)
        button(app, "Compare").click().run()
    walk_to(app, 5)
    assert button(app, "Compare").disabled


def test_a_gap_is_filled(front):
    walk_to(front, 1)
    button(front, "Fill the gap between 1 and 2").click().run()
    wait(front, lambda: len(job_of(front).look().candidates) == 4)
    front.run()
    until(front, "finished")
    assert "4 candidates, from most track" in texts(front.markdown)


def test_at_the_end_the_gap_is_that_to_the_neighbour_before(front):
    walk_to(front, 3)
    assert has(front, "Fill the gap between 2 and 3")


def test_a_single_candidate_can_grow_a_front(start):
    app = start(steps=2)
    until(app, "finished")
    app.switch_page("app_pages/front.py").run()
    assert not has(app, "Compare")
    assert not has(app, "More track")
    assert "One candidate, no front yet" in texts(app.markdown)
    with_details(app)
    told = texts([*app.markdown, *app.caption]) + app.get("vega_lite_chart")[0].proto.alt
    assert "1 of 1 candidate;" in told
    assert "knee" not in told
    assert "1 candidates" not in told
    button(app, "Grow a front").click().run()
    wait(app, lambda: len(job_of(app).look().candidates) == 1 + len(GROWN))
    app.run()
    assert has(app, "More track")
    job_of(app).stop()


def test_with_two_objectives_there_are_no_axes_to_choose(front):
    assert not front.selectbox


def test_any_two_objectives_span_the_front(create):
    create.segmented_control(key="mode_widget").set_value("Map the front").run()
    create.number_input(key="candidates_widget").set_value(2)
    create.number_input(key="map_steps_widget").set_value(0)
    next(n for n in create.number_input if n.label == "Length (s)").set_value(1.0)
    create.run()
    button(create, "Start").click().run()
    until(create, "finished")
    create.switch_page("app_pages/front.py").run()
    assert "Right: more of the image. Up: more of the track." in texts(create.caption)
    assert not [s for s in create.selectbox if s.key == "across_widget"]
    with_details(create)
    assert "Left: sounds closer to the track. Low: looks closer to the image." in texts(
        create.caption
    )
    create.selectbox(key="across_widget").set_value("ssim").run()
    assert "Left: looks closer to the image. Low: looks closer to the image." in texts(
        create.caption
    )
    assert "SSIM" not in create.selectbox(key="up_widget").options
    assert not create.exception


def test_everything_can_be_taken_home(front):
    labels = [b.label for b in front.get("download_button")]
    assert labels == [
        "WAV",
        "FLAC",
        "OGG",
        "MP3",
        "Opus",
        "M4A",
        "Picture",
        "Picture with axes",
    ]
    assert not any(b.proto.disabled for b in front.get("download_button"))


def test_a_run_that_was_deleted_in_another_tab_is_told_and_put_back(front):
    job = job_of(front)
    wait(front, lambda: job.look().saved == 3)
    job.delete()
    from session import shared

    shared._library(job.folder.parent).delete(job.token)
    front.run()
    assert "was deleted from the library" in texts(front.warning)
    assert player(front)
    button(front, "Put it back").click().run()
    wait(front, lambda: job.folder.exists())
    front.run()
    assert "was deleted" not in texts(front.warning)


def test_what_is_not_saved_is_said(front, monkeypatch):
    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moss_core.runs.keeping.disk.os.fsync", disk_full)
    job_of(front).extend(1)
    wait(front, lambda: bool(job_of(front).look().save_error))
    front.run()
    assert "Not saved" in texts(front.error)
    assert "No space left on device" in texts(front.error)
    assert player(front)


def test_a_server_that_was_restarted_opens_the_run_of_the_address(front):
    from session import shared

    job = job_of(front)
    wait(front, lambda: job.look().saved == 3)
    shared.job_manager().close()
    shared.job_manager.clear()
    front.run()
    wait(front, lambda: job_of(front).look().phase == "finished")
    front.run()
    assert job_of(front) is not job
    assert "3 candidates, from most track" in texts(front.markdown)


def test_the_width_of_the_stereo_image_is_told(front):
    walk_to(front, 1)
    job = job_of(front)
    width = job.width(0, job.look())
    assert f"Width {100 * width:.0f} % of the track's" in texts(front.caption)


def test_pictures_of_the_front_are_those_of_the_channel(front, choosing):
    before = component_rows(front)
    choosing(front, "channel", "1")
    after = component_rows(front)
    assert before != after
    assert not front.exception


def component_rows(app):
    """The pictures on the chart and beside each other."""
    walk_to(app, 2)
    return [source["picture"] for source in player(app)["sources"]]
