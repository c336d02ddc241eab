"""The jobs and their manager, without Streamlit."""

import dataclasses
import io
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import get_args

import numpy as np
import PIL.Image
import pytest
import soundfile

from background import manager as lines
from background import turns, worker
from background.cause import GRACE_SECONDS, Cause
from background.commands import MAX_PINS, MORE_STEPS
from background.downloads.files import picture_file, sound_file
from background.intention import Intention
from background.job import Job
from background.manager import JobManager
from background.snapshots import Phase, Request, Shown, request_to_open
from moss_core.errors import MossError
from moss_core.machine import Limits, recent_failures
from moss_core.objectives.contract import Objective
from moss_core.objectives.discovery import discover
from moss_core.objectives.installed import Installed
from moss_core.optimization.config import RunConfig
from moss_core.synthesis.adjustments import Adjustments
from sources.source import Source

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
LONG = 10_000


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[JobManager]:
    monkeypatch.setattr(lines, "limits", lambda: Limits(runs_in_line=3))
    manager = JobManager(max_kept=1)
    yield manager
    manager.close()


@pytest.fixture
def request_of(png: bytes, wav: bytes) -> Callable[..., Request]:
    plugins = discover()

    def make(steps: int = 3, image: bytes = png, candidates: int = 2) -> Request:
        config = RunConfig(objectives=OBJECTIVES, candidates=candidates, steps=steps, device="cpu")
        return Request(
            Source("a.png", "A", image), Source("b.wav", "B", wav), config, plugins, "A on B"
        )

    return make


def until(job: Job, ready: Callable[[], bool] | None = None) -> None:
    """Wait for something to be so; by default for the run to rest."""
    deadline = time.monotonic() + 60
    while not (ready() if ready else not job.at_work):
        assert time.monotonic() < deadline, job.look()
        assert job.look().phase != "failed", job.look()
        time.sleep(0.01)


def running(manager: JobManager, request: Request) -> Job:
    job = manager.submit(request)
    until(job, lambda: len(job.look().history) >= 2)
    return job


def stands_still(job: Job) -> bool:
    step = job.look().step
    time.sleep(0.3)
    return job.look().step == step


def test_pictures_are_compared_with_the_adjusted_image(manager, request_of):
    inverted = dataclasses.replace(request_of().config, adjustments=Adjustments(invert=True))
    targets = []
    for request in (request_of(), dataclasses.replace(request_of(), config=inverted)):
        job = manager.submit(request)
        until(job)
        with PIL.Image.open(io.BytesIO(job.target())) as target:
            targets.append(np.asarray(target.convert("L"), float))
    assert np.corrcoef(targets[0].ravel(), targets[1].ravel())[0, 1] < -0.9


def test_a_job_finishes_with_pictures_and_sounds(manager, request_of):
    job = manager.submit(request_of())
    until(job)
    snapshot = job.look()
    assert snapshot.phase == "finished"
    assert [record.step for record in snapshot.history] == [0, 1, 2, 3]
    assert job.picture(0, snapshot) != job.picture(1, snapshot)
    assert picture_file(job, 0, Shown(), axes=False)[:4] == b"\x89PNG"
    samples, rate = soundfile.read(io.BytesIO(sound_file(job, 1, "wav")))
    assert rate == 22_050
    assert samples.shape == (22_050, 2)
    for index in (0, 1):
        sound = job.sound(index, snapshot)
        assert sound.step == 3
        heard, rate = soundfile.read(io.BytesIO(sound.content))
        assert (heard.shape, rate) == (samples.shape, 22_050)
        assert -70 < sound.loudness < 0
    assert manager.find(job.token) is job
    assert manager.find("guess") is None


def test_there_is_something_to_see_and_hear_before_the_first_step(manager, request_of):
    job = manager.submit(request_of())
    until(job, lambda: bool(job.look().sound))
    snapshot = job.look()
    assert snapshot.picture
    assert soundfile.read(io.BytesIO(snapshot.sound.content))[0].shape == (22_050, 2)
    until(job)
    snapshot = job.look()
    track, _ = soundfile.read(io.BytesIO(snapshot.track_sound.content))
    assert track.shape == (22_050, 2)
    assert job.target()[:4] == b"\x89PNG"
    assert job.track_picture() != snapshot.picture


