"""Files that survive a power cut: written beside their place, put on the disk, and then moved."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


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
