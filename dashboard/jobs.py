"""Runs in the background: a thread each, one of which learns at a time.

Nothing here knows Streamlit. A page submits a `Request` and gets a `Job`; it looks at the job's
`Snapshot`, which is never changed but replaced whole, and sends it commands, which take effect
between two steps, or at once when the run rests. Looking is also the sign that somebody is still
there: a job that nobody has looked at for `GRACE_SECONDS` pauses and keeps what it learned.
"""

from __future__ import annotations

import secrets
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue
from typing import Literal

from torch import Tensor

from kept import Kept
from line import Line
from moss_core.errors import MossError
from moss_core.export import encode_picture
from moss_core.front import Candidate, front_of
from moss_core.log import logger, run_token
from moss_core.preferences import Preference, lean
from moss_core.reopen import load
from moss_core.run import Run
from moss_core.state import Checkpoint
from moss_core.storage import save_progress, stamp
from replay import Replay
from snapshots import Pin, Request, Snapshot, Sound
from takes import (
    Takes,
    difference_of,
    kept_encodings,
    painted,
    picture_of,
    section_of,
    sound_of,
    thumbnail_of,
)

GRACE_SECONDS = 180.0
MORE_STEPS = 30
"""Steps that a run at rest goes on for when it is steered or branched."""
GROWN = (0.1, 0.3, 0.7, 0.9)
"""Shares of the image in the preferences of the candidates that `Job.grow` adds."""
MAX_PINS = 6
SLOW_SECONDS = 3.0
"""An objective that takes longer than this is named while the run waits for it."""
_MAX_UNDO = 8
_PACE_STEPS = 8
_SOUND_SECONDS, _SOUND_SHARE = 3.0, 10
"""A sound is renewed after so many seconds, or so many times as long as one takes to make."""
_SAVE_SECONDS, _SAVE_SHARE = 20.0, 30
"""What was learned is written to the disk after so many seconds, likewise."""

Command = Callable[[Run], None]


