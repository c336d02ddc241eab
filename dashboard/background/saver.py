"""The folder of a run: who may write to it, and when it is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from background.publisher import Publisher
from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.optimization import Run
from moss_core.runs import save_progress, stamp

_SECONDS, _SHARE = 20.0, 40
"""What was learned is written right after the first step, and then after so many seconds, or so
many times as long as it takes: a fortieth of the time at most."""


class Saver:
    """Writes what a run has learned to its folder, and says so once it is there.

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
        self._clock = clock
        self._writing = threading.Lock()
        self._stamp: object = None
        self._unsaved = False
        self._due_at = 0.0
        self._replayed: tuple[int, ...] = ()

    @property
    def due(self) -> bool:
        """Whether a run that learns is to be saved again."""
        return self._clock() >= self._due_at

    @property
    def unsaved(self) -> bool:
        """Whether there is a change that no step will save by itself."""
        return self._unsaved

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

    def save(self, run: Run) -> None:
        """Write what was learned, unless the run was deleted; publish a MossError, do not raise."""
        if not self.folder or not run.history:
            self._unsaved = False
            return
        began = self._clock()
        try:
            with self._writing:
                if self._publisher.snapshot.deleted:
                    return
                run.title = self.title
                self._check_unchanged(self.folder)
                save_progress(run, self.folder)
                self._stamp = stamp(self.folder)
                self._unsaved = False
            self._publisher.publish(saved=run.history[-1].step, save_error="")
        except MossError as error:
            self._unsaved = True
            logger.error("not saved: %s", error)
            self._publisher.publish(save_error=str(error))
        now = self._clock()
        self._due_at = now + max(_SECONDS, _SHARE * (now - began))

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
            self._publisher.publish(deleted=False)
            self._unsaved = True
