"""The rows of a batch: read from a table, named, and shared out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moss_core.errors import MossError
from moss_core.reading import clean, read_file

MOST_BYTES, MOST_ROWS = 10_000_000, 10_000
NAME, IMAGE, TRACK = "name", "image", "track"
_WORD, _MOST_NAME = re.compile(r"\w+"), 80
_SAMPLE = "sample"


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Args:
        number: as spreadsheets count it: the first below the head is 2.
        name: of its folder: words with hyphens, no two alike, whatever the system makes of case.
        cells: what is not empty, by column.
    """

    number: int
    name: str
    cells: dict[str, str]


def read_rows(path: Path, columns: Sequence[str]) -> tuple[Row, ...]:
    """Read a table of jobs: a CSV with commas or semicolons whose first row names the columns.

    Args:
        path: of the file.
        columns: that there may be beside `name`; a hyphen or a space in one stands for "_".

    Raises:
        MossError: for what is no such table, a column that is not known or there twice, a row with
            more cells than there are columns, a name that is there twice or cannot be one.
    """
    thing = clean(path.name)
    content = read_file(path, MOST_BYTES, thing, "Name the table of jobs.", links=True)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "Save it as CSV in UTF-8."
        raise MossError(thing, "must be text", "other bytes", remedy) from error
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise MossError(thing, "must be a CSV", clean(str(error)), "Save it as CSV.") from error
    head = _head(lines[0] if lines else [], columns, thing)
    found = [(n, line) for n, line in enumerate(lines[1:], 2) if any(map(str.strip, line))]
    if not 1 <= len(found) <= MOST_ROWS:
        rule = f"must have 1 to {MOST_ROWS:,} rows below its head"
        raise MossError(thing, rule, f"{len(found):,}", "Write a row for each run.")
    cells = [(number, _cells(head, line, number)) for number, line in found]
    return _named(cells)


def share_out(rows: Sequence[Row], shard: tuple[int, int]) -> tuple[Row, ...]:
    """Return the rows of one of several jobs that share a table: every so many, from its own on.

    Args:
        rows: all of them.
        shard: number of the job, from 1, and how many there are.
    """
    number, count = shard
    return tuple(rows[number - 1 :: count])


def _head(line: Sequence[str], columns: Sequence[str], thing: str) -> list[str]:
    head = [column.strip().replace("-", "_").replace(" ", "_") for column in line]
    while head and not head[-1]:
        head.pop()
    known = {NAME, *columns}
    for number, column in enumerate(head, 1):
        if column not in known:
            raise MossError(
                f"{thing}, column {number}",
                "must be `name`, `image`, `track` or an option of `moss optimize`",
                repr(clean(column, 80)),
                f"{_near(column, known)} `moss optimize --help` lists them.",
            )
        if column in head[: number - 1]:
            raise MossError(
                f"{thing}, column {number}", "must be there once", repr(column), "Leave one out."
            )
    if not {IMAGE, TRACK} <= set(head) and _SAMPLE not in head:
        raise MossError(
            thing, "must have the columns image and track", ", ".join(head) or "none", "Add them."
        )
    return head


def _near(column: str, known: set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(column, sorted(known), 1)
    return f"Perhaps {near[0]}?" if near else "Check the spelling."


def _cells(head: Sequence[str], line: Sequence[str], number: int) -> dict[str, str]:
    more = [cell for cell in line[len(head) :] if cell.strip()]
    if more:
        raise MossError(
            f"row {number}",
            f"must have at most {len(head)} cells, as many as there are columns",
            repr(clean(more[0], 80)),
            'Put cells that hold a comma into quotes: "lpips,ssim".',
        )
    return {column: cell.strip() for column, cell in zip(head, line, strict=False) if cell.strip()}


def _named(rows: Sequence[tuple[int, dict[str, str]]]) -> tuple[Row, ...]:
    """Name the rows: those first that have a name of their own."""
    taken: dict[str, int] = {}
    names: dict[int, str] = {}
    for number, cells in rows:
        if NAME in cells:
            name = _as_name(cells[NAME])
            if not name or len(cells[NAME]) > _MOST_NAME:
                rule = f"must have letters or digits, and at most {_MOST_NAME} characters"
                found = repr(clean(cells[NAME], 80))
                raise MossError(f"row {number}, column name", rule, found, "Choose another name.")
            if name.casefold() in taken:
                raise MossError(
                    f"row {number}, column name",
                    "must be another one in each row",
                    f"{name}, as in row {taken[name.casefold()]}",
                    "Choose another name.",
                )
            taken[name.casefold()], names[number] = number, name
    for number, cells in rows:
        if number not in names:
            stems = (Path(cells.get(kind, _SAMPLE)).stem for kind in (IMAGE, TRACK))
            base = name = _as_name(" ".join(dict.fromkeys(stems)))[:_MOST_NAME] or "row"
            count = 1
            while name.casefold() in taken:
                count += 1
                name = f"{base}-{count}"
            taken[name.casefold()], names[number] = number, name
    return tuple(
        Row(number, names[number], {c: cell for c, cell in cells.items() if c != NAME})
        for number, cells in rows
    )


def _as_name(text: str) -> str:
    """Return a text as the name of a folder on any system: words with hyphens."""
    name = "-".join(_WORD.findall(text)).strip("_") or ""
    return f"{name}-run" if name.casefold() in _RESERVED else name


_RESERVED = {
    *("con", "prn", "aux", "nul"),
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
}
