"""What a job keeps on the disk, and how it goes on from there."""

import shutil
import threading
import time
from contextlib import contextmanager

import pytest
import torch

from background.cause import Cause
from background.commands import GROWN, MORE_STEPS
from background.job import Job
from background.manager import JobManager
from background.replay import REPLAY
from background.snapshots import Request, request_to_open
from moss_core import Run, load
from moss_core.objectives.discovery import discover
from moss_core.optimization.config import RunConfig
from moss_core.runs.keeping.draft import Draft
from moss_core.runs.library import Library
from moss_core.runs.manifest import read_manifest
from moss_core.runs.saving import save_progress
from sources.source import Source

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@pytest.fixture
def manager():
    manager = JobManager()
    yield manager
    manager.close()


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "runs")


@pytest.fixture
def start(manager, library, png, wav):
    def make(steps: int = 2, candidates: int = 2) -> Job:
        config = RunConfig(objectives=OBJECTIVES, candidates=candidates, steps=steps, device="cpu")
        sources = Source("a.png", "A", png), Source("b.wav", "B", wav)
        return manager.submit(Request(*sources, config, discover(), "A on B"), library.new())

    return make


def until(job: Job, ready=None) -> None:
    deadline = time.monotonic() + 60
    while not (ready() if ready else not job.at_work):
        assert time.monotonic() < deadline, job.look()
        time.sleep(0.01)


def rests(job: Job) -> None:
    """Wait until the job rests and all it did is on the disk."""
    until(job)
    until(job, lambda: job.look().saved == job.look().step)


def reopened(manager: JobManager, job: Job) -> Job:
    """Open a job's folder in another manager's place, as after a restart of the server."""
    manager._jobs.pop(job.token)
    job.close()
    request = request_to_open(job.folder, discover())
    again = manager.submit(request, job.folder)
    assert again is not job
    until(again, lambda: again.look().phase in ("finished", "paused", "failed"))
    return again


def test_what_was_learned_is_on_the_disk_before_the_page_says_so(start):
    job = start(steps=10_000)
    until(job, lambda: job.look().saved is not None)
    told = job.look().saved
    assert len(load(job.folder).history) > told
    job.stop()
    rests(job)
    assert load(job.folder).history == job.look().history


def test_a_run_is_on_the_disk_before_its_first_step(start, monkeypatch):
    step, going = Run.step, threading.Event()

    def waits(run: Run) -> object:
        assert going.wait(60)
        return step(run)

    monkeypatch.setattr(Run, "step", waits)
    job = start(steps=3)
    until(job, lambda: job.look().phase == "running")
    manifest = read_manifest(job.folder)
    assert (manifest.steps, manifest.planned, manifest.candidates) == (0, 3, ())
    going.set()
    rests(job)
    assert read_manifest(job.folder).steps == 3


def test_a_run_that_was_killed_before_its_first_step_opens_at_step_0(manager, start, tmp_path):
    job = start(steps=3)
    rests(job)
    run = load(job.folder)
    fresh = Run(run.image, run.track, run.config)
    folder = job.folder.with_name("c" * 32)
    save_progress(fresh, folder)
    again = manager.submit(request_to_open(folder, discover()), folder)
    until(again, lambda: again.look().phase in ("paused", "failed"))
    assert (again.look().step, again.look().saved, again.look().planned) == (0, 0, 3)
    again.resume()
    rests(again)
    for one, other in zip(again.look().history, job.look().history, strict=True):
        for losses, wanted in zip(one.losses, other.losses, strict=True):
            assert losses == pytest.approx(wanted, rel=1e-4)


def test_pictures_of_past_steps_are_there_after_a_restart(manager, start):
    job = start(steps=4)
    rests(job)
    until(job, (job.folder / REPLAY).exists)
    before = job.look()
    snapshot = (again := reopened(manager, job)).look()
    assert snapshot.recorded == before.recorded
    assert all(
        again.picture_at(step, candidate) == job.picture_at(step, candidate)
        for step in before.recorded
        for candidate in (0, 1)
    )
    again.extend(2)
    rests(again)
    assert again.look().recorded == (*before.recorded, 5, 6)


def test_why_it_rests_is_known_after_a_restart_too(manager, start):
    job = start(steps=10_000)
    until(job, lambda: job.look().step >= 1)
    job.pause(Cause("paused", "a tab"))
    rests(job)
    assert job.look().cause == Cause("paused", "a tab")
    assert reopened(manager, job).look().cause == Cause("unfinished")


