"""Keeps what a run learns in its folder, while it goes on learning."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from pathlib import Path

from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.optimization import Run
from moss_core.runs.keeping.draft import Draft, unwritable
from moss_core.runs.keeping.inputs import Inputs
from moss_core.runs.keeping.pace import Pace

LEAST_SECONDS = 1.0
"""Between two times that what was learned is written: with the step at hand, and with the writing,
less than two seconds of work are lost with the program, where `SHARE` allows."""
SHARE = 0.02
"""Of the time, at most, for what was learned. A large run is written less often for it: nine
candidates on thirty seconds of stereo are 250 MB."""
COVER_SECONDS, COVER_SHARE = 60.0, 0.01
"""The same for what stands for a run in a list."""


@contextmanager
def _whenever() -> Iterator[bool]:
    yield True


class Keeper:
    """Writes a run beside its folder between two steps, and moves it in during the next ones.

    Only what changes is written: not the inputs, and cover and history at rest. A full disk stops
    nothing: it is told, and tried again. The thread in which the run learns calls everything here.

    Args:
        folder: of the run.
        around: entered while the folder is changed, by another thread perhaps; gives whether it may
            be. It is told the step.
        failed: told why the run could not be written, by another thread perhaps.
        clock: seconds.
    """

    def __init__(
        self,
        folder: Path,
        around: Callable[[int | None], AbstractContextManager[bool]] = lambda step: _whenever(),
        failed: Callable[[MossError], object] = lambda error: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._around, self._failed, self._clock = around, failed, clock
        self._inputs: Inputs | None = None
        self._pace = Pace(SHARE, LEAST_SECONDS, clock)
        self._cover = Pace(COVER_SHARE, COVER_SECONDS, clock)
        self._covered = False
        self._thread: threading.Thread | None = None
        self._trouble: MossError | None = None
        self._failing_since: float | None = None

    @property
    def failing_seconds(self) -> float:
        """For how long it could not be written; 0 while it can."""
        since = self._failing_since
        return 0.0 if since is None else self._clock() - since

    def note(self, run: Run) -> None:
        """Write what was learned if it is time to, without waiting for the disk."""
        if not self._pace.due or (self._thread and self._thread.is_alive()):
            return
        began = self._clock()
        cover = not self._covered or self._cover.due
        draft = self._draft(run, whole=False, cover=cover)
        took = self._clock() - began
        if cover and draft:  # mostly the cover's; what is not is counted again the next time
            self._covered = True
            self._cover.spent(began, took)
        if draft is None:
            self._pace.spent(began, took)
            return
        counted = 0.0 if cover else took
        told = draft, began, counted
        within = copy_context()  # whose run it is, for the log
        self._thread = threading.Thread(target=within.run, args=(self._put, *told))
        self._thread.start()

    def write(self, run: Run) -> MossError | None:
        """Write the run whole, and wait until it is on the disk; before its first step, too.

        Returns:
            Why it could not be written; `failed` was told.
        """
        self.wait()
        began = self._clock()
        draft = self._draft(run, whole=True, cover=True)
        self._covered = bool(run.history)
        trouble = self._put(draft, began) if draft else self._trouble
        self._pace.spent(
            began, 0.0
        )  # not for the share that this takes: it is once, and waited for
        if not trouble:
            took = self._clock() - began
            logger.info("wrote what was learned to %s in %.2f s", self.folder, took)
        return trouble

    def wait(self) -> None:
        """Wait until what is being written is on the disk."""
        if self._thread:
            self._thread.join()
            self._thread = None

    def _draft(self, run: Run, *, whole: bool, cover: bool) -> Draft | None:
        try:
            self._inputs = self._inputs or Inputs(run)
            return Draft(run, self.folder, self._inputs, whole=whole, cover=cover)
        except OSError as error:
            self._fail(unwritable(self.folder, error))
            return None

    def _put(self, draft: Draft, began: float, took: float = 0.0) -> MossError | None:
        """Commit a draft; of the time that this takes only computing keeps others waiting."""
        at, computed = self._clock(), time.thread_time()
        self._trouble = None
        try:
            with draft, self._around(draft.step) as wanted:
                if wanted:
                    draft.commit()
                    logger.debug("kept step %s", draft.step)
            self._failing_since = None
        except OSError as error:
            self._fail(unwritable(self.folder, error))
        except MossError as error:
            self._fail(error)
        computed = time.thread_time() - computed
        self._pace.spent(began, took + computed, self._clock() - at)
        return self._trouble

    def _fail(self, error: MossError) -> None:
        self._trouble = error
        if self._failing_since is None:
            self._failing_since = self._clock()
        logger.error("not saved: %s", error)
        self._failed(error)
