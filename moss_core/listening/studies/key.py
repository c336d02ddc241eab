"""Which candidates a study is of: the key that is kept beside it, and never shown to listeners."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moss_core.reading import Count, Number, Record, Text, parse_json, read_file

KEY = "study.json"
_MOST_BYTES = 100_000


@dataclass(frozen=True)
class Chosen:
    """A candidate of a study.

    Args:
        index: its index in the run.
        number: what people call it.
        percent: its picture share.
    """

    index: int
    number: int
    percent: float

    @property
    def condition(self) -> str:
        """What it is called in webMUSHRA, where listeners do not see it."""
        return f"candidate{self.number:03}"


class _Candidate(Record):
    index: Count
    number: Count
    percent: Number


class _Key(Record):
    moss_study: int
    title: Text
    candidates: list[_Candidate]


def write_key(folder: Path, title: str, candidates: Sequence[Chosen]) -> None:
    """Write which candidates a study is of into its folder.

    Raises:
        OSError: if it cannot be written.
    """
    rows = [
        {"index": one.index, "number": one.number, "percent": round(one.percent, 2)}
        for one in candidates
    ]
    told = {"moss_study": 1, "title": title, "candidates": rows}
    text = json.dumps(told, indent=2, ensure_ascii=False)
    (folder / KEY).write_text(text + "\n", encoding="utf-8")


def read_key(folder: Path) -> tuple[Chosen, ...]:
    """Return which candidates the study in a folder is of.

    Raises:
        MossError: if there is none, or it cannot be read.
    """
    thing = f"study: {KEY}"
    remedy = "Name the folder that `moss study` wrote with --out."
    content = read_file(folder / KEY, _MOST_BYTES, thing, remedy)
    told = parse_json(content, _Key, thing, remedy)
    return tuple(Chosen(one.index, one.number, one.percent) for one in told.candidates)
