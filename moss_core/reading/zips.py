"""Files taken out of a ZIP that anybody may have packed, within a budget.

What a ZIP says of itself may be a lie: its list of members is read only up to a size, a member
is unpacked block by block and counted, and only what every ZIP program packs with is unpacked
(others may ask for gigabytes to begin with).
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from moss_core.errors import MossError
from moss_core.reading.files import BLOCK, too_large, write_block
from moss_core.reading.texts import clean
from moss_core.words import bytes_text

Member = zipfile.ZipInfo
_MOST_LIST = 2 * BLOCK
"""Bytes of a ZIP's list of members: those of some thousand."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LEAST_SUSPECT, _MOST_RATIO = 100_000_000, 100
"""Bytes that may be unpacked of any ZIP, and how many times its own size of a larger one."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
    KeyError,
)


class _Bounded(io.RawIOBase):
    """A file of which no more is read at a time than a ZIP's list of members may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            raise zipfile.BadZipFile("a place that is not in it") from error

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if size > _MOST_LIST:
            raise zipfile.BadZipFile(f"a list of members of {bytes_text(size)}")
        return self._file.read(_MOST_LIST if size < 0 else size)


@contextmanager
def open_zip(file: BinaryIO, thing: str, rule: str, remedy: str) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP; what is wrong with it while it is open is told as a `MossError`.

    Args:
        file: that can be read and sought in.
        thing: what to call it in messages.
        rule: what it must be.
        remedy: what to do where it is something else.

    Raises:
        MossError: for what is no ZIP, or damaged.
    """
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            yield archive
    except MossError:
        raise
    except _BROKEN as error:
        found = f"a damaged file or none at all ({clean(str(error), 200)})"
        raise MossError(thing, rule, found, remedy) from error


def members_of(archive: zipfile.ZipFile, most: int, thing: str, remedy: str) -> list[Member]:
    """Return the files in a ZIP: no folders, and no links.

    Args:
        archive: as `open_zip` gives it.
        most: files that it may have.
        thing: what to call it in messages.
        remedy: what to do where it has others.

    Raises:
        MossError: for too many, two of one name, one that is encrypted or packed as few programs
            do, and more than can be packed in so few bytes.
    """
    found = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not stat.S_ISLNK(member.external_attr >> 16)
    ]
    if len(found) > most:
        raise MossError(thing, f"must have at most {most:,} files", f"{len(found):,}", remedy)
    names = [member.filename for member in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise MossError(thing, "must have each file once", f"{clean(twice, 80)} twice", remedy)
    return found


def check_members(members: list[Member], most: int, thing: str, remedy: str) -> None:
    """Raise `MossError` unless members of a ZIP can be unpacked within a budget.

    Args:
        members: that are to be unpacked.
        most: bytes of all of them.
        thing: what to call the ZIP in messages.
        remedy: what to do where they cannot.
    """
    for member in members:
        name = clean(member.filename, 80)
        if member.flag_bits & _ENCRYPTED:
            raise MossError(thing, "must have no password", f"{name}, which has one", remedy)
        if member.compress_type not in _METHODS:
            rule, method = "must be packed as ZIP programs usually do", member.compress_type
            raise MossError(thing, rule, f"method {method} of {name}", remedy)
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > most:
        raise too_large(f"{thing}, unpacked,", most, size, remedy)
    if size > max(_LEAST_SUSPECT, _MOST_RATIO * packed):
        rule = f"must not unpack to more than {_MOST_RATIO} times its size"
        raise MossError(thing, rule, f"{bytes_text(size)} of {bytes_text(packed)}", remedy)


def read_member(
    archive: zipfile.ZipFile, member: Member, most: int, thing: str, remedy: str
) -> bytes:
    """Return what a member of a ZIP holds.

    Raises:
        MossError: for more than `most` bytes, whatever the ZIP says of it.
    """
    content = io.BytesIO()
    _unpack(archive, member, content.write, most, thing, remedy)
    return content.getvalue()


def copy_member(
    archive: zipfile.ZipFile, member: Member, target: Path, most: int, thing: str, remedy: str
) -> None:
    """Unpack a member of a ZIP to where no file is; raises as `read_member`."""
    with target.open("xb") as copy:
        _unpack(archive, member, partial(write_block, copy), most, thing, remedy)
        copy.truncate()


def _unpack(
    archive: zipfile.ZipFile,
    member: Member,
    write: Callable[[bytes], object],
    most: int,
    thing: str,
    remedy: str,
) -> None:
    name = f"{thing}: {clean(member.filename, 80)}"
    if member.file_size > most:
        raise too_large(name, most, member.file_size, remedy)
    unpacked = 0
    with archive.open(member) as source:
        while block := source.read(BLOCK):
            unpacked += len(block)
            if unpacked > most:
                raise too_large(name, most, unpacked, remedy)
            write(block)
