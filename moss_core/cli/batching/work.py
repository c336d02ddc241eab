"""Doing a row of a batch as `moss optimize` does it, here or on another machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from moss_core.batch import Job, Place, Standing, Stop
from moss_core.cli.batching.checking import wanted
from moss_core.cli.keeping.learn import learn
from moss_core.errors import MossError
from moss_core.machine import report, run_token, tidy_memory
from moss_core.optimization import Record, Run, check_fits
from moss_core.runs import load, save, stamp
from moss_core.words import went_wrong

_LEARNING = 0.9  # of a row's time; the rest goes to writing its files


def do_row(job: Job, stop: Stop, tell: Callable[[float], None] = lambda done: None) -> Standing:
    """Do a row, or go on with it where its folder says that it was begun.

    Whoever does it may be killed at any moment: what was learned is kept as it is learned, and the
    next one goes on from there to the same result.

    Args:
        job: the row.
        stop: says whether to end after the step at hand; what was learned is then kept.
        tell: is told how much is done, 0 to 1.

    Returns:
        How far the row is now; a failure is there in words, so that other rows go on.
    """
    place = Place.opened(job.batch)
    folder = place.run_folder(job.name)
    if stop.asked:
        return place.standing(job.number, job.name)
    try:
        if place.standing(job.number, job.name).made_of != job.made_of:
            # Of another row that was here before: it goes first, so that none is taken for it.
            shutil.rmtree(folder, ignore_errors=True)
            place.mark(job.name, job.made_of, "begun")
        with run_token(job.name):
            ended = _learn(job, place, stop, tell)
        if ended is not None:
            place.mark(job.name, job.made_of, "done", ended)
    except MossError as error:
        _fail(place, job, str(error))
    except Exception as error:  # of an objective, of torch, of the system: other rows go on
        words = went_wrong(report("a row of a batch", error), kept=bool(stamp(folder)))
        _fail(place, job, f"{words} {type(error).__name__}: {error}")
    tidy_memory()  # the next row finds as much as this one did
    return place.standing(job.number, job.name)


def _fail(place: Place, job: Job, reason: str) -> None:
    place.mark(job.name, job.made_of, "failed", reason[:2_000])


def _learn(job: Job, place: Place, stop: Stop, tell: Callable[[float], None]) -> str | None:
    """Learn and write a row's run; return what is to be told of it, None if it was stopped."""
    folder = place.run_folder(job.name)
    begin = stamp(folder) is None
    if begin:
        found, _ = wanted(job.words)
        plan = found.read()
        check_fits(plan.cost)
        run = plan.run()
    else:
        run = load(folder)
    place.mark(job.name, job.made_of, "begun")

    @contextmanager
    def showing(run: Run) -> Iterator[Callable[[Record], None]]:
        yield lambda record: tell(_LEARNING * record.step / max(1, run.planned))

    problem = learn(run, folder, stop, showing, begin=begin, settle=False)
    if problem is None and not run.finished:
        return None
    save(run, folder, True, job.subtype, lambda done: tell(_LEARNING + (1 - _LEARNING) * done))
    if problem:
        raise problem
    off = [f"objective {one.name} was switched off: {one.reason}" for one in run.failures]
    return "; ".join(off)
