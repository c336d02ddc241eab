"""Learning on the command line: kept all the while, and written for people in the end."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import click

from moss_core.batch import Stop
from moss_core.cli.files.first_files import tell_first_files
from moss_core.cli.keeping.stopping import stopping
from moss_core.cli.progress import learning, progress
from moss_core.errors import MossError
from moss_core.optimization import Record, Run
from moss_core.runs import Keeper, Written, save

Showing = Callable[[Run], AbstractContextManager[Callable[[Record], None]]]
"""Shows how a run learns while it is entered; what it gives is told each step."""


def learn_and_save(run: Run, out: Path, subtype: str, *, begin: bool) -> None:
    """Learn the steps that are planned, or until something stops it, and write the folder.

    Args:
        run: to go on with.
        out: folder of the run; one that is there is replaced.
        subtype: of the WAV files.
        begin: whether the run is not in that folder yet.

    Raises:
        MossError: if the folder cannot be written, or an objective ends the run.
    """
    with stopping() as stop:
        problem = learn(run, out, stop, learning, begin=begin)
        last = run.history[-1]
        if last.step < run.planned:
            click.echo(f"Stopped at step {last.step} of {run.planned}; writing what is there.")
        for failure in run.failures:
            words = f"objective {failure.name} was switched off: {failure.reason}"
            click.echo(f"moss: {words}", err=True)
        stop.asked = True  # nothing is to be waited for any more: what was learned is there
        try:
            with progress("Writing the files") as tell:
                written = save(run, out, True, subtype, tell)
        except KeyboardInterrupt:
            again = f"`moss resume {shlex.quote(str(out))} --steps 0`"
            click.echo(f"What was learned is kept; {again} writes the files.", err=True)
            raise
    _warn(written)
    tell_first_files(run, out, written)
    if problem:
        raise problem


def learn(
    run: Run, out: Path, stop: Stop, showing: Showing, *, begin: bool, settle: bool = True
) -> MossError | None:
    """Learn the steps that are planned, and keep what is learned.

    Args:
        run: to go on with.
        out: folder of the run; one that is there is replaced.
        stop: says whether to end after the step at hand.
        showing: shows how the run learns.
        begin: whether the run is not in that folder yet.
        settle: whether what it has learned is to be shown where it is stopped (`Run.settle`); if
            not, it goes on later as if it had never been stopped.

    Returns:
        What ended it early, if it was an error.

    Raises:
        MossError: if the folder cannot be written, or nothing could be learned.
    """
    keeper, new = Keeper(out, failed=_tell_unsaved), not out.exists()
    if begin and (trouble := keeper.write(run)):
        raise trouble
    try:
        problem = _learn_until(run, keeper, stop, showing, settle)
    except MossError:
        if begin and new:  # nothing was learned, and nothing will be
            shutil.rmtree(out, ignore_errors=True)
        raise
    finally:
        keeper.wait()
    keeper.write(run)
    return problem


def _learn_until(
    run: Run, keeper: Keeper, stop: Stop, showing: Showing, settle: bool
) -> MossError | None:
    with showing(run) as show:
        try:
            for record in run.steps():
                show(record)
                keeper.note(run)
                if stop.asked:
                    break
            if settle and (stop.asked or run.halted):
                run.settle()
        except MossError as error:  # no objective of a domain is left
            if not run.history:
                raise
            return error
    return run.failures[-1].error if run.halted else None


def _tell_unsaved(error: MossError) -> None:
    click.echo(f"moss: not saved, and tried again: {error}", err=True)


def _warn(written: Sequence[Written]) -> None:
    """Tell what ears would mind of the file that has the most of it, and of how many others."""
    warned = [one for one in written if one.safety.warnings]
    if not warned:
        return
    worst = max(warned, key=lambda one: max(one.safety.high, one.safety.tone_share))
    for warning in worst.safety.warnings:
        click.echo(f"moss: {worst.sound}: {warning}", err=True)
    others = len(warned) - 1
    if others:
        files = "1 other file has" if others == 1 else f"{others} other files have"
        click.echo(f"moss: {files} some of this too: see about.txt.", err=True)