def test_a_snapshot_never_changes(manager, request_of):
    job = running(manager, request_of(steps=5))
    early = job.look()
    steps, picture = len(early.history), early.picture
    until(job)
    assert (len(early.history), early.picture) == (steps, picture)
    with pytest.raises(dataclasses.FrozenInstanceError):
        early.phase = "failed"


def test_stopping_keeps_the_result_and_the_run_can_go_on(manager, request_of):
    job = running(manager, request_of(steps=LONG))
    job.stop()
    until(job)
    snapshot = job.look()
    assert snapshot.phase == "stopped"
    assert 1 <= snapshot.step < LONG
    assert np.isfinite(snapshot.history[-1].losses).all()
    assert sound_file(job, 0, "wav")[:4] == b"RIFF"
    job.resume()
    until(job, lambda: job.look().step > snapshot.step)


def test_pausing_stands_still_and_resuming_goes_on_from_there(manager, request_of):
    job = running(manager, request_of(steps=LONG))
    job.pause()
    assert job.asked == "pause"
    until(job)
    assert job.asked is None
    snapshot = job.look()
    assert snapshot.phase == "paused"
    assert snapshot.sound.step == snapshot.step
    assert stands_still(job)
    job.resume()
    until(job, lambda: job.look().step > snapshot.step)
    assert job.look().phase == "running"
    assert job.look().history[: snapshot.step + 1] == snapshot.history


def test_a_finished_run_can_be_extended(manager, request_of):
    job = manager.submit(request_of(steps=1))
    until(job)
    job.extend(2)
    until(job, lambda: job.look().step == 3 and not job.at_work)
    assert job.look().planned == 3
    assert job.look().phase == "finished"


def test_a_paused_run_lets_the_next_one_work(manager, request_of):
    first = running(manager, request_of(steps=LONG))
    second = manager.submit(request_of(steps=1))
    until(second, lambda: second.wait)
    assert second.wait.ahead == 1
    first.pause()
    until(second)
    assert second.look().phase == "finished"
    assert first.look().phase == "paused"


def test_a_job_that_raises_says_why(manager, request_of):
    job = manager.submit(request_of(image=b"no image"))
    deadline = time.monotonic() + 60
    while job.at_work:
        assert time.monotonic() < deadline
    assert job.look().phase == "failed"
    assert "must be a PNG" in job.look().message
    after = manager.submit(request_of(steps=1))
    until(after)
    assert after.look().phase == "finished"


def test_steering_takes_effect_and_watching_too(manager, request_of):
    job = running(manager, request_of(steps=LONG))
    job.steer(0, (0.75, 0.25))
    job.watch(1)
    until(job, lambda: job.look().watched == 1)
    until(job, lambda: job.look().history[-1].preferences[0] == (0.75, 0.25))
    assert list(job.look().undoable) == [0]
    assert len(job.look().undoable[0]) == 2  # the losses that it goes back to


def test_undo_takes_back_the_last_steer_first(manager, request_of):
    job = running(manager, request_of(steps=LONG))
    before = job.look().preferences[0]
    job.steer(0, (0.75, 0.25))
    job.steer(0, (0.5, 0.5))
    until(job, lambda: job.look().preferences[0] == (0.5, 0.5))
    job.undo(0)
    until(job, lambda: job.look().preferences[0] == (0.75, 0.25))
    job.undo(0)
    until(job, lambda: job.look().preferences[0] == before)
    assert job.look().undoable == {}
    job.undo(0)
    until(job, lambda: job.look().history[-1].preferences[0] == before)


def test_a_paused_run_shows_a_steer_at_once_and_stays_paused(manager, request_of):
    job = running(manager, request_of(steps=LONG))
    job.pause()
    until(job)
    job.steer(1, (0.25, 0.75))
    until(job, lambda: job.look().preferences[1] == (0.25, 0.75))
    assert job.look().phase == "paused"
    assert stands_still(job)


def test_a_finished_run_goes_on_when_it_is_steered(manager, request_of):
    job = manager.submit(request_of(steps=1))
    until(job)
    job.steer(1, (0.25, 0.75))
    until(job, lambda: job.look().step > 1)
    assert job.look().planned == 1 + MORE_STEPS


