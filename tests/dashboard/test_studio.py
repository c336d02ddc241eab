"""The Studio page in Streamlit's own test harness, in every state of a run."""

import math
import threading
import time

import pytest
import torch
from apps import DASHBOARD, button, component, has, job_of, texts, until, wait
from streamlit.testing.v1 import AppTest

from background import job as job_module
from background.replay import REPLAY
from components.widgets import press
from components.widgets.press import SAME_PRESS_SECONDS
from moss_core import Objective
from moss_core.objectives.installed import Installed
from moss_core.runs.exports.ear_safety import EarSafety
from session import shared


def learned(app: AppTest, steps: int = 2) -> None:
    wait(app, lambda: job_of(app).look().step >= steps and has(app, "Better image"))


def weight(app: AppTest) -> int:
    """Return where the slider of the weight on the image stands, in percent."""
    (row,) = component(app, "lean")["rows"]
    return row["value"]


def with_details(app: AppTest) -> AppTest:
    return app.toggle(key="details_widget").set_value(True).run()


def page_html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def player(app: AppTest):
    return component(app, f"player:{job_of(app).token}")


def test_empty_it_says_what_to_do_next(create):
    create.switch_page("app_pages/studio.py").run()
    assert not create.exception
    assert "press **Start**" in texts(create.markdown)
    button(create, "Create a hybrid").click().run()
    assert has(create, "Start")


def test_a_run_that_is_not_there_is_explained(create):
    create.session_state["token"] = "gone"
    create.switch_page("app_pages/studio.py").run()
    assert "is not there" in texts(create.warning)
    assert create.session_state["token"] is None
    assert has(create, "Create a hybrid")


def test_a_running_run_shows_picture_sound_front_losses_and_steering(start):
    app = start()
    learned(app)
    data = player(app)
    assert [source["id"] for source in data["sources"]] == ["this", "original"]
    assert all(
        source["sound"] and source["picture"] and source["alt"] for source in data["sources"]
    )
    assert (data["start"], data["duration"]) == (0, 1)
    charts = [chart.proto for chart in app.get("vega_lite_chart")]
    assert len(charts) == 1  # the way of the pushes
    assert "by Picture like the image and Sound like the track" in charts[0].alt
    words = texts([*app.markdown, *app.caption, *app.get("metric")]) + charts[0].alt
    assert not any(term in words for term in ("SSIM", "STFT", "loss", "Pareto"))
    with_details(app)
    charts = [chart.proto for chart in app.get("vega_lite_chart")]
    assert len(charts) == 4  # the front, two losses, the steering
    assert all(chart.alt for chart in charts)
    assert "Running" in texts_of_progress(app)
    assert not any(button(app, label).disabled for label in ("Better image", "Pin", "Pause"))
    assert button(app, "Undo").disabled


def texts_of_progress(app: AppTest) -> str:
    return "\n".join(element.proto.text for element in app.get("progress"))


def test_better_image_and_better_audio_move_the_preference_and_undo_takes_it_back(start):
    app = start()
    learned(app)
    job = job_of(app)
    assert weight(app) == 50
    button(app, "Better image").click().run()
    assert weight(app) == 60
    wait(app, lambda: job.look().history[-1].preferences[0][1] == pytest.approx(0.6))
    button(app, "Better audio").click().run()
    time.sleep(2 * SAME_PRESS_SECONDS)
    button(app, "Better audio").click().run()
    assert weight(app) == 40
    wait(app, lambda: not button(app, "Undo").disabled)
    button(app, "Undo").click().run()
    wait(app, lambda: weight(app) == 50)


def test_what_undo_goes_back_to_is_said_before(start):
    app = start(steps=2)
    until(app, "finished")
    assert "there is none yet" in button(app, "Undo").help
    job = job_of(app)
    before = job.look().front.shares(job.look().candidates[0].losses)
    button(app, "Better image").click().run()
    wait(app, lambda: job.look().step >= 5)
    button(app, "Stop").click().run()
    until(app, "stopped")
    words = button(app, "Undo").help
    now = job.look().front.shares(job.look().candidates[0].losses)
    assert f"picture {100 * now.picture:.0f} \u2192 {100 * before.picture:.0f} %" in words
    assert "the run goes on for 30 steps" in words
    assert f"Undo: {words[0].lower()}{words[1:]}." in texts(app.caption)


