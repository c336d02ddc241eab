"""Regular files of a bounded size: never a pipe, a device, or a link to one.

A file is opened first, without waiting for a writer, and looked at then: what is looked at is what
is read. Its size is known before a byte of it is, and no more than is allowed is read even where it
grows meanwhile.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from moss_core.errors import MossError
from moss_core.words import bytes_text

BLOCK = 1 << 20
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@contextmanager
def open_file(
    path: Path, most: int, thing: str, remedy: str, links: bool = False
) -> Iterator[BinaryIO]:
    """Open a regular file to read.

    Args:
        path: of it.
        most: bytes that it may have.
        thing: what to call it in messages, which name no folder.
        remedy: what to do where it cannot be read.
        links: whether it may be a link to such a file, as where a person named it.

    Raises:
        MossError: for what is not there, no file, too large, or cannot be opened.
    """
    try:
        file = os.fdopen(_opened(path, thing, remedy, links), "rb")
    except FileNotFoundError as error:
        raise MossError(thing, "must be there", "nothing", remedy) from error
    except OSError as error:
        raise _unreadable(thing, remedy, error) from error
    with file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise too_large(thing, most, size, remedy)
        yield file


def _opened(path: Path, thing: str, remedy: str, links: bool) -> int:
    # Where the system has no such flag, it has no pipes and devices among its files either.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_CLOEXEC", 0) | (0 if links else getattr(os, "O_NOFOLLOW", 0))
    try:
        handle = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise MossError(thing, "must be a file", "a link", remedy) from error
        raise
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        found = next((word for test, word in _KINDS if test(mode)), "something else")
        raise MossError(thing, "must be a file", found, remedy)
    return handle


def read_file(path: Path, most: int, thing: str, remedy: str, links: bool = False) -> bytes:
    """Return what a regular file holds; arguments and errors are those of `open_file`.

    Raises:
        MossError: if it cannot be read.
    """
    with open_file(path, most, thing, remedy, links) as file:
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise _unreadable(thing, remedy, error) from error
    if len(content) > most:
        raise too_large(thing, most, len(content), remedy)
    return content


def copy_file(path: Path, target: Path, most: int, thing: str, remedy: str) -> int:
    """Copy a regular file to where none is; return its bytes.

    Raises:
        MossError: as `open_file`.
        OSError: if the copy cannot be written, or the file fails while it is read.
    """
    copied = 0
    with target.open("xb") as copy, open_file(path, most, thing, remedy) as file:
        while block := file.read(BLOCK):
            copied += len(block)
            if copied > most:
                raise too_large(thing, most, copied, remedy)
            write_block(copy, block)
        copy.truncate()
    return copied


def write_block(file: BinaryIO, block: bytes) -> None:
    """Write a block of a new file; of zeros a hole, which takes no room. `truncate` ends it."""
    if block.count(0) == len(block):
        file.seek(len(block), os.SEEK_CUR)
    else:
        file.write(block)


def _unreadable(thing: str, remedy: str, error: OSError) -> MossError:
    return MossError(thing, "must be readable", error.strerror or type(error).__name__, remedy)


def too_large(thing: str, most: int, found: int, remedy: str) -> MossError:
    """Return the error for more bytes than there may be."""
    return MossError(thing, f"must be at most {bytes_text(most)}", bytes_text(found), remedy)