def test_a_pin_keeps_a_candidate_and_a_branch_goes_on_from_it(manager, request_of):
    job = running(manager, request_of(steps=LONG, candidates=1))
    job.pin(0)
    until(job, lambda: bool(job.look().pins))
    (pin,) = job.look().pins
    assert job.look().history[pin.step].losses[0] == pin.losses
    assert pin.sound.step == pin.step
    job.steer(0, (0.0, 1.0))
    job.branch(pin)
    until(job, lambda: len(job.look().candidates) == 2)
    snapshot = job.look()
    assert snapshot.watched == 1
    assert snapshot.history[-1].preferences[1] == pin.preference
    assert snapshot.history[-1].preferences[0] == (0.0, 1.0)
    job.unpin(pin.number)
    until(job, lambda: not job.look().pins)


def test_a_candidate_that_is_not_rendered_yet_can_be_asked_for(manager, request_of):
    job = running(manager, request_of(steps=LONG, candidates=1))
    job.pause()
    until(job)
    job.pin(0)
    until(job, lambda: bool(job.look().pins))
    job.branch(job.look().pins[0])
    until(job, lambda: job.look().watched == 1)
    job.pin(1)
    with pytest.raises(MossError, match="must have been rendered"):
        sound_file(job, 1, "wav")
    job.resume()
    until(job, lambda: len(job.look().candidates) == 2)
    assert len(job.look().pins) == 1


def test_pins_are_bounded_and_keep_their_numbers(manager, request_of):
    job = running(manager, request_of(steps=LONG, candidates=1))
    for _ in range(MAX_PINS + 2):
        job.pin(0)
    until(job, lambda: job.look().pins[-1:] and job.look().pins[-1].number == MAX_PINS + 2)
    assert [pin.number for pin in job.look().pins] == list(range(3, MAX_PINS + 3))


def test_past_steps_can_be_shown_again(manager, request_of):
    job = manager.submit(request_of(steps=4))
    until(job)
    snapshot = job.look()
    assert snapshot.recorded == (0, 1, 2, 3, 4)
    assert job.picture_at(0, 1) != job.picture_at(4, 1)
    assert job.picture_at(4, 1) == job.picture(1, snapshot)
    assert job.picture_at(4, 7) is None
    assert [c.losses for c in job.candidates_at(2)] == list(snapshot.history[2].losses)
    assert job.candidates_at(99) == ()


def test_a_job_that_nobody_watches_pauses_and_keeps_its_result(request_of):
    now = [0.0]
    manager = JobManager(clock=lambda: now[0])
    job = manager.submit(request_of(steps=LONG))
    until(job, lambda: len(job.look().history) >= 1)
    now[0] = GRACE_SECONDS + 1
    deadline = time.monotonic() + 60
    while job.at_work:
        assert time.monotonic() < deadline
    snapshot = job.look()
    assert snapshot.phase == "paused"
    assert snapshot.cause
    assert snapshot.cause.kind == "unwatched"
    job.resume()
    until(job, lambda: job.look().step > snapshot.step)
    manager.close()


def test_the_line_and_the_results_are_bounded(manager, request_of):
    first = running(manager, request_of(steps=LONG))
    waiting = [manager.submit(request_of(steps=0))]
    until(waiting[0], lambda: waiting[0].wait)
    waiting.append(manager.submit(request_of(steps=0)))
    until(waiting[1], lambda: waiting[1].wait)
    assert [job.wait.ahead for job in waiting] == [1, 2]
    with pytest.raises(MossError, match="line of runs"):
        manager.submit(request_of())
    first.stop()
    until(waiting[1])
    last = manager.submit(request_of(steps=0))
    until(last)
    manager.submit(request_of(steps=0))
    assert manager.find(first.token) is None


def test_a_run_that_waits_can_be_stopped(manager, request_of):
    running(manager, request_of(steps=LONG))
    second = manager.submit(request_of())
    second.stop()
    until(second)
    assert second.look().phase == "stopped"
    assert second.look().history == ()


def test_warming_up_leaves_the_line_free(manager, request_of):
    manager.warm_up(discover())
    job = manager.submit(request_of(steps=0))
    until(job)
    assert job.look().phase == "finished"


