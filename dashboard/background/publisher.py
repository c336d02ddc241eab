"""What pages get to see and hear of a run: its snapshot, its pictures and its sounds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from background.encodings import (
    Encodings,
    difference_of,
    kept_encodings,
    painted,
    picture_of,
    section_of,
    sound_of,
    thumbnail_of,
)
from background.replay import Replay
from background.snapshots import Request, Snapshot
from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.optimization import Preference, Run
from moss_core.synthesis import encode_picture
from sources.kept import Kept
from sources.sound import Sound

_PACE_STEPS = 8
_SOUND_SECONDS, _SOUND_SHARE = 3.0, 10
"""A sound is renewed after so many seconds, or so many times as long as one takes to make."""


class Publisher:
    """Replaces a run's snapshot whole, under one lock; whoever has one has it for good.

    The worker publishes; a page looks, and may have any candidate's picture and sound made.

    Args:
        request: what is run.
        clock: seconds.
        kept: what was encoded already, shared with other runs.
    """

    def __init__(
        self,
        request: Request,
        clock: Callable[[], float] = time.monotonic,
        kept: Kept | None = None,
    ) -> None:
        config = request.config
        self._clock = clock
        self._snapshot = Snapshot("waiting", config.steps, watched=(config.candidates - 1) // 2)
        self._publishing = threading.Lock()
        self._shown = threading.Event()
        self._run: Run | None = None
        self._replay = Replay(expected=config.candidates * (config.steps + 1))
        self._encodings = Encodings(kept or kept_encodings(), self.rendered)
        self._pace: deque[float] = deque(maxlen=_PACE_STEPS)
        self._sound_due = 0.0
        self.seen = clock()
        """When somebody last looked."""

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshot; does not count as watching."""
        return self._snapshot

    def look(self, seconds: float = 0.0) -> Snapshot:
        """Return the latest snapshot, and note that somebody is watching.

        Args:
            seconds: how long to wait for the first picture.
        """
        if seconds:
            self._shown.wait(seconds)
        self.seen = self._clock()
        return self._snapshot

    def publish(self, **changes: object) -> None:
        """Replace the snapshot by one with these changes."""
        if "phase" in changes:
            logger.info("%s %s", changes["phase"], changes.get("message", ""))
        with self._publishing:
            self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]
        # There is something to see now, or there will not be by waiting.
        if self._snapshot.picture or not self._snapshot.at_work:
            self._shown.set()

    def publish_waiting(self) -> None:
        """Say that the run waits for its turn; its pace is measured anew from then on."""
        self._pace.clear()
        self.publish(phase="waiting", message="", steps_per_second=None)

    def publish_run(self, run: Run, waveform: Tensor, **known: object) -> None:
        """Publish what stays the same from now on, the first picture and sound, and what is known.

        It comes all at once: a page may look at any moment.

        Args:
            run: whose candidates are shown from now on.
            waveform: `(samples,)` at the working rate, to begin with.
            known: other changes.
        """
        self._run = run
        step = run.history[-1].step if run.history else 0
        self.publish(
            **known,
            objectives=run.objectives,
            canvas=run.model.canvas,
            sample_rate=run.track.sample_rate,
            channels=len(run.track.samples),
            aspect=run.image.pixels.shape[1] / run.image.pixels.shape[0],
            failures=run.failures,
            preferences=preferences_of(run),
            waiting=run.optimizer.waiting,
            picture=picture_of(run, waveform),
            sound=sound_of(run, waveform, step),
        )
        # What these are compared with may come a moment later: nobody asks for it first.
        self.publish(
            target=encode_picture(painted(run)),
            track_picture=picture_of(run, run.model.track[0]),
            track_sound=section_of(run, run.track.samples, 0),
        )
        self._sound_due = self._clock() + _SOUND_SECONDS

    def publish_step(self, run: Run) -> None:
        """Publish the step that a run has just taken."""
        state, watched = run.state, self._snapshot.watched
        record = state.record
        picture = picture_of(run, state.waveform[watched])
        # Pictures of all candidates cost time between two steps: only as often as they are kept.
        if self._replay.wants(record.step):
            others = {
                index: picture if index == watched else picture_of(run, waveform)
                for index, waveform in enumerate(state.waveform)
            }
            self._replay.add(record.step, others)
        self._pace.append(self._clock())
        pace = self._pace[-1] - self._pace[0]
        self.publish(
            history=run.history,
            preferences=preferences_of(run),
            state=state,
            picture=picture,
            recorded=self._replay.steps,
            waiting=run.optimizer.waiting,
            work_left=run.work_left,
            steps_per_second=(len(self._pace) - 1) / pace if pace > 0 else None,
            failures=run.failures,
            skipped=(record.step, state.skipped[0]) if state.skipped else self._snapshot.skipped,
        )
        if self._clock() >= self._sound_due:
            self.show(watched)

    def show(self, candidate: int) -> None:
        """Have this candidate's picture and sound in the snapshots from now on."""
        state = self._snapshot.state
        if state is None or not 0 <= candidate < len(state.waveform):
            self.publish(watched=candidate)
            return
        began, snapshot = self._clock(), self._snapshot
        self.publish(
            watched=candidate,
            picture=self._encodings.encoded(picture_of, candidate, snapshot),
            sound=self._encodings.sound(candidate, snapshot),
        )
        now = self._clock()
        self._sound_due = now + max(_SOUND_SECONDS, _SOUND_SHARE * (now - began))

    def encode_ahead(self, go_on: Callable[[], bool]) -> None:
        """Encode what is likely to be asked for next, as long as `go_on` says so."""
        snapshot = self._snapshot
        for candidate in self._encodings.ahead(snapshot):
            if not go_on():
                break
            self._encodings.encode_all(candidate, snapshot)

    def picture_at(self, step: int, candidate: int) -> bytes | None:
        """Return a WebP of a candidate's picture at a recorded step, if it was there."""
        return self._replay.picture(step, candidate)

    def picture(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a WebP of a candidate's picture at a snapshot's step."""
        if candidate == snapshot.watched:
            return snapshot.picture
        return self._encodings.encoded(picture_of, candidate, snapshot)

    def thumbnail(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a small WebP of a candidate's picture."""
        return self._encodings.encoded(thumbnail_of, candidate, snapshot)

    def difference(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a WebP of how far a candidate's picture is from the image."""
        return self._encodings.encoded(difference_of, candidate, snapshot)

    def sound(self, candidate: int, snapshot: Snapshot) -> Sound | None:
        """Return a candidate's sound; at most a few seconds old while the run runs."""
        if candidate == snapshot.watched:
            return snapshot.sound
        return self._encodings.sound(candidate, snapshot)

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


def preferences_of(run: Run) -> tuple[Preference, ...]:
    """Return the preferences in force, by candidate index."""
    return tuple(map(tuple, run.optimizer.preferences.tolist()))