def test_the_meters_show_shares_and_what_the_last_push_changed(start):
    app = start(steps=2)
    until(app, "finished")
    job = job_of(app)
    shares = job.look().front.shares(job.look().candidates[0].losses)
    assert f'aria-valuetext="{100 * shares.picture:.0f} %"' in page_html(app)
    assert f'aria-valuetext="{100 * shares.sound:.0f} %"' in page_html(app)
    assert "SSIM" in page_html(app)  # in the tooltip
    button(app, "Better image").click().run()
    wait(app, lambda: job.look().step >= 4)
    app.run()
    assert "since the last push" in page_html(app)


def test_all_weight_on_one_side_can_be_left_again(start):
    app = start()
    learned(app)
    job_of(app).steer(0, (0.0, 1.0))
    app.run()
    assert weight(app) == 100
    assert button(app, "Better image").disabled
    button(app, "Better audio").click().run()
    assert weight(app) == 90


def test_paused_it_stands_still_and_can_be_resumed_or_extended(start):
    app = start()
    learned(app)
    button(app, "Pause").click().run()
    until(app, "paused")
    step = job_of(app).look().step
    time.sleep(0.3)
    assert job_of(app).look().step == step
    assert "Paused" in texts_of_progress(app)
    assert "takes effect when you resume" in texts(app.caption)
    assert "Paused by you. Nothing is lost" in texts(app.caption)
    other = AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60)
    other.query_params["run"] = job_of(app).token
    other.run().switch_page("app_pages/studio.py").run()
    assert "Paused by you in another tab" in texts(other.caption)
    button(app, "Better image").click().run()
    assert weight(app) == 60
    assert job_of(app).look().phase == "paused"
    button(app, "Resume").click().run()
    wait(app, lambda: job_of(app).look().step > step)


def test_finished_it_can_be_kept_extended_and_steered_further(start):
    app = start(steps=2)
    until(app, "finished")
    assert "step 2 of 2" in texts_of_progress(app)
    assert len(app.get("download_button")) == 8
    assert "sets the run going: it goes on from here for 30 more steps" in texts(app.caption)
    assert "the run goes on for 30 steps" in button(app, "Better image").help
    button(app, "30 more steps").click().run()
    wait(app, lambda: job_of(app).look().step > 2)
    assert job_of(app).look().planned == 32


def test_stopped_it_keeps_what_it_learned(start):
    app = start()
    learned(app)
    button(app, "Stop").click().run()
    until(app, "stopped")
    assert "Stopped by you." in texts(app.caption)
    assert len(app.get("download_button")) == 8
    assert has(app, "30 more steps")


def test_failed_it_says_why(start, monkeypatch):
    monkeypatch.setattr("background.worker.Run", lambda *_, **__: 1 / 0)
    app = start()
    until_failed(app)
    assert "Something went wrong (E-" in texts(app.error)
    assert "Traceback" in texts(app.code)
    assert "ZeroDivisionError" in texts(app.code)
    assert not has(app, "Resume")


def until_failed(app: AppTest) -> None:
    wait(app, lambda: job_of(app).look().phase == "failed")
    app.run()


def test_an_objective_that_raises_in_a_step_is_switched_off_and_named(start, create, monkeypatch):
    calls = iter(range(1000))

    def build(target):
        def loss(rendered):
            if next(calls) > 8:  # after both ends
                raise RuntimeError("no more")
            return (rendered.picture - target.picture).square().mean((1, 2, 3))

        return loss

    add_objective(monkeypatch, Objective("fragile", "Fragile", "image", "a test", build))
    create.run()
    create.checkbox(key="objective:fragile").check().run()
    app = start()
    learned(app, steps=5)
    assert "**fragile**" in texts(app.warning)
    assert "RuntimeError: no more" in texts(app.warning)
    with_details(app)
    (fragile,) = (row for row in component(app, "weights")["rows"] if row["id"] == "fragile")
    assert fragile["disabled"]
    assert job_of(app).look().phase == "running"


def test_an_objective_that_hangs_is_named_while_it_does(start, create, monkeypatch):
    calls, free = iter(range(1000)), threading.Event()

    def build(target):
        def loss(rendered):
            if next(calls) > 8:  # after both ends
                free.wait(30)
            return (rendered.picture - target.picture).square().mean((1, 2, 3))

        return loss

    monkeypatch.setattr(job_module, "SLOW_SECONDS", 0.2)
    add_objective(monkeypatch, Objective("sleepy", "Sleepy", "image", "a test", build))
    create.run()
    create.checkbox(key="objective:sleepy").check().run()
    app = start()
    wait(app, lambda: "waiting for Sleepy for " in app.get("progress")[0].proto.text)
    free.set()
    learned(app, steps=job_of(app).look().step + 2)
    assert not app.warning


