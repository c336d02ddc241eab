"""The folder of a batch: which rows it has, and how far each is.

`batch.json` says which rows there are, and is what makes a folder a batch. A row's run lies in a
folder of its name; what is known of the row beside its run lies in `.rows`, a small file each, so
that several programs on several machines can write at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from moss_core.batch.rows import MOST_ROWS, Row
from moss_core.errors import MossError
from moss_core.reading import Count, Record, Sha256, Text, clean, parse_json, read_file
from moss_core.runs import Entry, Library, Manifest, check_folder, put_file, read_manifest

FILE, _MARKS, _VERSION = "batch.json", ".rows", 1
_MOST_BYTES, _MOST_MARK = 4_000_000, 100_000
_REMEDY = "Start the batch again, with the same table and folder."
_Name = Annotated[str, Meta(pattern=r"\A\w[\w-]{0,99}\Z")]
_SETTLED_NS, _MOST_SEEN = 1_000_000_000, 64
State = Literal["waiting", "begun", "done", "failed"]


class _WrittenRow(Record):
    number: Count
    name: _Name


class _WrittenBatch(Record):
    moss_batch: Literal[1]
    title: Text
    created: Text
    rows: Annotated[tuple[_WrittenRow, ...], Meta(min_length=1, max_length=MOST_ROWS)]


class _Mark(Record):
    made_of: Sha256
    state: Literal["begun", "done", "failed"]
    reason: Text = ""


@dataclass(frozen=True)
class Standing:
    """How far a row is.

    Args:
        number: of the row, as spreadsheets count.
        name: of its folder.
        state: "waiting" was not begun; "begun" is at work, or was interrupted.
        reason: why it failed; "" where it did not.
        made_of: hash of what its run is made of; "" where it was not begun.
    """

    number: int
    name: str
    state: State
    reason: str = ""
    made_of: str = ""


class Place:
    """The folder of a batch.

    Args:
        folder: of it.
        title: what people call it.
        created: when it was first begun, ISO 8601, UTC.
        rows: numbers and names of its rows.
    """

    def __init__(
        self, folder: Path, title: str, created: str, rows: Sequence[tuple[int, str]]
    ) -> None:
        self.folder, self.title, self.created, self.rows = folder, title, created, tuple(rows)

    @classmethod
    def opened(cls, folder: Path) -> Place:
        """Return the batch in a folder.

        Raises:
            MossError: if there is none, or it cannot be read.
        """
        thing = f"batch {clean(folder.name)}"
        content = read_file(folder / FILE, _MOST_BYTES, thing, _REMEDY)
        told = parse_json(content, _WrittenBatch, thing, _REMEDY)
        rows = [(row.number, row.name) for row in told.rows]
        return cls(folder, clean(told.title), clean(told.created), rows)

    @classmethod
    def begun(cls, folder: Path, title: str, rows: Sequence[Row]) -> Place:
        """Begin a batch in a folder, or go on with the one that is there.

        Raises:
            MossError: if the folder cannot be written, or holds a run.
        """
        check_folder(folder)
        numbered = [(row.number, row.name) for row in rows]
        created = datetime.now(UTC).isoformat(timespec="seconds")
        if (folder / FILE).exists():
            before = cls.opened(folder)
            created = before.created
            if before.rows == tuple(numbered):
                return before
        told = {
            "moss_batch": _VERSION,
            "title": title,
            "created": created,
            "rows": [{"number": number, "name": name} for number, name in numbered],
        }
        try:
            (folder / _MARKS).mkdir(parents=True, exist_ok=True)
            put_file(folder / FILE, json.dumps(told, indent=1) + "\n", folder)
        except OSError as error:
            raise unwritable(folder, error) from error
        return cls(folder, title, created, numbered)

    def run_folder(self, name: str) -> Path:
        """Return where the run of a row lies."""
        return self.folder / name

    def mark(self, name: str, made_of: str, state: State, reason: str = "") -> None:
        """Write down how far a row is.

        Raises:
            MossError: if it cannot be written.
        """
        told = json.dumps({"made_of": made_of, "state": state, "reason": reason})
        try:
            put_file(self._mark(name), told + "\n", self.folder)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def standing(self, number: int, name: str) -> Standing:
        """Return how far a row is."""
        if not self._mark(name).exists():
            return Standing(number, name, "waiting")
        try:
            content = read_file(self._mark(name), _MOST_MARK, f"row {number}", _REMEDY)
            told = parse_json(content, _Mark, f"row {number}", _REMEDY)
        except MossError as error:
            return Standing(number, name, "failed", str(error))
        return Standing(number, name, told.state, clean(told.reason, 2_000), told.made_of)

    def standings(self) -> tuple[Standing, ...]:
        """Return how far all rows are, in their order."""
        return tuple(self.standing(number, name) for number, name in self.rows)

    def glance(self) -> tuple[Standing, ...]:
        """Return how far all rows are for people to look at, without reading again what is known.

        Where several machines write, it may be late by as long as their file system takes to tell.
        """
        try:
            written = (self.folder / _MARKS).stat().st_mtime_ns
        except OSError:
            written = 0
        key, before = (self.rows, written), _seen.get(self.folder)
        if before and before[0] == key:
            return before[1]
        settled = time.time_ns() - written > _SETTLED_NS  # else a row may be marked in this instant
        found = self.standings()
        if settled:
            if len(_seen) >= _MOST_SEEN:
                _seen.clear()
            _seen[self.folder] = key, found
        return found

    def manifest(self, name: str) -> Manifest | None:
        """Return what the run of a row says of itself; None where it cannot be read."""
        return self.entry(name).manifest

    def entry(self, name: str) -> Entry:
        """Return the run of a row as a library has it."""
        try:
            told, trouble = read_manifest(self.run_folder(name)), ""
        except MossError as error:
            told, trouble = None, str(error)
        return Entry(name, told, trouble, self.changed(name))

    def changed(self, name: str) -> float:
        """Return when a row was last begun or ended, seconds since 1970; 0 where it was not."""
        try:
            return self._mark(name).stat().st_mtime
        except OSError:
            return 0.0

    def cover(self, name: str) -> bytes:
        """Return a WebP of the row's run (`Library.cover`)."""
        return Library(self.folder).cover(name)

    def _mark(self, name: str) -> Path:
        return self.folder / _MARKS / f"{name}.json"


_seen: dict[Path, tuple[tuple[Sequence[tuple[int, str]], int], tuple[Standing, ...]]] = {}
"""What the rows of batches were when their folder of marks last changed, by the batch's folder."""


def batches_in(folder: Path) -> tuple[Place, ...]:
    """Return the batches among the runs of a library, the last one begun first."""
    found = []
    for path in sorted(folder.glob(f"*/{FILE}")):
        try:
            found.append(Place.opened(path.parent))
        except MossError:
            continue  # a folder that somebody is writing, or that is none of ours
    return tuple(sorted(found, key=lambda place: place.created, reverse=True))


def unwritable(folder: Path, error: OSError) -> MossError:
    """Return what is told where a batch's folder cannot be written."""
    return MossError(
        f"folder {folder}",
        "must take the batch's files",
        error.strerror or error,
        "Free space, or choose another folder.",
    )
