"""Death at each file operation: the process ends just before one, and everything after it is gone.

What Python is about to do to the disk is heard of by an audit hook, so that no operation can be
forgotten. A dead process does nothing any more: what cleans up behind it fails, too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.truncate"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Death(BaseException):
    """The end of the process."""


class _Reaper:
    def __init__(self) -> None:
        self.root = ""
        self.left: int | None = None
        self.heard = False

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self.left is None or event not in _CHANGES:
            return
        path = os.fsdecode(args[0]) if isinstance(args[0], str | bytes | os.PathLike) else ""
        reads = event == "open" and not (isinstance(args[2], int) and args[2] & _WRITES)
        if reads or (Path(path).is_absolute() and not path.startswith(self.root)):
            return
        if self.left == 0:
            raise Death
        self.left -= 1


_reaper = _Reaper()


def dies(root: Path, work: Callable[[], object], operations: int) -> bool:
    """Do some work in a process that dies before the operation of this number; whether it did."""
    if not _reaper.heard:
        sys.addaudithook(_reaper.hear)
        _reaper.heard = True
    _reaper.root, _reaper.left = str(root), operations
    try:
        work()
    except Death:
        return True
    finally:
        _reaper.left = None
    return False


def deaths(
    root: Path, prepare: Callable[[Path], Path], work: Callable[[Path], object]
) -> Iterator[tuple[int, Path]]:
    """Let a process die before each operation of some work; yield what it has left each time.

    Args:
        root: an empty folder.
        prepare: makes what is there before in a folder, and returns what to work on.
        work: on that.
    """
    operations, died = 0, True
    while died:
        place = root / str(operations)
        place.mkdir()
        subject = prepare(place)
        died = dies(root, lambda subject=subject: work(subject), operations)  # type: ignore[misc]
        yield operations, subject
        operations += 1