def test_a_run_is_opened_after_a_restart_and_goes_on(manager, start):
    job = start(steps=3)
    rests(job)
    before = job.look()
    again = reopened(manager, job)
    snapshot = again.look()
    assert again.token == job.token
    assert again.title == "A on B"
    assert (snapshot.phase, snapshot.step, snapshot.saved) == ("finished", 3, 3)
    assert snapshot.history == before.history
    assert snapshot.front.hypervolume == pytest.approx(before.front.hypervolume)
    assert again.picture(0, snapshot) == job.picture(0, before)
    again.steer(0, (0.5, 0.5))
    until(again, lambda: again.look().step > 3)
    until(again)
    assert again.look().step == 3 + MORE_STEPS
    rests(again)
    assert len(load(again.folder).history) == 4 + MORE_STEPS


def test_a_run_that_was_stopped_early_opens_paused(manager, start):
    job = start(steps=10_000)
    until(job, lambda: job.look().step >= 1)
    job.pause()
    rests(job)
    again = reopened(manager, job)
    assert again.look().phase == "paused"
    again.resume()
    until(again, lambda: again.look().step > job.look().step)


def test_a_run_that_is_open_is_not_opened_twice(manager, start):
    job = start()
    rests(job)
    request = request_to_open(job.folder, discover())
    assert manager.submit(request, job.folder) is job


def test_a_run_that_cannot_be_opened_says_why_and_can_be_tried_again(manager, start):
    job = start()
    rests(job)
    masks = job.folder / "masks.safetensors"
    content = masks.read_bytes()
    masks.unlink()
    broken = reopened(manager, job)
    assert broken.look().phase == "failed"
    assert "masks.safetensors: must be there" in broken.look().message
    masks.write_bytes(content)
    request = request_to_open(job.folder, discover())
    again = manager.submit(request, job.folder)
    until(again, lambda: again.look().phase == "finished")


def test_a_filled_gap_learns_alone_and_is_kept(start):
    job = start()
    rests(job)
    before = job.look().state
    job.fill(0, 1)
    until(job, lambda: len(job.look().candidates) == 3)
    rests(job)
    after = job.look()
    assert after.step == 2 + 3  # as many as the others had taken, the crossfade counted
    assert torch.equal(after.state.mask[:2], before.mask)
    assert after.rendered_at(0) <= 2 < after.rendered_at(2)
    assert [c.index for c in after.candidates] == [0, 2, 1]
    assert len(load(job.folder).candidates()) == 3
    job.extend(1)
    rests(job)
    assert not torch.equal(job.look().state.mask[0], before.mask[0])


def test_a_single_candidate_grows_a_front(start):
    job = start(candidates=1)
    rests(job)
    job.grow(0)
    until(job, lambda: len(job.look().candidates) == 1 + len(GROWN))
    rests(job)
    shares = sorted(c.preference[0] for c in job.look().candidates)
    assert shares == pytest.approx(sorted((0.5, *GROWN)))


def test_a_deleted_run_is_not_written_again_until_it_is_put_back(library, start):
    job = start()
    rests(job)
    job.delete()
    library.delete(job.token)
    job.extend(2)
    until(job, lambda: job.look().step == 4)
    until(job)
    assert job.look().deleted
    assert not job.folder.exists()
    library.undelete(job.token)
    job.undelete()
    until(job, lambda: job.look().saved == 4)
    assert not job.look().deleted
    assert len(load(job.folder).history) == 5


def test_a_run_that_another_server_deleted_does_not_come_back_until_it_is_put_back(library, start):
    job = start()
    rests(job)
    Library(library.folder).delete(job.token)  # the job is told nothing
    job.extend(2)
    until(job, lambda: job.look().step == 4)
    until(job)
    assert job.look().deleted
    assert not job.folder.exists()
    library.undelete(job.token)
    job.extend(1)
    until(job, lambda: job.look().saved == 5)
    assert not job.look().deleted
    assert len(load(job.folder).history) == 6


def test_deleting_pauses_a_run_at_work(library, start):
    job = start(steps=10_000)
    until(job, lambda: job.look().saved is not None)
    job.delete()
    library.delete(job.token)
    until(job)
    assert (job.look().phase, job.look().cause) == ("paused", Cause("deleted"))
    assert not job.folder.exists()


def test_a_folder_that_somebody_removed_is_written_whole_again(start):
    job = start()
    rests(job)
    shutil.rmtree(job.folder)
    job.extend(1)
    until(job, lambda: job.look().saved == 3)
    assert len(load(job.folder).history) == 4


@contextmanager
def full_disk(monkeypatch):
    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("moss_core.runs.keeping.disk.os.fsync", disk_full)
        yield