@pytest.fixture
def failing(request_of) -> Callable[..., Request]:
    """Requests with one objective more, which raises at its ninth call: after both ends."""

    def make(on_failure: str, steps: int = LONG) -> Request:
        calls = []

        def build(target):
            def loss(rendered):
                calls.append(1)
                if len(calls) == 9:
                    raise RuntimeError("out of luck")
                return (rendered.picture - target.picture).abs().mean((1, 2, 3))

            return loss

        mine = Objective("mine", "Mine", "image", "https://example.org", build)
        request = request_of(steps)
        entry = Installed(mine, "moss-sound-mine", "1.0", "mine")
        known = dataclasses.replace(
            request.plugins, installed=request.plugins.installed | {"mine": entry}
        )
        config = dataclasses.replace(
            request.config, objectives=(*OBJECTIVES, ("mine", 1.0)), on_failure=on_failure
        )
        return dataclasses.replace(request, plugins=known, config=config)

    return make


def test_a_run_goes_on_without_an_objective_that_fails(manager, failing):
    job = manager.submit(failing("continue", steps=6))
    until(job)
    snapshot = job.look()
    assert snapshot.phase == "finished"
    assert snapshot.step == 6
    assert [failure.name for failure in snapshot.failures] == ["mine"]
    assert snapshot.active == (0, 1)


def test_a_run_stops_when_an_objective_fails_if_somebody_chose_that(manager, failing, tmp_path):
    job = manager.submit(failing("stop"), tmp_path / "run")
    until(job)
    snapshot = job.look()
    assert snapshot.phase == "stopped"
    assert snapshot.cause == Cause("objective", what="mine")
    assert snapshot.saved == snapshot.step > 0
    assert job.sound(0, snapshot)
    job.extend(2)
    until(job)
    assert job.look().phase == "finished"
    assert job.look().step == snapshot.step + 2


def test_a_job_is_at_work_while_it_carries_out_a_command(manager, request_of, monkeypatch):
    job = manager.submit(request_of(steps=1))
    until(job)
    begun, go_on = threading.Event(), threading.Event()

    def slow(self: object, *_: object, **__: object) -> None:
        begun.set()
        go_on.wait(30)

    monkeypatch.setattr("moss_core.optimization.run.Run.extend", slow)
    job.extend(1)
    assert begun.wait(30)
    assert job.at_work
    go_on.set()
    until(job)


def test_a_run_that_is_paused_before_it_goes_on_has_steps_left(manager, request_of, monkeypatch):
    job = manager.submit(request_of(steps=1))
    until(job)
    settle = Intention.settle

    def paused_just_before(intention: Intention, done: bool = False) -> str:
        if intention.going:
            intention.ask("pause")
        return settle(intention, done)

    with monkeypatch.context() as patched:
        patched.setattr(Intention, "settle", paused_just_before)
        job.extend(2)
        until(job)
    snapshot = job.look()
    assert (snapshot.phase, snapshot.step, snapshot.planned) == ("paused", 1, 3)
    job.resume()
    until(job)
    assert (job.look().phase, job.look().step) == ("finished", 3)


def test_a_run_that_waits_in_line_unseen_is_not_said_to_be_stopped_by_somebody(request_of):
    now = [0.0]
    manager = JobManager(clock=lambda: now[0])
    first = running(manager, request_of(steps=LONG))
    second = manager.submit(request_of())
    now[0] = GRACE_SECONDS + 1
    first.look()
    deadline = time.monotonic() + 60
    while second.at_work:
        first.look()
        assert time.monotonic() < deadline
    assert second.look().phase == "paused"
    assert second.look().cause == Cause("unwatched")
    first.stop()
    second.resume()
    until(second)
    assert second.look().phase == "finished"
    manager.close()


def lines_of(log: pytest.LogCaptureFixture, job: Job) -> list[tuple[str, str]]:
    """Level and text of what was logged in the job's thread."""
    return [(r.levelname, r.message) for r in log.records if r.run == job.token[:8]]


