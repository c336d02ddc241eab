"""What a dashboard's server says of itself: a small file in the data folder, renewed all the time.

So `moss status` knows without a network how it is, and that it has died: the file outlives a
server that was killed, and names the process and when that began.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import psutil

from moss_core.machine.failures import Failure
from moss_core.machine.places import data_folder
from moss_core.words import time_text

STATE_SECONDS = 5.0
"""How often a server renews what it says of itself."""
LATE_SECONDS = 60.0
"""A server that has said nothing for so long is not well."""
_FOLDER, _SUFFIX, _NEW = "servers", ".json", ".new"
_MOST_BYTES = 1_000_000
_SAME_START = 2.0  # seconds; a clock that is set moves the start of processes


@dataclass(frozen=True)
class Server:
    """How a server was when it last said so.

    Args:
        pid: of its process.
        started: when the process began, seconds since 1970.
        written: when this was so, likewise.
        host: name of its machine, or of its container.
        version: of MOSS.
        profile: that is in force.
        learning: runs that learn.
        waiting: runs that wait to.
        kept: runs that it holds in memory, those included.
        memory: bytes of the process.
        ceiling: bytes that the process may take; None: nothing limits it.
        threads: of the process.
        data: bytes of the data folder.
        free: bytes that are free on its disk.
        problems: what is not well, in words; without any it is.
        failures: the latest errors that nobody expected, the newest first.
    """

    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=lambda: _started(os.getpid()) or 0.0)
    written: float = 0.0
    host: str = field(default_factory=platform.node)
    version: str = ""
    profile: str = ""
    learning: int = 0
    waiting: int = 0
    kept: int = 0
    memory: int = 0
    ceiling: int | None = None
    threads: int = 0
    data: int = 0
    free: int = 0
    problems: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def alive(self) -> bool:
        """Whether its process is there; of one on another machine, whether it wrote of late."""
        if self.host != platform.node():
            return self.silent < LATE_SECONDS
        began = _started(self.pid)
        return began is not None and abs(began - self.started) < _SAME_START

    @property
    def silent(self) -> float:
        """For how many seconds it has said nothing."""
        return max(0.0, time.time() - self.written)

    @property
    def up(self) -> float:
        """For how many seconds it had run when it last said so."""
        return max(0.0, self.written - self.started)

    def as_found(self) -> Server:
        """Return what has to be told of it now: that it is silent is a problem too."""
        if self.silent < LATE_SECONDS:
            return self
        silent = f"it has said nothing for {time_text(self.silent)}"
        return replace(self, problems=(*self.problems, silent))

    def as_json(self) -> bytes:
        """Return it as JSON."""
        return msgspec.json.encode(self)


def write_server(server: Server) -> None:
    """Write what a server says of itself into the data folder, whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    path = _path(server)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(_NEW)
    new.write_bytes(server.as_json())
    new.replace(path)


def forget_server(server: Server) -> None:
    """Remove what a server said of itself: it ends, or it is dead."""
    for path in (_path(server), _path(server).with_suffix(_NEW)):
        path.unlink(missing_ok=True)


def known_servers() -> Sequence[Server]:
    """Return what the servers on this data folder said of themselves, the newest first.

    A file that is none is left out.
    """
    files = data_folder().joinpath(_FOLDER).glob(f"*{_SUFFIX}")
    found = filter(None, map(_read, files))
    return sorted(found, key=lambda server: server.written, reverse=True)


def _path(server: Server) -> Path:
    return data_folder() / _FOLDER / f"{server.pid}-{server.started:.0f}{_SUFFIX}"


def _read(path: Path) -> Server | None:
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        server = msgspec.json.decode(path.read_bytes(), type=Server)
    except (OSError, ValueError):
        return None
    return server if server.pid > 0 and server.written >= server.started >= 0 else None


def _started(pid: int) -> float | None:
    """Return when a process began; None if it is not there, or is one that has ended."""
    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else process.create_time()
    except psutil.Error:
        return None