class Job:
    """One run in the background, found by its unguessable `token`.

    Args:
        request: what to run, or which run to open.
        line: where it waits for its turn to learn.
        folder: where what it learns is kept; None: nowhere. Its name is the token.
        clock: seconds, for tests.
        kept: what was encoded already, shared with other runs.
    """

    def __init__(
        self,
        request: Request,
        line: Line,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        kept: Kept | None = None,
    ) -> None:
        self.request = request
        self.title = request.title
        """What people call the run."""
        self.folder = folder
        self.token = folder.name if folder else secrets.token_hex(16)
        self.asked: Literal["pause", "stop"] | None = None
        """What somebody asked for that has not happened yet."""
        self._line = line
        self._clock = clock
        self._seen = clock()
        self._snapshot = Snapshot(
            "waiting", request.config.steps, watched=(request.config.candidates - 1) // 2
        )
        self._commands: Queue[Command] = Queue()
        self._going = not request.opens
        self._closed = False
        self._run: Run | None = None
        config = request.config
        self._replay = Replay(expected=config.candidates * (config.steps + 1))
        self._undo: dict[int, list[Checkpoint]] = {}
        self._wanted: dict[int, Preference] = {}
        self._pace: deque[float] = deque(maxlen=_PACE_STEPS)
        self._sound_due = 0.0
        self._save_due = 0.0
        self._unsaved = False
        self._stamp: object = None
        self._takes = Takes(kept or kept_encodings(), self.rendered)
        self._publishing = threading.Lock()
        self._using = threading.Lock()
        """Held while the run changes, and while somebody reads more of it than a snapshot."""
        self._shown = threading.Event()
        self._thread = threading.Thread(target=self._begin, name="moss-job", daemon=True)
        self._thread.start()

    def first_look(self, seconds: float) -> Snapshot:
        """Return the snapshot with the first picture, or the latest one after some seconds."""
        self._shown.wait(seconds)
        return self.look()

    def look(self) -> Snapshot:
        """Return the latest snapshot, and note that somebody is watching."""
        self._seen = self._clock()
        return self._snapshot

    @property
    def at_work(self) -> bool:
        """Whether it changes by itself, now or in a moment; does not count as watching."""
        if self._snapshot.phase == "failed":
            return False
        return self._snapshot.at_work or self._going or self._commands.unfinished_tasks > 0

    @property
    def seen(self) -> float:
        """When somebody last looked, by the job's clock."""
        return self._seen

    @property
    def safe(self) -> bool:
        """Whether nothing is lost when it is let go of: all it learned is kept, or was deleted."""
        snapshot = self._snapshot
        kept = not snapshot.save_error and not self._unsaved
        return not self.folder or snapshot.deleted or kept

    @property
    def waits_for(self) -> tuple[str, float] | None:
        """Label of an objective that takes long just now, and for how many seconds."""
        calls = self._run.scorer.calls if self._run else None
        seconds = time.monotonic() - calls[1] if calls else 0.0
        return (calls[0], seconds) if calls and seconds > SLOW_SECONDS else None

    @property
    def ahead(self) -> int:
        """How many runs learn before this one."""
        return self._line.ahead(self)

    def pause(self) -> None:
        """Rest before the next step."""
        self._ask("pause")

    def stop(self) -> None:
        """End before the next step; what was learned stays, and `extend` goes on from there."""
        self._ask("stop")

    def _ask(self, what: Literal["pause", "stop"]) -> None:
        self.asked = what
        self._going = False
        self._wake()

    def resume(self) -> None:
        """Go on."""
        self.asked = None
        self._going = True
        self._wake()

    def extend(self, steps: int) -> None:
        """Go on, and learn this many steps more than planned."""

        def more(run: Run) -> None:
            run.extend(steps, from_here=self._snapshot.phase == "stopped")
            run.learn_only(None)
            self.asked = None
            self._going = True
            self._publish(planned=run.planned)

        self._commands.put(more)

    def close(self) -> None:
        """End the thread; the last snapshot stays."""
        self._closed = True
        self._ask("stop")
        self._thread.join()

    def watch(self, candidate: int) -> None:
        """Have this candidate's picture and sound in the snapshots."""
        self._commands.put(lambda run: self._show(candidate))

    def preference(self, candidate: int) -> Preference:
        """Return the preference that was last asked for, or is in force, for a candidate."""
        return self._wanted.get(candidate) or self._snapshot.preferences[candidate]

    def steer(self, candidate: int, preference: Preference) -> None:
        """Give a candidate another preference from the next step on; a run at its end goes on."""
        self._wanted[candidate] = preference

        def command(run: Run) -> None:
            kept = self._undo.setdefault(candidate, [])
            kept.append(run.checkpoint(candidate))
            del kept[:-_MAX_UNDO]
            run.steer(candidate, preference)
            self._changed(run, candidate)

        self._commands.put(command)

    def undo(self, candidate: int) -> None:
        """Put a candidate back to what it was before it was last steered."""

        def command(run: Run) -> None:
            if self._undo.get(candidate):
                self._wanted.pop(candidate, None)
                run.restore(candidate, self._undo[candidate].pop())
                self._changed(run, candidate)

        self._commands.put(command)

    def pin(self, candidate: int) -> None:
        """Keep a candidate as it is now; the oldest pin goes when there are too many."""
        self._commands.put(lambda run: self._pin(run, candidate))

    def unpin(self, number: int) -> None:
        """Forget a pin."""

        def command(run: Run) -> None:
            self._publish(pins=tuple(p for p in self._snapshot.pins if p.number != number))

        self._commands.put(command)

    def branch(self, pin: Pin) -> None:
        """Add a candidate that goes on from a pin; a run at its end goes on."""

        def command(run: Run) -> None:
            index = run.branch(pin.checkpoint)
            self._changed(run, index)
            self._publish(watched=index, picture=pin.picture, sound=pin.sound)

        self._commands.put(command)

    def fill(self, first: int, second: int) -> None:
        """Add a candidate half way between two others; a run at its end goes on with it alone."""

        def command(run: Run) -> None:
            index = run.fill(first, second)
            self._changed(run, index)
            waveform = run.preview(index)
            sound = sound_of(run, waveform, self._snapshot.step)
            self._publish(watched=index, picture=picture_of(run, waveform), sound=sound)

        self._commands.put(command)

    def grow(self, candidate: int) -> None:
        """Add candidates that go on from this one, each with a share of `GROWN` on the image."""

        def command(run: Run) -> None:
            start = run.checkpoint(candidate)
            weights = [weight for _, weight in self.request.config.objectives]
            added = [
                run.branch(replace(start, preference=lean(run.objectives, weights, share)))
                for share in GROWN
            ]
            self._changed(run, *added)

        self._commands.put(command)

    def rename(self, title: str, write: Callable[[], object]) -> None:
        """Give the run another title; `write` puts it on the disk while nothing else is written."""
        with self._using:
            write()
            self.title = " ".join(title.split())
            if self.folder:
                self._stamp = stamp(self.folder)

    def put_back(self) -> None:
        """Go on keeping what is learned, after the run was deleted and the deletion undone."""
        self._publish(deleted=False)
        self._unsaved = True
        self._wake()

    def delete(self) -> None:
        """Rest, and keep nothing on the disk any more; what was learned stays in memory."""
        with self._using:  # after this no writing is under way
            self._publish(deleted=True)
        if self._going:
            self.pause()

    def candidates_at(self, step: int) -> tuple[Candidate, ...]:
        """Return the candidates of a past step, from the most track to the most image."""
        snapshot = self._snapshot
        if not 0 <= step < len(snapshot.history):
            return ()
        record, working = snapshot.history[step], snapshot.active
        return front_of(
            record.losses, record.preferences, snapshot.objectives, snapshot.worst, working
        ).candidates

    def picture_at(self, step: int, candidate: int) -> bytes | None:
        """Return a WebP of a candidate's picture at a recorded step, if it was there."""
        return self._replay.picture(step, candidate)

    def picture(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a WebP of a candidate's picture at a snapshot's step."""
        if candidate == snapshot.watched:
            return snapshot.picture
        return self._takes.encoded(picture_of, candidate, snapshot)

    def thumbnail(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a small WebP of a candidate's picture."""
        return self._takes.encoded(thumbnail_of, candidate, snapshot)

    def difference(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a WebP of how far a candidate's picture is from the image."""
        return self._takes.encoded(difference_of, candidate, snapshot)

    def sound(self, candidate: int, snapshot: Snapshot) -> Sound | None:
        """Return a candidate's sound; at most a few seconds old while the run runs."""
        if candidate == snapshot.watched:
            return snapshot.sound
        return self._takes.sound(candidate, snapshot)

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """Hold the run still, to read more of it than a snapshot tells.

        Raises:
            MossError: before the first step.
        """
        with self._using:
            run = self._run
            if run is None or not run.history:
                raise MossError(
                    "run", "must have taken a step", "none yet", "Wait for the first step."
                )
            run.title = self.title
            yield run

    def rendered(self, candidate: int, snapshot: Snapshot) -> tuple[Run, Tensor]:
        """Return the run, and a candidate's sound `(samples,)` at a snapshot's step.

        Raises:
            MossError: if it was not rendered yet.
        """
        run, state = self._run, snapshot.state
        if run is None or state is None or candidate >= len(state.waveform):
            raise MossError(
                f"candidate {candidate + 1}",
                "must have been rendered",
                "not yet",
                "Wait for the next step.",
            )
        return run, state.waveform[candidate]

    def _wake(self) -> None:
        self._commands.put(lambda run: None)

    # What follows runs in the job's own thread.

    def _begin(self) -> None:
        with run_token(self.token):
            self._live()

    def _live(self) -> None:
        try:
            if self.request.opens:
                self._open()
            while not self._closed:
                if self._going:
                    self._learn()
                else:
                    self._obey(self._next_command())
                    self._save_if_due()
        except MossError as error:
            self._fail(str(error))
        except Exception as error:  # other people's code, or a mistake of ours: show it
            self._fail(f"Unexpected error: {type(error).__name__}: {error}", traceback.format_exc())

    def _fail(self, message: str, details: str = "") -> None:
        """Give up, and keep what was learned until then."""
        logger.error("%s", message, exc_info=bool(details))
        if self._run:
            with suppress(Exception):  # whatever it is, the first failure is the one to show
                self._save(self._run)
        self._publish(phase="failed", message=message, details=details)

    def _next_command(self) -> Command:
        """Wait for a command; until one comes, encode what is likely to be asked for next."""
        snapshot = self._snapshot
        for candidate in self._takes.ahead(snapshot):
            if not self._commands.empty():
                break
            self._takes.encode_all(candidate, snapshot)
        return self._commands.get()

    def _learn(self) -> None:
        self._publish(phase="waiting", message="", steps_per_second=None)
        self._pace.clear()
        with self._line.turn(self, self._is_wanted) as mine:
            if mine:
                run = self._run or self._prepare()
                run.accept_failures()
                self._publish(phase="running")
                while self._is_wanted() and not (run.finished or run.halted):
                    self._obey_all(run)
                    if self._is_wanted() and not (run.finished or run.halted):
                        with self._using:
                            run.step()
                        self._publish_step(run)
                if self.asked == "stop" or run.halted:
                    with self._using:
                        settled = run.settle()
                    if settled:
                        self._publish_step(run)
        self._rest()

    def _is_wanted(self) -> bool:
        if self._clock() - self._seen > GRACE_SECONDS:
            self._going = False
        return self._going

    def _rest(self) -> None:
        run, asked, self.asked = self._run, self.asked, None
        if run and run.finished:
            phase, message, self._going = "finished", "", False
        elif asked == "stop" or run is None:
            phase, message = "stopped", "Stopped by you."
        elif run.halted:
            phase, self._going = "stopped", False
            message = (
                f"Stopped because the objective {run.failures[-1].name} failed. All that was "
                "learned is there; go on without it, or start again without it."
            )
        elif asked == "pause":
            phase, message = "paused", ""
        else:
            minutes = GRACE_SECONDS / 60
            phase = "paused"
            message = f"Paused because nobody was watching for {minutes:g} minutes."
        if run and self._snapshot.state:
            self._show(self._snapshot.watched)
            self._save(run)
        self._publish(phase=phase, message=message, steps_per_second=None)

    def _prepare(self) -> Run:
        self._publish(phase="preparing")
        request = self.request
        run = Run(
            request.image.as_image(),
            request.track.as_track(),
            request.config,
            request.plugins,
        )
        self._introduce(run, run.preview(self._snapshot.watched))
        return run

    def _open(self) -> None:
        """Take up the run that lies in the folder, and rest."""
        assert self.folder is not None
        self._publish(phase="preparing")
        self._stamp = stamp(self.folder)
        run = load(self.folder, self.request.plugins)
        state = run.state
        watched = state.front.knee
        self._introduce(
            run,
            state.waveform[watched],
            watched=watched,
            planned=run.planned,
            saved=state.record.step,
            history=run.history,
            state=state,
        )
        self._publish(phase="finished" if run.finished else "paused")

    def _introduce(self, run: Run, waveform: Tensor, **known: object) -> None:
        """Publish what stays the same from now on, the first picture and sound, and what is known.

        It comes all at once: a page may look at any moment.
        """
        self._run = run
        step = run.history[-1].step if run.history else 0
        self._publish(
            **known,
            objectives=run.objectives,
            canvas=run.model.canvas,
            sample_rate=run.track.sample_rate,
            channels=len(run.track.samples),
            worst=run.optimizer.worst,
            aspect=run.image.pixels.shape[1] / run.image.pixels.shape[0],
            failures=run.failures,
            preferences=_preferences(run),
            asleep=run.optimizer.asleep,
            picture=picture_of(run, waveform),
            sound=sound_of(run, waveform, step),
        )
        self._publish(
            target=encode_picture(painted(run)),
            track_picture=picture_of(run, run.model.track[0]),
            track_sound=section_of(run, run.track.samples, 0),
        )
        self._sound_due = self._clock() + _SOUND_SECONDS

    def _obey(self, command: Command) -> None:
        try:
            if self._run:
                with self._using:
                    command(self._run)
        except MossError as error:
            logger.warning("a command was refused: %s", error)
            self._publish(message=str(error))
        finally:
            self._commands.task_done()

    def _obey_all(self, run: Run) -> None:
        while True:
            try:
                self._obey(self._commands.get_nowait())
            except Empty:
                return

    def _changed(self, run: Run, *candidates: int) -> None:
        """Show what is in force after a command; a run at its end goes on for some steps.

        There only the candidates that it was about go on: what somebody chose among the others
        stays as it was heard.
        """
        self._unsaved = True
        if self._snapshot.phase in ("finished", "stopped") and not self._going:
            run.extend(MORE_STEPS, from_here=True)
            run.learn_only(candidates)
            self.asked = None
            self._going = True
        elif run.optimizer.only is not None:
            run.learn_only(run.optimizer.only.union(candidates))
        self._publish(
            planned=run.planned,
            preferences=_preferences(run),
            undoable=frozenset(index for index, kept in self._undo.items() if kept),
        )

    def _save_if_due(self) -> None:
        if self._run and self._unsaved:
            self._save(self._run)

    def _save(self, run: Run) -> None:
        """Write what was learned to the disk, and say so once it is there."""
        self._unsaved = False
        if not self.folder or not run.history:
            return
        began = self._clock()
        run.title = self.title
        try:
            with self._using:
                if self._snapshot.deleted:
                    return
                self._check_unchanged(self.folder)
                save_progress(run, self.folder)
                self._stamp = stamp(self.folder)
            self._publish(saved=run.history[-1].step, save_error="")
        except MossError as error:
            self._unsaved = True
            logger.error("not saved: %s", error)
            self._publish(save_error=str(error))
        now = self._clock()
        self._save_due = now + max(_SAVE_SECONDS, _SAVE_SHARE * (now - began))

    def _check_unchanged(self, folder: Path) -> None:
        """Raise `MossError` if something else has written to the folder since this job did."""
        if stamp(folder) not in (None, self._stamp):
            raise MossError(
                f"run {self.title}",
                "must be changed in one place at a time",
                "changes that another program made",
                "Take this one home as a ZIP if you want both, then reload the server and open it "
                "again.",
            )

    def _show(self, candidate: int) -> None:
        state = self._snapshot.state
        if state is None or not 0 <= candidate < len(state.waveform):
            self._publish(watched=candidate)
            return
        began, snapshot = self._clock(), self._snapshot
        self._publish(
            watched=candidate,
            picture=self._takes.encoded(picture_of, candidate, snapshot),
            sound=self._takes.sound(candidate, snapshot),
        )
        now = self._clock()
        self._sound_due = now + max(_SOUND_SECONDS, _SOUND_SHARE * (now - began))

    def _pin(self, run: Run, candidate: int) -> None:
        state = self._snapshot.state
        if state is None or candidate >= len(state.waveform):
            return
        waveform, record, pins = state.waveform[candidate], state.record, self._snapshot.pins
        pin = Pin(
            number=pins[-1].number + 1 if pins else 1,
            candidate=candidate,
            step=record.step,
            preference=record.preferences[candidate],
            losses=record.losses[candidate],
            picture=picture_of(run, waveform),
            sound=sound_of(run, waveform, record.step),
            checkpoint=run.checkpoint(candidate),
        )
        self._publish(pins=(*pins, pin)[-MAX_PINS:])

    def _publish_step(self, run: Run) -> None:
        state, watched = run.state, self._snapshot.watched
        record = state.record
        picture = picture_of(run, state.waveform[watched])
        if self._replay.wants(record.step):
            others = {
                index: picture if index == watched else picture_of(run, waveform)
                for index, waveform in enumerate(state.waveform)
            }
            self._replay.add(record.step, others)
        self._pace.append(self._clock())
        pace = self._pace[-1] - self._pace[0]
        self._publish(
            history=run.history,
            preferences=_preferences(run),
            state=state,
            picture=picture,
            recorded=self._replay.steps,
            asleep=run.optimizer.asleep,
            work_left=run.work_left,
            steps_per_second=(len(self._pace) - 1) / pace if pace > 0 else None,
            failures=run.failures,
            held=(record.step, state.held[0]) if state.held else self._snapshot.held,
        )
        if self._clock() >= self._sound_due:
            self._show(watched)
        if self._clock() >= self._save_due:
            self._save(run)

    def _publish(self, **changes: object) -> None:
        if "phase" in changes:
            logger.info("%s %s", changes["phase"], changes.get("message", ""))
        with self._publishing:
            self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]
        if self._snapshot.picture or not self._snapshot.at_work:
            self._shown.set()


def _preferences(run: Run) -> tuple[Preference, ...]:
    return tuple(map(tuple, run.optimizer.preferences.tolist()))
