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
    part_shown,
    picture_of,
    sound_of,
    target_of,
    thumbnail_of,
    track_picture_of,
    track_sound_of,
)
from background.replay import Pictures, Replay
from background.snapshots import Pin, Request, Shown, Snapshot
from moss_core.machine import Known, logger
from moss_core.optimization import Preference, Run
from sources.kept import Kept
from sources.sound import Sound

REPLAYED = Shown()
"""What the replay shows: one channel, since pictures of all would take as many times as long."""
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
        self._expected = config.candidates * (config.steps + 1)
        self._replay = Replay(self._expected)
        self._encodings = Encodings(kept or kept_encodings())
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
            logger.info("%s", Known(changes["phase"]))
        with self._publishing:
            self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]
        # There is something to see now, or there will not be by waiting.
        if self._snapshot.picture or not self._snapshot.at_work:
            self._shown.set()

    def publish_waiting(self) -> None:
        """Say that the run waits for its turn; its pace is measured anew from then on."""
        self._pace.clear()
        self.publish(phase="waiting", message="", cause=None, steps_per_second=None)

    def take_up(self, pictures: Pictures) -> None:
        """Take the pictures of past steps that were kept of a run that is opened."""
        self._replay = Replay(self._expected, kept=pictures)

    def let_go(self) -> None:
        """Keep nothing large of the run any more, whoever holds this; there is no going back."""
        self._encodings.take_up(None)
        self._replay = Replay()
        self.publish(state=None, pins=(), sound=None, track_sound=None, recorded=())

    @property
    def replay(self) -> Replay:
        """The pictures of past steps."""
        return self._replay

    def publish_run(self, run: Run, waveform: Tensor, **known: object) -> None:
        """Publish what stays the same from now on, the first picture and sound, and what is known.

        It comes all at once: a page may look at any moment.

        Args:
            run: whose candidates are shown from now on.
            waveform: `(P, samples)` at the working rate, to begin with.
            known: other changes.
        """
        self._encodings.take_up(run)
        shown = self._snapshot.shown
        step = run.history[-1].step if run.history else 0
        self.publish(
            **known,
            objectives=run.objectives,
            canvas=part_shown(run, shown).canvas,
            sample_rate=run.track.sample_rate,
            channels=len(run.track.samples),
            heard=run.model.painted.heard,
            failures=run.failures,
            recorded=self._replay.steps,
            preferences=preferences_of(run),
            waiting=run.optimizer.waiting,
            picture=picture_of(run, waveform, shown),
            sound=sound_of(run, waveform, step, shown),
        )
        # What these are compared with may come a moment later: nobody asks for it first.
        for encode in (target_of, track_picture_of):
            self._encodings.of_run(encode, shown)
        self.publish(track_sound=track_sound_of(run, shown))
        self._sound_due = self._clock() + _SOUND_SECONDS

    def publish_step(self, run: Run) -> None:
        """Publish the step that a run has just taken."""
        state, watched, shown = run.state, self._snapshot.watched, self._snapshot.shown
        record = state.record
        picture = picture_of(run, state.waveform[watched], shown)
        # Pictures of all candidates cost time between two steps: only as often as they are kept.
        if self._replay.wants(record.step):
            made = {watched: picture} if shown == REPLAYED else {}
            others = {
                index: made.get(index) or picture_of(run, waveform, REPLAYED)
                for index, waveform in enumerate(state.waveform)
            }
            self._replay.add(record.step, others)
        self._pace.append(self._clock())
        pace = self._pace[-1] - self._pace[0]
        self.publish(
            planned=run.planned,
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

    def show(self, candidate: int, shown: Shown | None = None) -> None:
        """Have this candidate's picture and sound in the snapshots from now on.

        Args:
            candidate: its index.
            shown: what of it is shown; None: the same as before.
        """
        state, shown = self._snapshot.state, shown or self._snapshot.shown
        if state is None or not 0 <= candidate < len(state.waveform):
            self.publish(watched=candidate, shown=shown)
            return
        began, snapshot = self._clock(), replace(self._snapshot, shown=shown)
        run, _ = self.rendered(candidate, snapshot)
        self.publish(
            **self._place_shown(run, shown),
            watched=candidate,
            shown=shown,
            picture=self._encodings.encoded(picture_of, candidate, snapshot, shown),
            sound=self._encodings.sound(candidate, snapshot),
        )
        now = self._clock()
        self._sound_due = now + max(_SOUND_SECONDS, _SOUND_SHARE * (now - began))

    def _place_shown(self, run: Run, shown: Shown) -> dict[str, object]:
        """Return where the placed image lies that is shown from now on, and the track there."""
        canvas = part_shown(run, shown).canvas
        if canvas == self._snapshot.canvas:
            return {}
        return {"canvas": canvas, "track_sound": track_sound_of(run, shown)}

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

    def picture(self, candidate: int, snapshot: Snapshot, shown: Shown) -> bytes:
        """Return a WebP of a candidate's picture at a snapshot's step."""
        state = snapshot.state
        rendered = state is not None and candidate < len(state.waveform)
        if candidate == snapshot.watched and (shown == snapshot.shown or not rendered):
            return snapshot.picture
        return self._encodings.encoded(picture_of, candidate, snapshot, shown)

    def thumbnail(self, candidate: int, snapshot: Snapshot, shown: Shown) -> bytes:
        """Return a small WebP of a candidate's picture."""
        return self._encodings.encoded(thumbnail_of, candidate, snapshot, shown)

    def difference(self, candidate: int, snapshot: Snapshot, shown: Shown) -> bytes:
        """Return a WebP of how far a candidate's picture is from the image."""
        return self._encodings.encoded(difference_of, candidate, snapshot, shown)

    def target(self, shown: Shown) -> bytes:
        """Return a PNG of the image as it is painted; b"" before the run is prepared."""
        return self._encodings.of_run(target_of, shown)

    def track_picture(self, shown: Shown) -> bytes:
        """Return a WebP of the track's own picture; b"" before the run is prepared."""
        return self._encodings.of_run(track_picture_of, shown)

    def pinned(self, pin: Pin, shown: Shown) -> bytes:
        """Return a WebP of a pin's picture."""
        return self._encodings.pinned(pin, shown)

    def width(self, candidate: int, snapshot: Snapshot) -> float | None:
        """Return how wide a candidate is next to its track; None for what is not stereo."""
        return self._encodings.width(candidate, snapshot)

    def sound(self, candidate: int, snapshot: Snapshot) -> Sound | None:
        """Return a candidate's sound; at most a few seconds old while the run runs."""
        if candidate == snapshot.watched:
            return snapshot.sound
        return self._encodings.sound(candidate, snapshot)

    def rendered(self, candidate: int, snapshot: Snapshot) -> tuple[Run, Tensor]:
        """Return the run, and a candidate's channels `(P, samples)` at a snapshot's step.

        Raises:
            MossError: if it was not rendered yet.
        """
        return self._encodings.rendered(candidate, snapshot)


def preferences_of(run: Run) -> tuple[Preference, ...]:
    """Return the preferences in force, by candidate index."""
    return tuple(map(tuple, run.optimizer.preferences.tolist()))