def test_an_objective_that_cannot_be_built_is_switched_off_and_named(start, create, monkeypatch):
    def build(target):
        raise OSError("weights are missing")

    add_objective(monkeypatch, Objective("empty", "Empty", "image", "a test", build))
    create.run()
    create.checkbox(key="objective:empty").check().run()
    app = start(steps=3)
    until(app, "finished")
    assert "weights are missing" in texts(app.warning)


def add_objective(monkeypatch: pytest.MonkeyPatch, objective: Objective) -> None:
    found = shared.installed()
    entry = Installed(objective, "third-party", "1.0", objective.name)
    monkeypatch.setitem(found.installed, objective.name, entry)


def test_a_candidate_whose_gradient_is_not_finite_is_named(start, monkeypatch):
    from moss_core.optimization.candidate_adam import CandidateAdam

    learn = CandidateAdam.learn

    def spoil(adam, rows, gradients, *rest):
        gradients[0][0, 0, 0] = math.nan
        return learn(adam, rows, gradients, *rest)

    app = start()
    learned(app)
    with monkeypatch.context() as patched:
        patched.setattr(CandidateAdam, "learn", spoil)
        wait(app, lambda: job_of(app).look().skipped is not None)
    app.run()
    assert "its gradient was not finite" in texts(app.warning)
    learned(app, job_of(app).look().step + 2)
    assert torch.isfinite(job_of(app).look().state.waveform).all()


def test_pins_are_compared_branched_and_let_go(start):
    app = start()
    learned(app)
    button(app, "Pin").click().run()
    wait(app, lambda: has(app, "Branch"))
    time.sleep(2 * SAME_PRESS_SECONDS)
    button(app, "Pin").click().run()
    wait(app, lambda: has(app, "Compare"))
    assert [source["id"] for source in player(app)["sources"]] == ["this", "pinned", "original"]
    assert player(app)["sources"][1]["label"] == "Pin 2"
    button(app, "Compare").click().run()
    assert player(app)["sources"][1]["label"] == "Pin 1"
    assert "from the next step on" in button(app, "Branch").help
    button(app, "Branch").click().run()
    wait(app, lambda: len(job_of(app).look().candidates) == 2)
    app.run()
    order = [c.index for c in job_of(app).look().candidates]
    assert component(app, "picker")["rows"][0]["value"] == order.index(1)
    assert component(app, "picker")["rows"][0]["names"] == ["1", "2"]
    button(app, "Unpin").click().run()
    wait(app, lambda: player(app)["sources"][1]["label"] == "Pin 2")


def test_the_replay_shows_a_past_step_and_comes_back(start):
    app = start(steps=4)
    until(app, "finished")
    live = player(app)["sources"][0]
    app.session_state["replayed"] = 1
    app.run()
    past = player(app)["sources"][0]
    assert past["note"] == "replay: step 1, left"
    assert past["picture"] != live["picture"]
    button(app, "Back from step 1 to the latest").click().run()
    assert player(app)["sources"][0]["picture"] == live["picture"]


def test_the_replay_of_a_run_without_pictures_moves_numbers_and_chart(start):
    app = start(steps=4)
    until(app, "finished")
    job = job_of(app)
    now, html = player(app)["sources"][0], page_html(app)
    (job.folder / REPLAY).unlink()
    shared.job_manager().close()
    shared.job_manager.clear()
    app.run()
    wait(app, lambda: job_of(app).look().phase == "finished")
    app.session_state["replayed"] = 1
    app.run()
    assert player(app)["sources"][0]["note"].startswith("replay: step 1 in numbers; its picture is")
    assert player(app)["sources"][0]["picture"] == now["picture"]
    assert page_html(app) != html
    assert "No pictures of past steps were kept" in texts(app.caption)


