"""Answers in a run's folder: a table that only grows, one line an answer.

A line is written at once and put on the disk. What a power cut leaves of one is left out when the
table is read, and removed before the next one is written.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
import threading
import zipfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from moss_core.errors import MossError
from moss_core.listening.trials import IMAGE, TRACK, Answer, Kind, Side, Trial
from moss_core.reading import Count, Record, Seconds, clean, parse_csv, read_file
from moss_core.runs import DICTIONARY, LISTENING, MOST_LISTENING, csv_of, put_file

COLUMNS: dict[str, str] = {
    "listener": "Who answered: a random word without a meaning, the same all through one sitting. "
    "No name and nothing else of a person is kept.",
    "when": "When, ISO 8601, UTC, to the second.",
    "kind": "`abx`: which of both is X? `sound`: which sounds more like the track? `picture`: "
    "which shows more of the image?",
    "first": "What was played or shown first: the index of a candidate (its place in "
    "`masks.safetensors`, from 0), `track` for the track itself, or `image` for the image alone as "
    "a sound.",
    "second": "What came second, likewise.",
    "x": "In `abx` which of both X was: `first` or `second`; empty in pairs.",
    "answer": "What was answered: `first` or `second`.",
    "seconds": "Time from the trial's beginning to the answer.",
    "step": "Steps that the run had learned: with another number its candidates are others.",
    "first_percent": "Picture share of what came first, in percent, at that step; empty for the "
    "track and the image alone.",
    "second_percent": "Likewise of what came second.",
    "invited": "`yes`: somebody who followed a link; empty: whoever the run belongs to.",
}
_Word = Annotated[str, Meta(pattern=r"\A[0-9a-z]{0,32}\Z")]
_Heard = Annotated[str, Meta(pattern=r"\A(track|image|[0-9]{1,4})\Z")]
_MOST_LINE = 1000
_REMEDY = "Repair it, or delete this file."
_NAMES = {TRACK: "track", IMAGE: "image"}
_INDICES = {name: index for index, name in _NAMES.items()}
_writing = threading.Lock()
"""Held while a table is written: an answer that comes while others are removed is not lost."""


class _Row(Record):
    when: datetime
    kind: Kind
    first: _Heard
    second: _Heard
    answer: Side
    seconds: Seconds
    step: Count
    listener: _Word = ""
    x: Literal["first", "second", ""] = ""
    invited: Literal["yes", ""] = ""


def new_listener() -> str:
    """Return a word for somebody who begins to listen: random, so that it says nothing of them."""
    return secrets.token_hex(4)


def keep_answer(folder: Path, answer: Answer, positions: Mapping[int, float]) -> None:
    """Add an answer to those of a run; it is on the disk when this returns.

    Args:
        folder: of the run.
        answer: to a trial with candidates of it.
        positions: their picture shares in percent, by index.

    Raises:
        MossError: if it cannot be written.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with _writing, FileIO(os.open(_renewed(folder), flags, 0o644), "r+") as file:
            size = file.seek(0, os.SEEK_END)
            if size > MOST_LISTENING:
                raise _unwritable(f"{size:,} bytes of answers already")
            told = csv_of([_cells(answer, positions)]).encode()
            if size == 0:
                _write_dictionary(folder)
                told = csv_of([list(COLUMNS)]).encode() + told
            elif (broken := _broken(file, size)) is not None:
                file.truncate(broken)
            file.write(told)
            os.fsync(file.fileno())
    except OSError as error:
        raise _unwritable(error.strerror or type(error).__name__) from error


def _renewed(folder: Path) -> Path:
    """Return the table, which has today's columns from now on if another MOSS began it."""
    path = folder / LISTENING
    if path.exists():
        content = _whole_lines(folder)
        if content and not content.startswith(csv_of([list(COLUMNS)]).encode()):
            kept_answers(folder)  # or somebody else's table would be written over
            _write_rows(folder, _rows(folder))
    return path


def _write_dictionary(folder: Path) -> None:
    with suppress(FileExistsError), (folder / DICTIONARY).open("x", encoding="utf-8") as file:
        file.write(data_dictionary())


def _broken(file: FileIO, size: int) -> int | None:
    """Return where a line begins that was not written to its end; None: all were."""
    first = max(0, size - _MOST_LINE)
    file.seek(first)
    last = file.read(_MOST_LINE)
    return None if last.endswith(b"\n") else first + last.rfind(b"\n") + 1


def _unwritable(found: str) -> MossError:
    remedy = "Free space, or listen to another run."
    return MossError("answers of a run", "must be kept", found, remedy)


