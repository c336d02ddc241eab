"""Files that survive a power cut: written beside their place, put on the disk, and then moved."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from moss_core.runs.keeping.temporaries import temporary_folder


def write(path: Path, content: bytes | str) -> None:
    """Write a file and put it on the disk."""
    with durable(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def durable(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write; it is on the disk when this ends."""
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Put on the disk what a file holds, or which names a folder has."""
    if path.is_dir() and os.name == "nt":
        return  # no program can; the system does it
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_file(path: Path, content: bytes | str, beside: Path) -> None:
    """Write a small file in one move: there is what was there before, or all of the new one.

    Args:
        path: of the file.
        content: of it.
        beside: folder for what is not complete yet, on the same disk.

    Raises:
        OSError: if it cannot be written.
    """
    with temporary_folder(beside) as temporary:
        new = temporary / path.name
        write(new, content)
        new.replace(path)
        sync(path.parent)


def remove(place: Path, aside: Path) -> None:
    """Take a file or a folder away in one move, and then delete it.

    Args:
        place: where it is, if it is there.
        aside: a name beside it that nothing has.
    """
    if place.is_dir() and not place.is_symlink():
        place.replace(aside)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