def test_the_replay_of_a_reopened_run_shows_its_pictures(start):
    app = start(steps=4)
    until(app, "finished")
    app.session_state["replayed"] = 1
    past = player(app.run())["sources"][0]
    wait(app, (job_of(app).folder / REPLAY).exists)
    shared.job_manager().close()
    shared.job_manager.clear()
    app.run()
    wait(app, lambda: job_of(app).look().phase == "finished")
    app.run()
    assert player(app)["sources"][0]["note"] == "replay: step 1, left"
    assert player(app)["sources"][0]["picture"] == past["picture"]


def test_on_a_front_a_candidate_is_picked(start):
    app = start(steps=2, candidates=3)
    until(app, "finished")
    assert player(app)["sources"][0]["label"] == "Candidate 2"
    app.session_state["picked"] = 0
    app.run()
    assert player(app)["sources"][0]["label"] == "Candidate 1"


def test_a_second_tab_finds_the_run_by_its_address(start):
    app = start()
    learned(app)
    other = AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60)
    other.query_params["run"] = job_of(app).token
    other.run()
    other.switch_page("app_pages/studio.py").run()
    assert "Astronaut on Piano" in texts(other.title)
    assert job_of(other) is job_of(app)
    button(other, "Better image").click().run()
    wait(app, lambda: weight(app) == 60)


def test_a_press_that_arrives_twice_counts_once(start):
    app = start()
    learned(app)
    last = app.session_state["pressed:Better image"]
    last.pressed = time.monotonic() + 1000  # as if it had just been called
    button(app, "Better image").click().run()
    assert weight(app) == 50


def test_a_press_counts_once_however_late_a_busy_machine_tells_of_it_again(monkeypatch):
    now = 100.0
    monkeypatch.setattr(press.time, "monotonic", lambda: now)
    last = press._Last()
    last.note_drawn()
    assert last.is_another()
    now += 1.5  # the drawing after it was broken off before it came to the button
    assert not last.is_another()
    last.note_drawn()
    now += 0.02  # or just behind it
    assert not last.is_another()
    for _ in range(5):  # the page polls: that the button is drawn again and again is no press
        now += 0.03
        last.note_drawn()
    assert last.is_another()
    now += 0.1
    last.note_drawn()
    assert not last.is_another()
    now += 0.1
    assert last.is_another()
    now += press._UNSEEN_SECONDS + 0.1  # no drawing came to the button at all
    assert last.is_another()


def test_another_channel_is_shown_when_it_is_chosen(start, choosing):
    app = start(steps=2)
    until(app, "finished")
    left = player(app)
    channel, program = left["choices"]
    assert [name for _, name in channel["offered"]] == ["Left", "Right", "Mono mix"]
    assert channel["value"] == "0"
    assert left["sources"][0]["note"] == "step 2, left"
    choosing(app, "channel", "3")  # which there is not
    assert player(app)["choices"] == [channel, program]
    choosing(app, "channel", "2")
    mix = player(app)
    assert mix["sources"][0]["note"] == "step 2, mono mix"
    for one, other in zip(left["sources"], mix["sources"], strict=True):
        assert one["picture"] != other["picture"]
        assert one["sound"] == other["sound"]
    wait(app, lambda: job_of(app).look().shown.channel == 2)
    app.switch_page("app_pages/front.py").run()
    assert player(app)["choices"][0]["value"] == "2"
    assert player(app)["sources"][0]["note"] == "step 2, mono mix"


def test_a_program_shows_the_picture_in_its_colours(start, choosing):
    app = start(steps=1)
    until(app, "finished")
    own = player(app)
    assert own["colours"] == "gray"
    choosing(app, "viewer", "audacity")
    seen = player(app)
    assert seen["colours"] == "roseus"
    assert seen["choices"][-1]["value"] == "audacity"
    assert seen["sources"][0]["picture"] != own["sources"][0]["picture"]


def test_where_one_channel_is_painted_there_is_nothing_to_choose(start, create):
    track = component(create, "track_gallery")["chosen"]
    create.radio(key=f"channels_widget:{track}").set_value("mono").run()
    app = start(steps=1)
    until(app, "finished")
    assert [choice["id"] for choice in player(app)["choices"]] == ["viewer"]
    assert player(app)["sources"][0]["note"] == "step 1"


def test_what_ears_would_mind_of_the_sound_is_told_beside_the_player(start, monkeypatch):
    monkeypatch.setattr(EarSafety, "warnings", ("90% of its energy lies above 8 kHz.",))
    app = start()
    learned(app, 1)
    assert "90% of its energy lies above 8 kHz." in texts(app.warning)