def test_the_log_follows_a_run_and_never_holds_its_token(manager, request_of, tmp_path, caplog):
    caplog.set_level("DEBUG", logger="moss")
    job = manager.submit(request_of(steps=1), tmp_path / secrets.token_hex(16))
    until(job)
    lines = lines_of(caplog, job)
    phases = [text for _, text in lines if text in get_args(Phase)]
    assert phases == ["waiting", "preparing", "running", "finished"]
    debug = [text.partition(",")[0] for level, text in lines if level == "DEBUG"]
    assert [text for text in debug if text.startswith("step ")] == ["step 0", "step 1"]
    wrote = [text for _, text in lines if text.startswith("wrote what was learned")]
    assert wrote
    assert job.token[:9] not in caplog.text


def test_the_log_has_what_was_refused(manager, request_of, caplog):
    job = manager.submit(request_of(steps=1))
    until(job)
    job.steer(0, (1.0, -1.0))
    until(job, lambda: bool(job.look().message))
    (line,) = lines_of(caplog, job)
    assert line[0] == "WARNING"
    refused = line[1].removeprefix("a command was refused: must be ")
    assert refused != line[1]
    assert refused in job.look().message
    for _ in range(3):
        manager.submit(request_of(steps=LONG))
    with pytest.raises(MossError):
        manager.submit(request_of())
    assert "a run was refused: line of runs: 3 already" in caplog.messages


def test_the_log_has_the_traceback_of_what_nobody_expected(
    manager, request_of, monkeypatch, caplog
):
    def fail(self: object) -> None:
        raise RuntimeError(f"of {job.token}")

    job = running(manager, request_of(steps=LONG))
    monkeypatch.setattr("moss_core.optimization.run.Run.step", fail)
    while job.look().phase != "failed":
        time.sleep(0.01)
    id = recent_failures()[0].id
    assert job.look().message == f"Something went wrong ({id})."  # it is kept nowhere
    (record,) = (r for r in caplog.records if getattr(r, "error", ""))
    assert (record.error, record.levelname, record.message) == (id, "ERROR", "a run failed")
    assert "in fail" in record.exc_text
    assert f"RuntimeError: of {job.token[:8]}" in record.exc_text
    assert job.token[:9] not in caplog.text


def seen(content: bytes) -> np.ndarray:
    with PIL.Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("L"), float)


def test_pictures_are_of_the_channel_that_is_wanted(manager, request_of):
    job = manager.submit(request_of(steps=4))
    until(job)
    snapshot = job.look()
    assert snapshot.heard == ("left", "right", "mono mix")
    pictures = [job.picture(0, snapshot, Shown(channel)) for channel in range(3)]
    assert len(set(pictures)) == 3
    assert pictures[0] == snapshot.picture == job.picture(0, snapshot)
    made = [
        (job.thumbnail(0, snapshot, Shown(c)), job.difference(0, snapshot, Shown(c)))
        for c in range(3)
    ]
    assert len({picture for pair in made for picture in pair}) == 6
    run, waveform = job.rendered(0, snapshot)
    wanted = run.picture(run.heard(waveform, 2)).numpy() * 255
    assert np.abs(seen(pictures[2]) - wanted).mean() < 4
    assert len({job.track_picture(Shown(channel)) for channel in range(3)}) == 3
    assert len({job.target(Shown(channel)) for channel in range(3)}) == 1


def test_what_is_shown_stays_shown_while_it_learns(manager, request_of):
    job = running(manager, request_of(steps=LONG))
    job.show(Shown(1))
    until(job, lambda: job.look().shown == Shown(1))
    step = job.look().step
    until(job, lambda: job.look().step > step + 2)
    snapshot = job.look()
    run, waveform = job.rendered(snapshot.watched, snapshot)
    wanted = run.picture(run.heard(waveform, 1)).numpy() * 255
    assert np.abs(seen(snapshot.picture) - wanted).mean() < 4
    job.watch(1)
    until(job, lambda: job.look().watched == 1)
    assert job.look().shown == Shown(1)


def test_what_is_shown_can_be_chosen_before_the_first_step(manager, request_of):
    job = manager.submit(request_of(steps=2))
    job.show(Shown(2))
    until(job)
    snapshot = job.look()
    assert snapshot.shown == Shown(2)
    assert snapshot.picture != job.picture(snapshot.watched, snapshot, Shown())


