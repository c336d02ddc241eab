"""The command `moss batch`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from moss_core.batch import (
    SUMMARY_TEXT,
    Place,
    Row,
    Stop,
    on_cluster,
    one_by_one,
    own_cluster,
    read_rows,
    share_out,
    words_of,
    write_summary,
)
from moss_core.cli.batching.checking import Checked, Checker, columns
from moss_core.cli.batching.work import do_row
from moss_core.cli.keeping.stopping import stopping
from moss_core.cli.listing import columns as in_columns
from moss_core.cli.progress import telling, waiting
from moss_core.errors import MossError
from moss_core.words import bytes_text, count_text

_SHARD = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
_MOST_TOLD = 20


def _shard(
    context: click.Context, parameter: click.Parameter, told: str | None
) -> tuple[int, int] | None:
    found = _SHARD.fullmatch(told or "")
    if told is None or not found:
        if told is not None:
            raise click.BadParameter(f"{told!r} is none: write 1/8 for the first of eight.")
        return None
    number, count = map(int, found.groups())
    if number > count:
        raise click.BadParameter(f"there is no shard {number} of {count}.")
    return number, count


@click.command()
@click.argument("table", metavar="JOBS.csv", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--dry-run", is_flag=True, help="Check all rows, and list what would run.")
@click.option(
    "--shard",
    metavar="I/N",
    callback=_shard,
    help="Do every Nth row, from the Ith on: one call for each job of a job array.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Do the rows on a Dask cluster.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Do so many rows at once on this machine, each in a process of its own (by Dask).",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Do rows again whose options or files have changed since they were done.",
)
def batch(
    table: Path,
    out: Path,
    dry_run: bool,
    shard: tuple[int, int] | None,
    scheduler: str | None,
    workers: int | None,
    overwrite: bool,
) -> None:
    """Do many runs: one for each row of JOBS.csv, in folders of their own.

    The columns are `image`, `track`, `name` (of the row's folder) and any option of `moss optimize`
    without its dashes: start, duration, candidates, log_mel.bands ... An empty cell is the option's
    default, a switch is yes or no, several values of one option stand between semicolons, and
    paths begin at the folder of JOBS.csv. All rows are checked before the first one runs.

    The same command goes on where it was interrupted: rows that are done are skipped, others are
    resumed or tried again. What fails is named, and the rest completed; the status is then 1. In
    the end the folder has summary.csv, summary.md, contact.html and contact.png. In the Library of
    the dashboard a batch is one entry, if its folder lies among the runs there.

    On a cluster all machines must see the same folders: `--scheduler tcp://HOST:8786`, of workers
    that any of Dask's tools has started (`dask worker`, dask-jobqueue for Slurm, dask-kubernetes),
    one thread each. A row whose worker is lost goes on on another one. It takes of a worker's
    resource MEMORY, in bytes, where all have one (`dask worker --resources MEMORY=16e9`).
    """
    if scheduler and workers:
        raise MossError("--workers", "must be left out with --scheduler", workers, "Leave one out.")
    rows = read_rows(table, columns())
    with waiting("Checking"):
        checked = _check(rows, Checker(table, out))
    mine = {row.number for row in share_out(rows, shard or (1, 1))}
    own = [one for one in checked if one.row.number in mine]
    if dry_run:
        _tell_what_would_run(own)
        return
    place = Place.begun(out, table.stem, rows)
    todo = _to_do(place, own, overwrite)
    if skipped := len(own) - len(todo):
        click.echo(f"{count_text(skipped, 'row')} done before.")
    try:
        with stopping() as stop:
            _do(todo, place, scheduler, workers, stop)
            stopped = stop.asked
    finally:
        write_summary(place)
    sys.exit(_tell(place, own, stopped))


def _check(rows: Sequence[Row], checker: Checker) -> list[Checked]:
    """Return all rows as they are to be done; end the program where one cannot be."""
    checked, errors = [], []
    for row in rows:
        try:
            checked.append(checker.check(row))
        except MossError as error:
            errors.append(error)
    for told_of in errors[:_MOST_TOLD]:
        click.echo(f"moss: {told_of}", err=True)
    if errors:
        more = len(errors) - _MOST_TOLD
        told = f" ({more} more are not told)" if more > 0 else ""
        click.echo(
            f"{count_text(len(errors), 'row')} cannot be done{told}; none was run.", err=True
        )
        sys.exit(2)
    return checked


def _tell_what_would_run(checked: Sequence[Checked]) -> None:
    head = ("ROW", "NAME", "IMAGE", "TRACK", "PAINTED", "CANDIDATES", "STEPS", "MEMORY")
    lines: list[tuple[str, ...]] = [("", *head)]
    for one in checked:
        plan, cost = one.plan, one.plan.cost
        cells = (one.row.number, one.row.name, plan.image.name, plan.track.name)
        numbers = (f"{cost.seconds:.1f} s", plan.config.candidates, plan.planned)
        lines.append(("", *map(str, (*cells, *numbers)), bytes_text(cost.least)))
    click.echo(in_columns(lines))
    work = sum(one.job.work for one in checked)
    click.echo(
        f"{count_text(len(checked), 'row')} would run: {work:,.0f} painted seconds x candidates x "
        "steps in all. Nothing was written."
    )


def _to_do(place: Place, checked: Sequence[Checked], overwrite: bool) -> list[Checked]:
    """Return the rows that are not done.

    Raises:
        MossError: for a row whose folder holds something else.
    """
    todo = []
    for one in checked:
        standing = place.standing(one.row.number, one.row.name)
        folder = place.run_folder(one.row.name)
        if standing.made_of != one.job.made_of and folder.exists() and not overwrite:
            raise MossError(
                f"row {one.row.number}",
                f"must be as it was when the folder {one.row.name} was made",
                "other options or files" if standing.made_of else "a folder that no row has made",
                "Give it another name, or do it again with --overwrite.",
            )
        done = standing.made_of == one.job.made_of and standing.state == "done"
        if not (done and place.manifest(one.row.name)):
            todo.append(one)
    return todo


def _do(
    todo: Sequence[Checked], place: Place, scheduler: str | None, workers: int | None, stop: Stop
) -> None:
    jobs = [one.job for one in todo]
    if not jobs:
        return
    with telling(f"Batch of {count_text(len(jobs), 'row')}") as tell:
        if not (scheduler or workers):
            one_by_one(jobs, do_row, stop, tell)
            return
        with _address(scheduler, min(workers or 1, len(jobs))) as address:
            on_cluster(jobs, do_row, place, address, stop, tell)


@contextmanager
def _address(scheduler: str | None, workers: int) -> Iterator[str]:
    if scheduler:
        yield scheduler
        return
    with own_cluster(workers) as address:
        yield address


def _tell(place: Place, own: Sequence[Checked], stopped: bool) -> int:
    """Say how far the rows are; return the program's exit status."""
    standings = [place.standing(one.row.number, one.row.name) for one in own]
    for one in standings:
        if one.state == "failed":
            click.echo(f"moss: row {one.number}, {one.name}: {one.reason}", err=True)
    click.echo(f"{words_of(standings)}. {place.folder / SUMMARY_TEXT} is the table of all.")
    if stopped:
        click.echo("Stopped; what was learned is kept, and the same command goes on.", err=True)
    return int(any(one.state != "done" for one in standings))
