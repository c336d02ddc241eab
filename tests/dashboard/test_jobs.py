"""The job manager, without Streamlit."""

import dataclasses
import io
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import soundfile

from jobs import GRACE_SECONDS, Job, JobManager, Request, share_out
from moss_core.errors import MossError
from moss_core.plugins import discover
from moss_core.run import RunConfig
from sources import Source

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@pytest.fixture
def manager() -> Iterator[JobManager]:
    manager = JobManager(max_waiting=2, max_kept=1)
    yield manager
    manager.close()


@pytest.fixture
def request_of(png: bytes, wav: bytes) -> Callable[..., Request]:
    plugins = discover()

    def make(steps: int = 3, image: bytes = png) -> Request:
        config = RunConfig(objectives=OBJECTIVES, candidates=2, steps=steps, device="cpu")
        return Request(Source("a.png", "A", image), Source("b.wav", "B", wav), config, plugins)

    return make


def wait(job: Job, ready: Callable[[], bool] | None = None) -> None:
    deadline = time.monotonic() + 60
    while not (ready() if ready else job.done):
        assert time.monotonic() < deadline, job.look()
        assert ready is None or not job.done, job.look()
        time.sleep(0.01)


def test_a_job_finishes_with_pictures_and_sounds(manager, request_of):
    job = manager.submit(request_of())
    wait(job)
    snapshot = job.look()
    assert snapshot.phase == "finished"
    assert [record.step for record in snapshot.history] == [0, 1, 2, 3]
    assert snapshot.seconds_per_step > 0
    assert job.picture(0, snapshot) != job.picture(1, snapshot)
    samples, rate = soundfile.read(io.BytesIO(job.sound(1, snapshot)))
    assert rate == 22_050
    assert samples.shape == (22_050, 2)
    assert manager.find(job.token) is job
    assert manager.find("guess") is None


def test_a_snapshot_never_changes(manager, request_of):
    job = manager.submit(request_of())
    wait(job, lambda: bool(job.look().history))
    early = job.look()
    steps, picture = len(early.history), early.picture
    wait(job)
    assert (len(early.history), early.picture) == (steps, picture)
    with pytest.raises(dataclasses.FrozenInstanceError):
        early.phase = "failed"


def test_stopping_keeps_the_result(manager, request_of):
    job = manager.submit(request_of(steps=10_000))
    wait(job, lambda: len(job.look().history) >= 2)
    job.stop()
    wait(job)
    snapshot = job.look()
    assert snapshot.phase == "stopped"
    assert 1 <= snapshot.step < 10_000
    assert np.isfinite(snapshot.history[-1].losses).all()
    assert job.sound(0, snapshot)[:4] == b"RIFF"


def test_a_job_that_raises_says_why(manager, request_of):
    job = manager.submit(request_of(image=b"no image"))
    wait(job)
    assert job.look().phase == "failed"
    assert "must be a PNG" in job.look().message
    after = manager.submit(request_of(steps=1))
    wait(after)
    assert after.look().phase == "finished"


def test_steering_takes_effect_and_watching_too(manager, request_of):
    job = manager.submit(request_of(steps=10_000))
    wait(job, lambda: len(job.look().history) >= 1)
    job.steer(0, 0.75)
    job.watch(1)
    wait(job, lambda: job.look().watched == 1)
    wait(job, lambda: job.look().history[-1].preferences[0] == (0.75, 0.25))
    job.stop()


def test_a_job_that_nobody_watches_stops_and_keeps_its_result(request_of):
    now = [0.0]
    manager = JobManager(clock=lambda: now[0])
    job = manager.submit(request_of(steps=10_000))
    wait(job, lambda: len(job.look().history) >= 1)
    now[0] = GRACE_SECONDS + 1
    wait(job)
    manager.close()
    assert "nobody was watching" in job.look().message
    assert job.look().state is not None


def test_the_queue_and_the_results_are_bounded(manager, request_of):
    first = manager.submit(request_of(steps=10_000))
    wait(first, lambda: first.look().phase != "waiting")
    waiting = [manager.submit(request_of(steps=0)) for _ in range(2)]
    assert manager.ahead(waiting[1]) == 1
    with pytest.raises(MossError, match="waiting runs"):
        manager.submit(request_of())
    first.stop()
    wait(waiting[1])
    last = manager.submit(request_of(steps=0))
    wait(last)
    assert manager.find(first.token) is None


def test_a_preference_is_shared_out_by_weight(request_of):
    request = request_of()
    objectives = request.plugins.choose(["ssim", "lpips", "multi_resolution_stft"])
    weights = (("ssim", 3.0), ("lpips", 1.0), ("multi_resolution_stft", 2.0))
    shares = share_out(objectives, RunConfig(objectives=weights), 0.8)
    assert shares == pytest.approx((0.6, 0.2, 0.2))
