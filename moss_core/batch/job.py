"""A row as it is handed to whoever does it, in this process or on another machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from moss_core.batch.place import Standing


@dataclass(frozen=True)
class Job:
    """A row to do; all paths in it are absolute, so that any machine that has them can do it.

    Args:
        number: of the row.
        name: of its folder.
        batch: folder of the batch.
        words: what `moss optimize` would be told.
        subtype: of the WAV files.
        made_of: hash of the options and of the files.
        memory: bytes that it takes at least (`Cost.least`).
        work: as `Cost.work` counts it.
    """

    number: int
    name: str
    batch: Path
    words: tuple[str, ...]
    subtype: str
    made_of: str
    memory: int
    work: float


class Stop(Protocol):
    """Says whether work is to end after the step at hand."""

    @property
    def asked(self) -> bool:
        """Whether it is."""


@dataclass(frozen=True)
class StopFile:
    """Asks for an end by a file in the batch's folder, which all machines see.

    Args:
        path: of the file; it is there when the work is to end.
    """

    path: Path

    @property
    def asked(self) -> bool:
        """Whether the work is to end."""
        return self.path.exists()


Do = Callable[[Job, Stop, Callable[[float], None]], Standing]
"""Does a row, is told when to stop, and tells how far it is, 0 to 1; it raises no `MossError`. To
be done on other machines it must be importable there."""
