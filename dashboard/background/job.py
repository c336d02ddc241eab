"""Runs in the background: what a page holds of one.

Nothing here knows Streamlit. A page submits a `Request` and gets a `Job`; it looks at the job's
`Snapshot`, which is never changed but replaced whole, and sends it commands, which take effect
between two steps, or at once when the run rests. Looking is also the sign that somebody is still
there: a job that nobody has looked at for `cause.GRACE_SECONDS` pauses and keeps what it learned.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from torch import Tensor

from background.cause import Cause
from background.commands import Commands
from background.downloads.export import Exports
from background.intention import Intention
from background.publisher import Publisher
from background.saver import Saver
from background.snapshots import Pin, Request, Shown, Snapshot
from background.turns import Turns, Wait
from background.worker import Worker
from moss_core.errors import MossError
from moss_core.optimization import Candidate, Preference, Run, held_by
from sources.kept import Kept
from sources.sound import Sound

_BY_HAND = Cause("paused")
_FIRST = Shown()
SLOW_SECONDS = 3.0
"""An objective that takes longer than this is named while the run waits for it."""


class Job:
    """One run in the background, found by its unguessable `token`.

    Args:
        request: what to run, or which run to open.
        turns: where it waits for its turn to learn.
        folder: where what it learns is kept; None: nowhere. Its name is the token.
        clock: seconds, for tests.
        kept: what was encoded already, shared with other runs.
    """

    def __init__(
        self,
        request: Request,
        turns: Turns,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        kept: Kept | None = None,
    ) -> None:
        self.request = request
        self.folder = folder
        self.token = folder.name if folder else secrets.token_hex(16)
        self.exports = Exports()
        """The file that is made of it, to take home."""
        self.gone = False
        """Whether it was let go of: a page that still shows it opens it again."""
        self._wanted: dict[int, Preference] = {}
        self._intention = Intention(going=not request.opens)
        self._publisher = Publisher(request, clock, kept)
        self._saver = Saver(folder, request.title, self._publisher, clock)
        self._commands = Commands(request, self._intention, self._publisher, self._saver)
        self._worker = Worker(
            request, turns, self._intention, self._publisher, self._saver, clock, self.token
        )
        self.heart = self._worker.heart
        self._worker.start()

    @property
    def title(self) -> str:
        """What people call the run."""
        return self._saver.title

    def look(self, seconds: float = 0.0) -> Snapshot:
        """Return the latest snapshot; waits for the first picture; notes that somebody watches."""
        return self._publisher.look(seconds)

    @property
    def seen(self) -> float:
        """When somebody last looked, by the job's clock."""
        return self._publisher.seen

    @property
    def at_work(self) -> bool:
        """Whether it changes by itself, now or in a moment; does not count as watching."""
        # In this order: a command that sets the run going does so before it is done with, and
        # a run that rests says so before its snapshot does.
        soon = self._worker.busy or self._intention.going
        snapshot = self._publisher.snapshot
        return snapshot.phase != "failed" and (soon or snapshot.at_work)

    @property
    def asked(self) -> Literal["pause", "stop"] | None:
        """What somebody asked for that has not happened yet."""
        return self._intention.asked

    @property
    def safe(self) -> bool:
        """Whether nothing is lost when it is let go of: all it learned is kept, or was deleted."""
        return self._saver.safe

    @property
    def failing_seconds(self) -> float:
        """For how long it could not be written, though it is tried again and again; 0: it can."""
        return self._saver.failing_seconds

    @property
    def waits_for(self) -> tuple[str, float] | None:
        """Label of an objective that takes long just now, and for how many seconds."""
        calls = self._worker.run.scorer.calls if self._worker.run else None
        seconds = time.monotonic() - calls[1] if calls else 0.0
        return (calls[0], seconds) if calls and seconds > SLOW_SECONDS else None

    @property
    def wait(self) -> Wait | None:
        """What it has in front of it; None where it neither learns nor waits to."""
        return self._worker.wait

    def pause(self, why: Cause = _BY_HAND) -> None:
        """Pause before the next step."""
        self._intention.ask("pause", why)
        self._worker.wake()

    def stop(self, by: str = "") -> None:
        """End before the next step; what was learned stays, and `extend` goes on from there.

        Args:
            by: the tab in which somebody asks for it.
        """
        self._intention.ask("stop", Cause("stopped", by))
        self._worker.wake()

    def resume(self) -> None:
        """Go on."""
        self._intention.ask("go")
        self._worker.wake()

    def close(self) -> None:
        """End the thread, and forget the export; the last snapshot stays."""
        self.exports.close()
        self._intention.ask("close")
        self._worker.wake()
        self._worker.join()

    def let_go(self) -> None:
        """Close it, and keep nothing large of it, whoever still holds it."""
        self.close()
        self._worker.let_go()
        self._saver.let_go()
        self._commands.let_go()
        self._publisher.let_go()
        self.gone = True

    @property
    def held(self) -> int:
        """How many bytes it takes while it rests, about."""
        run, pins = self._worker.run, self._publisher.snapshot.pins
        pinned = sum(pin.waveform.nbytes + pin.checkpoint.nbytes for pin in pins)
        return (held_by(run) if run else 0) + pinned

    def extend(self, steps: int) -> None:
        """Go on, and learn this many steps more than planned."""
        self._worker.post(self._commands.extend, steps)

    def watch(self, candidate: int) -> None:
        """Have this candidate's picture and sound in the snapshots."""
        self._worker.post(self._commands.watch, candidate)

    def show(self, shown: Shown) -> None:
        """Have this of the candidate in the snapshots."""
        self._worker.post(self._commands.show, shown)

    def preference(self, candidate: int) -> Preference:
        """Return the preference that was last asked for, or is in force, for a candidate."""
        return self._wanted.get(candidate) or self._publisher.snapshot.preferences[candidate]

    def steer(self, candidate: int, preference: Preference) -> None:
        """Give a candidate another preference from the next step on; a run at its end goes on."""
        self._wanted[candidate] = preference
        self._worker.post(self._commands.steer, candidate, preference)

    def undo(self, candidate: int) -> None:
        """Put a candidate back to what it was before it was last steered."""
        self._wanted.pop(candidate, None)
        self._worker.post(self._commands.undo, candidate)

    def pin(self, candidate: int) -> None:
        """Keep a candidate as it is now; the oldest pin goes when there are too many."""
        self._worker.post(self._commands.pin, candidate)

    def unpin(self, number: int) -> None:
        """Forget a pin."""
        self._worker.post(self._commands.unpin, number)

    def branch(self, pin: Pin) -> None:
        """Add a candidate that goes on from a pin; a run at its end goes on."""
        self._worker.post(self._commands.branch, pin)

    def fill(self, first: int, second: int) -> None:
        """Add a candidate half way between two others; a run at its end goes on with it alone."""
        self._worker.post(self._commands.fill, first, second)

    def grow(self, candidate: int) -> None:
        """Add candidates that go on from this one, from more track to more image."""
        self._worker.post(self._commands.grow, candidate)

    def rename(self, title: str, write: Callable[[], object]) -> None:
        """Give the run another title; `write` puts it on the disk while nothing else is written."""
        with self._worker.still() as run:
            self._saver.rename(title, write)
            if run:
                run.title = self.title

    def delete(self) -> None:
        """Pause, and keep nothing on the disk any more; what was learned stays in memory."""
        self._saver.delete()
        self._intention.replace("go", "pause", Cause("deleted"))
        self._worker.wake()

    def undelete(self) -> None:
        """Go on keeping what is learned, after the run was deleted and the deletion undone."""
        self._saver.undelete()
        self._worker.wake()

    def candidates_at(self, step: int) -> tuple[Candidate, ...]:
        """Return the candidates of a past step, from the most track to the most image."""
        return self._publisher.snapshot.candidates_at(step)

    def picture_at(self, step: int, candidate: int) -> bytes | None:
        """Return a WebP of a candidate's picture at a recorded step, if it was there."""
        return self._publisher.picture_at(step, candidate)

    def picture(self, candidate: int, snapshot: Snapshot, shown: Shown = _FIRST) -> bytes:
        """Return a WebP of a candidate's picture at a snapshot's step."""
        return self._publisher.picture(candidate, snapshot, shown)

    def thumbnail(self, candidate: int, snapshot: Snapshot, shown: Shown = _FIRST) -> bytes:
        """Return a small WebP of a candidate's picture."""
        return self._publisher.thumbnail(candidate, snapshot, shown)

    def difference(self, candidate: int, snapshot: Snapshot, shown: Shown = _FIRST) -> bytes:
        """Return a WebP of how far a candidate's picture is from the image."""
        return self._publisher.difference(candidate, snapshot, shown)

    def target(self, shown: Shown = _FIRST) -> bytes:
        """Return a PNG of the image as it is painted; b"" before the run is prepared."""
        return self._publisher.target(shown)

    def track_picture(self, shown: Shown = _FIRST) -> bytes:
        """Return a WebP of the track's own picture; b"" before the run is prepared."""
        return self._publisher.track_picture(shown)

    def pinned(self, pin: Pin, shown: Shown = _FIRST) -> bytes:
        """Return a WebP of a pin's picture."""
        return self._publisher.pinned(pin, shown)

    def width(self, candidate: int, snapshot: Snapshot) -> float | None:
        """Return how wide a candidate is next to its track; None for what is not stereo."""
        return self._publisher.width(candidate, snapshot)

    def sound(self, candidate: int, snapshot: Snapshot) -> Sound | None:
        """Return a candidate's sound; at most a few seconds old while the run runs."""
        return self._publisher.sound(candidate, snapshot)

    def rendered(self, candidate: int, snapshot: Snapshot) -> tuple[Run, Tensor]:
        """Return the run, and a candidate's channels `(P, samples)`; `MossError` if not there."""
        return self._publisher.rendered(candidate, snapshot)

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """Hold the run still, to read more of it than a snapshot tells.

        Raises:
            MossError: before the first step.
        """
        with self._worker.still() as run:
            if run is None or not run.history:
                rule, remedy = "must have taken a step", "Wait for the first step."
                raise MossError("run", rule, "none yet", remedy)
            yield run
