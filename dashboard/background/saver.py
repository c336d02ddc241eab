"""The folder of a run: who may write to it, and what pages are told of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar
from weakref import WeakMethod

from background.publisher import Publisher
from moss_core.errors import MossError
from moss_core.optimization import Run
from moss_core.runs import Keeper, is_put_away, stamp

RETRY_SECONDS = 30.0
"""A run at rest that could not be written is tried again so often."""


_P = ParamSpec("_P")
_R = TypeVar("_R")


def _weakly(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return a method without what it is of, which whoever calls it must keep."""
    found = WeakMethod(method)

    def call(*args: _P.args, **more: _P.kwargs) -> _R:
        own = found()
        assert own is not None
        return own(*args, **more)

    return call


class Saver:
    """Writes what a run has learned to its folder (`Keeper`), and says so once it is there.

    The worker saves; a page renames, deletes and undeletes. One of them has the folder at a time.

    Args:
        folder: of the run; None: it is kept nowhere.
        title: what people call the run.
        publisher: where it says what is saved.
        clock: seconds.
    """

    def __init__(
        self, folder: Path | None, title: str, publisher: Publisher, clock: Callable[[], float]
    ) -> None:
        self.folder = folder
        self.title = title
        self._publisher = publisher
        hooks = _weakly(self._changing), _weakly(self._fail)  # a cycle would keep the whole run
        self._keeper = Keeper(folder, *hooks, clock) if folder else None
        self._writing = threading.Lock()
        self._stamp: object = None
        self._unsaved = False
        self._taken_away = False
        self._replayed: tuple[int, ...] = ()

    @property
    def unsaved(self) -> bool:
        """Whether there is a change that no step will save by itself."""
        return self._unsaved

    @property
    def failing_seconds(self) -> float:
        """For how long the run could not be written; 0 while it can."""
        return self._keeper.failing_seconds if self._keeper else 0.0

    @property
    def safe(self) -> bool:
        """Whether nothing is lost when the run is let go of: it is kept, or was deleted."""
        snapshot = self._publisher.snapshot
        kept = not snapshot.save_error and not self._unsaved
        return not self.folder or snapshot.deleted or kept

    def note_change(self) -> None:
        """Remember that there is something to save."""
        self._unsaved = True

    def note_opened(self) -> None:
        """Take what lies in the folder now for this run's own."""
        with self._writing:
            if self.folder:
                self._stamp = stamp(self.folder)

    def note_step(self, run: Run) -> None:
        """Write what was learned if it is time to; the next step does not wait for it."""
        if self._keeper and not self._publisher.snapshot.deleted:
            run.title = self.title
            self._keeper.note(run)

    def save(self, run: Run) -> None:
        """Write the run, also before its first step, unless it was deleted; wait until it is there.

        Publishes a MossError, does not raise it: what was not written is `unsaved`.
        """
        if self._keeper:
            run.title = self.title
            self._unsaved = self._keeper.write(run) is not None
        else:
            self._unsaved = False

    @contextmanager
    def _changing(self, step: int | None) -> Iterator[bool]:
        """Let the keeper change the folder, or not; publish what is there then."""
        assert self.folder
        with self._writing:
            self._look_for(self.folder)
            if self._publisher.snapshot.deleted:
                yield False
                return
            self._check_unchanged(self.folder)
            try:
                yield True
            finally:  # it may have been changed before the disk was full
                self._stamp = stamp(self.folder)
        if step is not None:
            self._publisher.publish(saved=step, save_error="")

    def _look_for(self, folder: Path) -> None:
        """Note whether another server has deleted the run, or has put it back."""
        there = stamp(folder)
        if self._stamp and there is None and is_put_away(folder):
            self._taken_away = True
            self._publisher.publish(deleted=True)
        elif self._taken_away and there is not None:
            self._taken_away = False
            self._publisher.publish(deleted=False)

    def _fail(self, error: MossError) -> None:
        self._publisher.publish(save_error=str(error))

    def keep(self, run: Run) -> bool:
        """Save what was learned before a run is given up; return whether it is all there."""
        try:
            self.save(run)
        except Exception:  # whatever it is, the failure that the run is given up for is shown
            return False
        return bool(self.folder) and self.safe

    def save_replay(self) -> None:
        """Write the pictures of past steps, where what was learned is there too."""
        snapshot, replay = self._publisher.snapshot, self._publisher.replay
        with self._writing:
            there = self._stamp and not self._publisher.snapshot.deleted
            if self.folder and there and replay.steps != self._replayed:
                replay.save(self.folder, snapshot.history)
                self._replayed = replay.steps

    def wait(self) -> None:
        """Wait until what is being written is there."""
        if self._keeper:
            self._keeper.wait()

    def let_go(self) -> None:
        """Keep the run no longer, once nothing is written any more."""
        self._keeper = None

    def _check_unchanged(self, folder: Path) -> None:
        """Raise `MossError` if something else has written to the folder since this run did."""
        if stamp(folder) not in (None, self._stamp):
            raise MossError(
                f"run {self.title}",
                "must be changed in one place at a time",
                "changes that another program made",
                "Take this one home as a ZIP if you want both, then reload the server and open it "
                "again.",
            )

    def rename(self, title: str, write: Callable[[], object]) -> None:
        """Take another title; `write` puts it on the disk while nothing else is written."""
        with self._writing:
            write()
            self.title = " ".join(title.split())
            if self.folder:
                self._stamp = stamp(self.folder)

    def delete(self) -> None:
        """Write nothing any more; when this returns, no writing is under way."""
        with self._writing:
            self._publisher.publish(deleted=True)

    def undelete(self) -> None:
        """Go on writing, after a deletion was undone."""
        with self._writing:
            self._taken_away = False
            self._publisher.publish(deleted=False)
            self._unsaved = True