def test_a_pin_is_seen_in_each_channel_as_it_was(manager, request_of):
    job = manager.submit(request_of(steps=2))
    until(job)
    snapshot = job.look()
    before = [job.picture(0, snapshot, Shown(channel)) for channel in range(3)]
    job.pin(0)
    until(job, lambda: bool(job.look().pins))
    (pin,) = job.look().pins
    job.extend(2)
    until(job, lambda: job.look().step == 4 and not job.at_work)
    assert [job.pinned(pin, Shown(channel)) for channel in range(3)] == before
    job.show(Shown(1))
    job.branch(pin)
    until(job, lambda: len(job.look().preferences) == 3)
    until(job)


def test_two_images_are_each_the_target_of_their_channel(manager, request_of):
    upside_down = io.BytesIO()
    pixels = np.linspace(255, 0, 48 * 64).reshape(48, 64).astype(np.uint8)
    PIL.Image.fromarray(pixels).save(upside_down, "PNG")
    right = Source("c.png", "C", upside_down.getvalue())
    job = manager.submit(dataclasses.replace(request_of(), right=right))
    until(job)
    assert job.look().heard == ("left", "right")
    left_target, right_target = (seen(job.target(Shown(channel))) for channel in range(2))
    assert np.corrcoef(left_target.ravel(), right_target.ravel())[0, 1] < -0.9


def test_the_width_of_a_stereo_hybrid_is_told_and_of_a_mono_one_not(manager, request_of, sine):
    job = manager.submit(request_of())
    until(job)
    assert 0 < job.width(0, job.look()) < 20
    mono = io.BytesIO()
    soundfile.write(mono, sine(), 16_000, format="WAV")
    track = Source("m.wav", "M", mono.getvalue())
    job = manager.submit(dataclasses.replace(request_of(), track=track))
    until(job)
    assert job.look().heard == ("mono",)
    assert job.width(0, job.look()) is None


def test_a_run_of_two_images_opens_again_with_both(manager, request_of, tmp_path, png):
    request = dataclasses.replace(request_of(), right=Source("c.png", "C", png))
    job = manager.submit(request, tmp_path / "run")
    until(job)
    job.close()
    opened = request_to_open(tmp_path / "run", request.plugins)
    assert opened.right
    assert opened.right.name == "c.png"
    again = JobManager().submit(opened, tmp_path / "run")
    until(again)
    assert again.look().heard == ("left", "right")
    again.close()


def test_visitors_of_a_full_server_are_told_when_there_is_room(
    manager, monkeypatch, request_of, tmp_path
):
    monkeypatch.setattr(lines, "limits", lambda: Limits(runs_in_line=3, runs_in_line_each=2))
    for number in range(2):
        manager.submit(request_of(steps=LONG), tmp_path / "one" / f"{number}")
    with pytest.raises(MossError, match=r"your runs .* at most 2.*Pause one .*free in \w+"):
        manager.submit(request_of(), tmp_path / "one" / "2")
    manager.submit(request_of(steps=LONG), tmp_path / "two" / "3")
    with pytest.raises(MossError, match=r"line of runs.*at most 3.*a place is free in \w+"):
        manager.submit(request_of(), tmp_path / "three" / "4")


def test_runs_of_two_visitors_both_learn(manager, request_of, tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "FIRST_SECONDS", 0.2)
    monkeypatch.setattr(turns, "SLICE_SECONDS", 0.2)
    one, two = (
        manager.submit(request_of(steps=LONG), tmp_path / name / "run") for name in ("one", "two")
    )
    for job in (one, two, one, two):
        step = job.look().step
        until(job, lambda job=job, step=step: job.look().step > step)
    waiting = next(job for job in (one, two) if job.look().phase == "waiting")
    assert waiting.look().step > 0
    waiting.pause()
    until(waiting)
    assert waiting.look().phase == "paused"


def test_runs_that_are_resumed_find_the_line_full(manager, request_of, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "limits", lambda: Limits(runs_in_line_each=1))
    one = manager.submit(request_of(steps=LONG), tmp_path / "own" / "1")
    until(one, lambda: one.look().phase == "running")
    two = manager.submit(request_of(steps=LONG), tmp_path / "own" / "2")
    until(two)
    assert (two.look().phase, two.look().cause.kind) == ("paused", "full")
    other = manager.submit(request_of(steps=1), tmp_path / "another" / "3")
    one.pause()
    until(other)
    assert other.look().phase == "finished"
    two.resume()
    until(two, lambda: two.look().step > 0)
