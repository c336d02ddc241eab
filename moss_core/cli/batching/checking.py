"""The rows of a table as `moss optimize` understands them, checked before anything runs."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import click
import torch

from moss_core.batch import IMAGE, TRACK, Job, Row
from moss_core.cli.learning import subtype_option
from moss_core.cli.options.parameters import WithParameters
from moss_core.cli.options.planning import Plan, Wanted, plans_run
from moss_core.errors import MossError
from moss_core.reading import clean
from moss_core.synthesis import Image, Track, check_subtype, load_image, load_track

_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
_OTHER_IMAGE = re.compile(r"(^|,)(\s*image\s*=\s*)([^,]+)")
_KINDS = {"integer": "a whole number", "float": "a number"}
_MOST_FOUND = 80


@click.command("row", cls=WithParameters, add_help_option=False)
@plans_run
@subtype_option
def _row(wanted: Wanted, subtype: str) -> tuple[Wanted, str]:
    """What a row says."""
    check_subtype(subtype)
    return wanted, subtype


@dataclass(frozen=True)
class Checked:
    """A row that can be done.

    Args:
        row: of the table.
        job: what is to be done.
        plan: of its run; image and track are without what is in them.
    """

    row: Row
    job: Job
    plan: Plan


def columns() -> tuple[str, ...]:
    """Return the columns that a table may have."""
    return tuple(_parameters())


def wanted(words: Sequence[str]) -> tuple[Wanted, str]:
    """Return what words of a command line say, and the subtype of the WAV files.

    Raises:
        MossError: for a value that cannot be used.
        click.UsageError: for one that is none of its kind.
    """
    context = _row.make_context("row", list(words), parent=_around())
    with context:
        found: tuple[Wanted, str] = _row.invoke(context)
    return found


class Checker:
    """Checks rows; a file that many of them name is read once.

    Args:
        table: where the rows stand; paths in them are relative to its folder.
        batch: folder of the batch.
    """

    def __init__(self, table: Path, batch: Path) -> None:
        self._base, self._batch = table.absolute().parent, batch.absolute()
        self._image, self._track = cache(_image_without), cache(_track_without)

    def check(self, row: Row) -> Checked:
        """Return a row as it is to be done.

        Raises:
            MossError: for a value that cannot be used; it names row and column.
        """
        try:
            return self._checked(row)
        except MossError as error:
            column = self._column(row)
            thing = f"row {row.number}, {column}" if column else f"row {row.number}"
            if column != f"column {error.thing}":
                thing = f"{thing}: {error.thing.replace(f'{self._base}{os.sep}', '')}"
            raise MossError(thing, error.rule, error.found, error.remedy) from error

    def _checked(self, row: Row) -> Checked:
        words = _words(row.cells, self._base)
        try:
            found, subtype = wanted(words)
        except click.UsageError as error:
            raise _as_moss_error(error, row) from error
        plan = found.read(self._image, self._track)
        cost = plan.cost
        made_of = _made_of(row, plan)
        job = Job(
            row.number,
            row.name,
            self._batch,
            words,
            subtype,
            made_of,
            cost.least,
            cost.work,
        )
        return Checked(row, job, plan)

    def _column(self, row: Row) -> str:
        """Return which columns are at fault: those without one of which the row would do."""
        faulty = [column for column in row.cells if self._does_without(row, column)]
        if not faulty:
            return ""
        return f"column{'s' * (len(faulty) > 1)} {', '.join(faulty)}"

    def _does_without(self, row: Row, column: str) -> bool:
        cells = {name: cell for name, cell in row.cells.items() if name != column}
        try:
            self._checked(replace(row, cells=cells))
        except MossError:
            return False
        return True


def _words(cells: Mapping[str, str], base: Path) -> tuple[str, ...]:
    """Return a row's cells as words of a command line, with absolute paths."""
    files = [column for column in (IMAGE, TRACK) if column in cells]
    if len(files) == 1:
        missing = TRACK if files == [IMAGE] else IMAGE
        raise MossError(missing, "must be named", "an empty cell", "Write the file's path there.")
    options = [
        word
        for column, cell in cells.items()
        if column not in files
        for word in _option(_parameters()[column], column, cell, base)
    ]
    return (*options, "--", *(str(base / cells[column]) for column in files))


def _option(parameter: click.Parameter, column: str, cell: str, base: Path) -> list[str]:
    name = parameter.opts[0]
    if isinstance(parameter, click.Option) and parameter.is_flag:
        if cell.casefold() not in (*_YES, *_NO):
            found = repr(clean(cell, _MOST_FOUND))
            raise MossError(column, "must be yes or no", found, "Leave it empty for the default.")
        on = cell.casefold() in _YES
        return [name] if on else list(parameter.secondary_opts[:1])
    cells = [part.strip() for part in cell.split(";")] if parameter.multiple else [cell]
    return [f"{name}={_with_paths(parameter, part, base)}" for part in cells if part]


def _with_paths(parameter: click.Parameter, cell: str, base: Path) -> str:
    if isinstance(parameter.type, click.Path):
        return str(base / cell)
    if parameter.name == "preset" and (base / cell).is_file():
        return str(base / cell)
    if parameter.name == "also":
        return _OTHER_IMAGE.sub(lambda m: f"{m[1]}{m[2]}{base / m[3].strip()}", cell)
    return cell


def _as_moss_error(error: click.UsageError, row: Row) -> MossError:
    """Return what click says of a value as MOSS says it."""
    parameter = getattr(error, "param", None)
    names = {id(told): column for column, told in _parameters().items()}
    column = names.get(id(parameter)) or next(
        (c for c, told in _parameters().items() if parameter and told.opts == parameter.opts), ""
    )
    kind = parameter.type if parameter else None
    rule = "must be a value that `moss optimize` takes"
    if isinstance(kind, click.Choice):
        rule = f"must be one of {', '.join(map(str, kind.choices))}"
    elif kind is not None and kind.name in _KINDS:
        rule = f"must be {_KINDS[kind.name]}"
    elif column:
        rule = f"must be as `moss optimize` takes it ({error.message})"
    found = repr(clean(row.cells.get(column, error.message), _MOST_FOUND))
    return MossError(column or "options", rule, found, "Correct the cell.")


@cache
def _alone() -> click.Context:
    return click.Context(_row)


def _around() -> click.Context:
    """Return the command at work, which knows what is installed; elsewhere one for all rows."""
    return click.get_current_context(silent=True) or _alone()


def _parameters() -> dict[str, click.Parameter]:
    found = {}
    for parameter in _row.get_params(_around()):
        name = parameter.opts[0].removeprefix("--").replace("-", "_")
        found[name] = parameter
    return found


def _image_without(path: Path) -> Image:
    """Return an image of which only the shape is known, and whose it is."""
    image = load_image(path)
    return replace(image, pixels=torch.zeros(1, 1).expand(image.pixels.shape), content=b"")


def _track_without(path: Path) -> Track:
    """Return a track of which only the length is known, its channels, and whose it is."""
    track = load_track(path)
    return replace(track, samples=torch.zeros(1, 1).expand(track.samples.shape), content=b"")


def _made_of(row: Row, plan: Plan) -> str:
    """Return a hash of all that decides what a row's run is."""
    files = {kind: one.sha256 for kind, one in plan.inputs.items()}
    elsewhere = {"like", "preset"} & set(row.cells)
    told = [row.cells, files, plan.config.as_dict() if elsewhere else None]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
