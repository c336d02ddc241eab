"""What is left of a run that the manager has let go of: nothing."""

import gc
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType

import pytest
import torch
from apps import job_of
from apps import until as until_phase
from streamlit.runtime.state.common import WidgetMetadata
from test_jobs import request_of, until  # noqa: F401

from background import manager
from background.job import Job
from background.manager import JobManager
from background.snapshots import Pin, Request, Shown, Snapshot
from components.run.view import View
from moss_core.optimization import Run


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


@pytest.mark.parametrize("still_known", [False, True])
def test_a_run_that_was_let_go_of_is_freed_whole_and_by_itself(
    still_known: bool,
    counting,
    tmp_path: Path,
    request_of: Callable[..., Request],  # noqa: F811
) -> None:
    """Streamlit knows a job for as long as a session: it keeps the callbacks of all its pages."""
    job_manager = JobManager(max_kept=1)
    job = job_manager.submit(request_of(), tmp_path / "a")
    until(job)
    held, things = job.held, used(job)
    assert held > sum(thing().nbytes for thing in things[4:-1])
    known = [job] if still_known else []
    del job
    until(job_manager.submit(request_of(), tmp_path / "b"))
    until(job_manager.submit(request_of(), tmp_path / "c"))
    assert job_manager.find("a") is None
    assert [type(thing()).__name__ for thing in things if thing() is not None] == ["Job"] * len(
        known
    )
    job_manager.close()


def test_what_nobody_looks_at_goes_by_itself(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request_of: Callable[..., Request],  # noqa: F811
) -> None:
    now = [0.0]
    job_manager = JobManager(clock=lambda: now[0])
    jobs = [job_manager.submit(request_of(), tmp_path / name) for name in "abc"]
    for job in jobs:
        until(job)
    monkeypatch.setattr(manager, "room_for_rest", lambda: 0)
    job_manager.tidy()
    assert job_manager.jobs == tuple(jobs)  # somebody looked just now
    now[0] = 60.0
    jobs[1].look()
    job_manager.tidy()
    assert job_manager.jobs == (jobs[1],)
    job_manager.close()


def test_no_callback_of_a_page_holds_what_is_large_of_a_run(start) -> None:
    app = start(steps=2, candidates=2)
    until_phase(app, "finished")
    job_of(app).pin(0)
    for page in ("studio", "front"):
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
    gc.collect()
    callbacks = [
        (thing.callback, thing.callbacks, thing.callback_args, thing.callback_kwargs)
        for thing in gc.get_objects()
        if isinstance(thing, WidgetMetadata)
    ]
    assert len(callbacks) > 20
    assert {type(thing).__name__ for thing in reached(callbacks)} >= {"Job"}
    large = (Snapshot, View, Pin, Run, torch.Tensor)
    assert [thing for thing in reached(callbacks) if isinstance(thing, large)] == []


def reached(things: object) -> Iterator[object]:
    """Yield what callbacks reach by themselves, up to a job, which lets go of what is large."""
    left, seen = [things], set()
    while left:
        thing = left.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        yield thing
        if isinstance(thing, partial):
            left += [thing.func, *thing.args, *(thing.keywords or {}).values()]
        elif isinstance(thing, FunctionType):
            left += [cell.cell_contents for cell in thing.__closure__ or ()]
            left += thing.__defaults__ or ()
        elif isinstance(thing, MethodType):
            left.append(thing.__self__)
        elif isinstance(thing, tuple | list):
            left += thing
        elif isinstance(thing, dict):
            left += thing.values()