def test_a_full_disk_is_said_and_nothing_is_lost(start, monkeypatch):
    job = start()
    rests(job)
    with full_disk(monkeypatch):
        job.extend(1)
        until(job, lambda: "No space left on device" in job.look().save_error)
        assert job.look().saved == 2
        until(job)
        assert job.failing_seconds > 0
        assert not job.safe
    assert job.look().step == 3
    assert len(load(job.folder).history) == 3
    job.extend(1)
    until(job, lambda: job.look().saved == 4)
    assert job.look().save_error == ""
    assert job.failing_seconds == 0


def test_a_run_at_rest_is_saved_as_soon_as_there_is_room(start, monkeypatch):
    monkeypatch.setattr("background.worker.RETRY_SECONDS", 0.05)
    job = start()
    rests(job)
    with full_disk(monkeypatch):
        job.extend(1)
        until(job, lambda: bool(job.look().save_error))
        until(job)
    until(job, lambda: job.safe)
    assert job.look().saved == 3
    assert len(load(job.folder).history) == 4


def test_nothing_is_safe_while_it_is_being_written(start, monkeypatch):
    job = start(steps=10_000)
    until(job, lambda: job.look().step >= 1)
    job.pause()
    rests(job)
    safe: list[bool] = []
    with monkeypatch.context() as patched:
        commit = Draft.commit

        def note(draft: Draft) -> None:
            safe.append(job.safe)
            commit(draft)

        patched.setattr(Draft, "commit", note)
        job.steer(0, (0.9, 0.1))
        until(job, lambda: bool(safe))
        until(job)
    assert safe == [False]


def test_a_steer_just_before_the_end_is_kept(start, monkeypatch):
    job = start(steps=10_000)
    until(job, lambda: job.look().step >= 1)
    job.pause()
    rests(job)
    steered, closing = threading.Event(), threading.Event()
    steer = Run.steer

    def slow(*inputs: object) -> None:
        steered.set()
        assert closing.wait(30)
        steer(*inputs)

    monkeypatch.setattr(Run, "steer", slow)
    job.steer(0, (0.9, 0.1))
    assert steered.wait(30)
    ending = threading.Thread(target=job.close)
    ending.start()
    until(job, lambda: job.asked == "stop")
    time.sleep(0.1)
    closing.set()
    ending.join(30)
    kept = load(job.folder).optimizer.preferences[0]
    assert torch.allclose(kept, torch.tensor([0.9, 0.1]))


def test_a_steer_at_rest_is_kept_too(start):
    job = start(steps=10_000)
    until(job, lambda: job.look().step >= 1)
    job.pause()
    rests(job)
    job.steer(0, (0.9, 0.1))
    until(job, lambda: bool(job.look().undoable))
    wanted = torch.tensor([0.9, 0.1])
    until(job, lambda: torch.allclose(load(job.folder).optimizer.preferences[0], wanted))


def test_a_renamed_run_keeps_its_new_title(library, start):
    job = start()
    rests(job)
    job.rename("Mine", lambda: library.rename(job.token, "Mine"))
    job.extend(1)
    until(job, lambda: job.look().saved == 3)
    assert library.find(job.token).title == "Mine"


def test_what_another_program_wrote_is_not_overwritten(start):
    job = start()
    rests(job)
    other = load(job.folder)
    other.extend(3)
    for _ in other.steps():
        pass
    save_progress(other, job.folder)
    job.extend(1)
    until(job, lambda: "changes that another program made" in job.look().save_error)
    assert len(load(job.folder).history) == 6
    assert not job.safe


def test_a_gap_that_is_half_filled_goes_on_alone_after_a_restart(manager, start):
    job = start(steps=40)
    rests(job)
    before = job.look().state
    job.fill(0, 1)
    until(job, lambda: job.look().step > 41)
    job.pause()
    rests(job)
    again = reopened(manager, job)
    assert again.look().phase == "paused"
    again.resume()
    until(again, lambda: again.look().step > job.look().step)
    until(again)
    assert torch.equal(again.look().state.mask[:2], before.mask)


def test_what_a_failed_run_had_learned_is_kept(start, monkeypatch):
    job = start(steps=10_000)
    until(job, lambda: job.look().step >= 3)

    def broken(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("moss_core.optimization.run.Optimizer.step", broken)
    until(job, lambda: job.look().phase == "failed")
    assert job.look().saved == job.look().step
    assert load(job.folder).history == job.look().history
    assert job.safe


def test_deleting_twice_does_not_bring_a_run_back(library, start):
    job = start()
    rests(job)
    job.delete()
    library.delete(job.token)
    job.delete()
    job.extend(1)
    until(job, lambda: job.look().step == 3)
    until(job)
    assert not job.folder.exists()