def _cells(answer: Answer, positions: Mapping[int, float]) -> list[object]:
    trial = answer.trial
    x = ("first" if trial.x_is_first else "second") if trial.kind == "abx" else ""
    percent = [
        f"{positions[index]:.2f}" if index in positions else ""
        for index in (trial.first, trial.second)
    ]
    return [
        answer.listener,
        answer.when.astimezone(UTC).isoformat(timespec="seconds"),
        trial.kind,
        _NAMES.get(trial.first, str(trial.first)),
        _NAMES.get(trial.second, str(trial.second)),
        x,
        answer.answered,
        f"{answer.seconds:.2f}",
        answer.step,
        *percent,
        "yes" if answer.invited else "",
    ]


def kept_answers(folder: Path, step: int | None = None) -> tuple[Answer, ...]:
    """Return the answers that lie in a run's folder, the oldest first; none where there are none.

    Args:
        folder: of the run.
        step: only those to candidates as they were at this step; None: all.

    Raises:
        MossError: if they cannot be read, or somebody wrote something else there.
    """
    if not (folder / LISTENING).exists():
        return ()
    answers = answers_in(_whole_lines(folder), _thing(folder), _REMEDY)
    return tuple(answer for answer in answers if step in (None, answer.step))


def _thing(folder: Path) -> str:
    return f"run {clean(folder.name)}: {LISTENING}"


def _whole_lines(folder: Path) -> bytes:
    path, most = folder / LISTENING, MOST_LISTENING + 10_000
    content = read_file(path, most, _thing(folder), _REMEDY)
    return content[: content.rfind(b"\n") + 1]


def answers_zip(folder: Path) -> bytes:
    """Return the table of a run's answers and its data dictionary, as a ZIP.

    Args:
        folder: of the run.

    Raises:
        MossError: if there are none, or they cannot be read.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LISTENING, _whole_lines(folder))
        archive.writestr(DICTIONARY, data_dictionary())
    return packed.getvalue()


def forget_answers(folder: Path, listeners: Collection[str]) -> None:
    """Remove all that somebody answered, who does not want it kept any more.

    Args:
        folder: of the run.
        listeners: who.

    Raises:
        MossError: if they cannot be read, or the table cannot be written.
    """
    with _writing:
        if not any(answer.listener in listeners for answer in kept_answers(folder)):
            return
        try:
            _write_rows(folder, [r for r in _rows(folder) if r["listener"] not in listeners])
        except OSError as error:
            raise _unwritable(error.strerror or type(error).__name__) from error


def _rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the table as text, by column, whoever wrote it."""
    text = _whole_lines(folder).decode("utf-8-sig", "replace")
    return [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""))]


def _write_rows(folder: Path, rows: Sequence[Mapping[str, str]]) -> None:
    told = [list(COLUMNS), *([row.get(name) or "" for name in COLUMNS] for row in rows)]
    put_file(folder / DICTIONARY, data_dictionary(), folder.parent)
    put_file(folder / LISTENING, csv_of(told), folder.parent)


def answers_in(content: bytes, thing: str, remedy: str) -> tuple[Answer, ...]:
    """Return the answers in a table of them.

    Args:
        content: of the table.
        thing: what to call it in messages.
        remedy: what to do where it is something else.

    Raises:
        MossError: for what is no such table.
    """
    rows = parse_csv(content, _Row, thing, remedy, most=MOST_LISTENING + 10_000)
    return tuple(map(_answer, rows))


def _answer(row: _Row) -> Answer:
    first, second = (_INDICES[n] if n in _INDICES else int(n) for n in (row.first, row.second))
    trial = Trial(row.kind, first, second, row.x == "first")
    when = row.when.astimezone(UTC)
    invited = row.invited == "yes"
    return Answer(trial, row.answer, row.seconds, when, row.listener, row.step, invited)


def data_dictionary() -> str:
    """Return what each column of the table is, as Markdown."""
    rows = "\n".join(f"| `{name}` | {words} |" for name, words in COLUMNS.items())
    return (
        f"# {LISTENING}: answers of a blind listening test\n\n"
        "One line an answer, UTF-8, in the order in which they were given.\n\n"
        f"| column | what it is |\n|---|---|\n{rows}\n\n"
        "In `abx` somebody who listens is right always where the image alone is held against the "
        "track, and nobody can be right where the track is held against itself: these trials tell "
        "who listened. What the candidates measure is in `front.csv` and `run.json`.\n"
    )
