"""Folders for what is not complete yet: known by their owner, so that what it leaves can go.

The name tells host, process and when that process began: `.moss-HOST-PID-START-...`. A process of
this host that is gone has left its folders for good. Those of other hosts, which may share the
disk, and of what does not tell its owner, go when nobody has touched them for a day.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil

HIDDEN, SHOWN = ".moss-", "moss-"
"""How names begin: beside runs, and where the system keeps temporary files."""
UNKNOWN_SECONDS = 86_400.0
"""How long nobody must have touched what tells no owner of this host."""
_OWNED = re.compile(r"([0-9a-f]{8})-([0-9]+)-([0-9]+)-")
_SAME_START = 3.0  # seconds: systems count them from a boot that they know to a second


@contextmanager
def temporary_folder(beside: Path | None = None) -> Iterator[Path]:
    """Make a folder that is gone when the work is done or fails, and cleared after a kill.

    Args:
        beside: the folder to make it in; None: where the system keeps temporary files.

    Raises:
        OSError: if it cannot be made.
    """
    prefix = owned_prefix(SHOWN if beside is None else HIDDEN)
    with tempfile.TemporaryDirectory(dir=beside, prefix=prefix) as name:
        yield Path(name)


def owned_prefix(begins: str = SHOWN) -> str:
    """Return how the names of this process's temporary folders begin."""
    return begins + _owner(os.getpid())


def clear_temporaries(folder: Path | None = None) -> tuple[Path, ...]:
    """Remove what writers have left in a folder: those that are gone, and old ones.

    Args:
        folder: where runs lie; None: where the system keeps temporary files.

    Returns:
        What was removed. What cannot be is left for another time.
    """
    begins = SHOWN if folder is None else HIDDEN
    removed = []
    for path in abandoned(folder or Path(tempfile.gettempdir()), begins):
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            removed.append(path)
    return tuple(removed)


def abandoned(folder: Path, begins: str = HIDDEN) -> Iterator[Path]:
    """Yield what writers have left in a folder."""
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if entry.name.startswith(begins)]
    except OSError:
        return
    for entry in entries:
        with suppress(OSError):  # its owner may have removed it just now
            if not entry.is_symlink() and _is_abandoned(entry, begins):
                yield Path(entry.path)


def _is_abandoned(entry: os.DirEntry[str], begins: str) -> bool:
    owned = _OWNED.match(entry.name.removeprefix(begins))
    if owned and owned[1] == _host():
        return not _lives(int(owned[2]), int(owned[3]))
    ours = bool(owned) or begins == HIDDEN  # elsewhere, others may have names that begin alike
    return ours and time.time() - entry.stat().st_mtime > UNKNOWN_SECONDS


def _lives(process: int, began: int) -> bool:
    try:
        return abs(psutil.Process(process).create_time() - began) <= _SAME_START
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:  # it is there, and nobody may look at it
        return True


@cache
def _host() -> str:
    """Return what tells this machine from others that may share its disks."""
    try:
        machine = Path("/etc/machine-id").read_text()
    except OSError:
        machine = ""
    return hashlib.sha256(f"{platform.node()} {machine}".encode()).hexdigest()[:8]


@cache
def _owner(process: int) -> str:
    return f"{_host()}-{process}-{round(psutil.Process(process).create_time())}-"
