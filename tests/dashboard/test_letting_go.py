"""What is left of a run that the manager has let go of: nothing."""

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_jobs import request_of, until  # noqa: F401

from background.job import Job
from background.manager import JobManager
from background.snapshots import Request, Shown


@pytest.fixture
def counting() -> Iterator[None]:
    """Without the collection of cycles, so that what is freed is freed by its references alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def used(job: Job) -> list[weakref.ref[object]]:
    """Use a run as pages do; return references to all that is large of it."""
    job.pin(0)
    until(job, lambda: bool(job.look().pins))
    snapshot = job.look()
    job.picture(1, snapshot, Shown(1))
    job.difference(1, snapshot)
    job.width(1, snapshot)
    job.pinned(snapshot.pins[0], Shown())
    with job.reading() as run:
        tensors = [*run.optimizer.learned()[0], run.state.waveform, run.model.track]
        return [weakref.ref(thing) for thing in (job, run, run.optimizer, run.model, *tensors)]


def test_a_run_that_was_let_go_of_is_freed_whole_and_by_itself(
    counting,
    tmp_path: Path,
    request_of: Callable[..., Request],  # noqa: F811
) -> None:
    manager = JobManager(max_kept=1)
    job = manager.submit(request_of(), tmp_path / "a")
    until(job)
    held, things = job.held, used(job)
    assert held > sum(thing().nbytes for thing in things[4:-1])
    del job
    until(manager.submit(request_of(), tmp_path / "b"))
    until(manager.submit(request_of(), tmp_path / "c"))
    assert manager.find("a") is None
    assert [type(thing()).__name__ for thing in things if thing()] == []
    manager.close()
