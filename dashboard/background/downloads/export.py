"""Files that take more than a moment to make: in a thread, with progress, and cancelled at will."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from background.health.unexpected import unexpected
from moss_core.errors import MossError
from moss_core.runs import owned_prefix

State = Literal["waiting", "making", "ready", "failed", "cancelled"]
Tell = Callable[[float, str], None]
"""Is told how much is done, 0 to 1, and what is being done."""

KEEP_SECONDS = 1800.0
"""How long a file waits to be taken home."""
_LOOK_SECONDS = 0.1
_turn = threading.Lock()
"""Held while a file is made: several at once would take the runs' processors."""


@dataclass(frozen=True)
class Order:
    """A file to make.

    Args:
        kind: of file, for people: "video".
        what: is in it, for people, as a sentence begins.
        file_name: it is saved under.
        mimetype: of it.
        needs: about how many bytes it will have, and how many seconds it takes.
        make: writes it to a path; tells how far it is, and lets through what that raises.
    """

    kind: str
    what: str
    file_name: str
    mimetype: str
    needs: tuple[int, float]
    make: Callable[[Path, Tell], None]


@dataclass(frozen=True)
class Status:
    """How far an export is.

    Args:
        state: what it is at.
        done: how much of it is made, 0 to 1.
        doing: what is being done, or what went wrong, for people.
        size: bytes of the file, once it is ready.
    """

    state: State = "waiting"
    done: float = 0.0
    doing: str = ""
    size: int = 0

    @property
    def at_work(self) -> bool:
        """Whether it changes by itself."""
        return self.state in ("waiting", "making")


class _CancelledError(Exception):
    """Somebody cancelled the export."""


class Export:
    """One file, made in a thread of its own in a temporary folder.

    Args:
        order: what to make.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self.status = Status()
        """Replaced whole whenever it changes."""
        self._cancelled = threading.Event()
        self._changing = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        # It must not hold the export, which holds the run's job.
        self._expiry = threading.Timer(KEEP_SECONDS, _forget, [weakref.ref(self)])
        self._expiry.daemon = True
        self._thread = threading.Thread(target=self._begin, name="moss-export", daemon=True)
        self._thread.start()

    @property
    def cancelling(self) -> bool:
        """Whether it will be cancelled as soon as the part that is being made is done."""
        return self._cancelled.is_set() and self.status.at_work

    def cancel(self) -> None:
        """End it before its next part; nothing is left of it."""
        self._cancelled.set()

    def content(self) -> bytes:
        """Return the file.

        Raises:
            MossError: if it is not there, or not any more.
        """
        with self._changing:
            if self.status.state != "ready" or not self._folder:
                remedy = "Make it again."
                raise MossError(self.order.file_name, "must have been made", "nothing", remedy)
            return (Path(self._folder.name) / self.order.file_name).read_bytes()

    def forget(self) -> None:
        """Cancel it, or delete what was made."""
        self.cancel()
        self._expiry.cancel()
        with self._changing:
            if not self.status.at_work:
                self._clear()

    def close(self) -> None:
        """Forget it, and wait until its thread has ended."""
        self.forget()
        self._thread.join()
        self.forget()

    def _begin(self) -> None:
        try:
            while not _turn.acquire(timeout=_LOOK_SECONDS):
                self._go_on()
            try:
                self._make()
            finally:
                _turn.release()
        except _CancelledError:
            self._end("cancelled", "")
        except MossError as error:
            self._end("failed", str(error))
        except OSError as error:
            found, remedy = error.strerror or str(error), "Free space, and make it again."
            rule = "must fit on the disk"
            self._end("failed", str(MossError(self.order.file_name, rule, found, remedy)))
        except Exception as error:  # a viewer's, which may be other people's code
            self._end("failed", unexpected(f"a {self.order.kind}", error, kept=True)[0])

    def _make(self) -> None:
        self._go_on()
        self._folder = tempfile.TemporaryDirectory(
            prefix=owned_prefix(), ignore_cleanup_errors=True
        )
        place = Path(self._folder.name)
        needed, free = self.order.needs[0], shutil.disk_usage(place).free
        if free < needed:
            raise MossError(
                self.order.file_name,
                f"must find about {needed / 1e6:,.0f} MB free on the disk",
                f"{free / 1e6:,.0f} MB",
                "Free space, and make it again.",
            )
        self.status = Status("making")
        path = place / self.order.file_name
        self.order.make(path, self._tell)
        with self._changing:
            self._go_on()
            self.status = Status("ready", 1.0, size=path.stat().st_size)
        self._expiry.start()

    def _tell(self, done: float, doing: str) -> None:
        self._go_on()
        self.status = replace(self.status, done=min(1.0, max(0.0, done)), doing=doing)

    def _go_on(self) -> None:
        if self._cancelled.is_set():
            raise _CancelledError

    def _end(self, state: State, words: str) -> None:
        with self._changing:
            self._clear()
            self.status = Status(state, doing=words)

    def _clear(self) -> None:
        if self._folder:
            self._folder.cleanup()
            self._folder = None
        if self.status.state == "ready":
            self.status = Status("cancelled")


def _forget(export: weakref.ref[Export]) -> None:
    """Forget an export, if it is still there."""
    if found := export():
        found.forget()


class Exports:
    """The export of a run: one at a time, the latest."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._latest: Export | None = None

    @property
    def latest(self) -> Export | None:
        """The one that is made, or was made last; None: none is kept."""
        return self._latest

    def start(self, order: Order) -> None:
        """Make a file; the one before is forgotten, or cancelled."""
        with self._changing:
            if self._latest:
                self._latest.forget()
            self._latest = Export(order)

    def forget(self) -> None:
        """Delete what was made."""
        with self._changing:
            if self._latest:
                self._latest.forget()
            self._latest = None

    def close(self) -> None:
        """Cancel and delete everything, and wait for that."""
        with self._changing:
            if self._latest:
                self._latest.close()
            self._latest = None
