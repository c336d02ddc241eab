"""Runs in the background: one worker thread, a short queue, and snapshots that pages look at.

Nothing here knows Streamlit. A page submits a `Request` and gets a `Job`; it looks at the job's
`Snapshot`, which is never changed but replaced whole, and sends it commands, which take effect
between two steps. Looking is also the sign that somebody is still there: a job that nobody has
looked at for `GRACE_SECONDS` stops and keeps its result.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
import traceback
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Literal

from torch.nn.functional import interpolate

from moss_core.canvas import PlacedCanvas
from moss_core.errors import MossError
from moss_core.export import encode_picture, encode_wav, hybrid
from moss_core.objectives import Objective
from moss_core.optimizer import Record, State
from moss_core.plugins import PluginFailure, Plugins
from moss_core.run import Candidate, Run, RunConfig
from moss_core.targets import load_image, load_track
from sources import Source

GRACE_SECONDS = 180.0
MAX_WAITING = 4
MAX_KEPT = 8
_PACE_STEPS = 10

Phase = Literal["waiting", "preparing", "running", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class Request:
    """What to run."""

    image: Source
    track: Source
    config: RunConfig
    plugins: Plugins


@dataclass(frozen=True)
class Snapshot:
    """A job at one moment.

    Args:
        phase: how far it is.
        steps: how many it will learn.
        objectives: those of the run, in the order of the losses.
        canvas: where the image is painted; None before the run is prepared.
        history: a record a step so far.
        candidates: as last rendered, from the most track to the most image.
        state: the candidates' masks and waveforms, immutable; None before the first step.
        target: PNG of the image, stretched onto the canvas as it is painted.
        watched: the candidate that `picture` shows.
        picture: PNG of that candidate's picture.
        failures: objectives that were switched off, and why.
        message: why it stopped or failed, for people.
        details: a traceback, or "".
    """

    phase: Phase
    steps: int
    objectives: tuple[Objective, ...] = ()
    canvas: PlacedCanvas | None = None
    history: tuple[Record, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    state: State | None = None
    target: bytes = b""
    watched: int = 0
    picture: bytes = b""
    failures: tuple[PluginFailure, ...] = ()
    message: str = ""
    details: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase in ("finished", "stopped", "failed")

    @property
    def step(self) -> int:
        """Steps learned so far."""
        return self.history[-1].step if self.history else 0

    @property
    def seconds_per_step(self) -> float | None:
        """Over the last steps; None before there are two."""
        last = self.history[-_PACE_STEPS:]
        return (last[-1].seconds - last[0].seconds) / (len(last) - 1) if len(last) > 1 else None

    @property
    def seconds_left(self) -> float | None:
        """Until the last step, at the present pace."""
        pace = self.seconds_per_step
        return None if pace is None else pace * (self.steps - self.step)


@dataclass(frozen=True)
class _Watch:
    candidate: int


@dataclass(frozen=True)
class _Steer:
    candidate: int
    preference: tuple[float, ...]


@dataclass(eq=False)
class Job:
    """One run in the background, found by its unguessable `token`."""

    request: Request
    clock: Callable[[], float] = time.monotonic
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def __post_init__(self) -> None:
        candidates = self.request.config.candidates
        self._snapshot = Snapshot(
            "waiting", self.request.config.steps, watched=(candidates - 1) // 2
        )
        self._commands: SimpleQueue[_Watch | _Steer] = SimpleQueue()
        self._stop = threading.Event()
        self._seen = self.clock()
        self._run: Run | None = None
        self._encoded: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._encoding = threading.Lock()

    def look(self) -> Snapshot:
        """Return the latest snapshot, and note that somebody is watching."""
        self._seen = self.clock()
        return self._snapshot

    @property
    def done(self) -> bool:
        """Whether nothing more will happen; does not count as watching."""
        return self._snapshot.done

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for that has not happened yet."""
        return self._stop.is_set() and not self.done

    def stop(self) -> None:
        """Stop before the next step; what was learned stays."""
        self._stop.set()

    def watch(self, candidate: int) -> None:
        """Have this candidate's picture in the snapshots from the next step on."""
        self._commands.put(_Watch(candidate))

    def steer(self, candidate: int, image_share: float) -> None:
        """Move a candidate's preference, from the next step on.

        Args:
            candidate: its index.
            image_share: weight of all image objectives together, 0 (track) to 1 (image).
        """
        preference = share_out(self._snapshot.objectives, self.request.config, image_share)
        self._commands.put(_Steer(candidate, preference))

    def picture(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a PNG of any candidate's picture at a snapshot's step."""
        if candidate == snapshot.watched:
            return snapshot.picture

        def encode(run: Run, state: State) -> bytes:
            return encode_picture(run.picture(candidate, state))

        return self._once("picture", candidate, snapshot, encode)

    def sound(self, candidate: int, snapshot: Snapshot) -> bytes:
        """Return a 16-bit WAV of any candidate at a snapshot's step, at the track's rate."""

        def encode(run: Run, state: State) -> bytes:
            return encode_wav(hybrid(run, candidate, state), run.track.sample_rate, "pcm16")

        return self._once("sound", candidate, snapshot, encode)

    def _once(
        self,
        kind: str,
        candidate: int,
        snapshot: Snapshot,
        encode: Callable[[Run, State], bytes],
    ) -> bytes:
        run, state = self._run, snapshot.state
        if run is None or state is None:
            raise MossError("run", "must have taken a step", "none", "Wait for the first step.")
        key = (kind, candidate, snapshot.step)
        with self._encoding:
            if key not in self._encoded:
                for old in [old for old in self._encoded if old[0] == kind]:
                    del self._encoded[old]  # one sound and one picture a job
                self._encoded[key] = encode(run, state)
            return self._encoded[key]

    # What follows runs in the worker thread.

    def work(self) -> None:
        """Run to the end, a stop or an error; never raises."""
        try:
            self._work()
        except MossError as error:
            self._publish(phase="failed", message=str(error))
        except Exception as error:  # other people's code, or a mistake of ours: show it
            message = f"Unexpected error: {type(error).__name__}: {error}"
            self._publish(phase="failed", message=message, details=traceback.format_exc())

    def _work(self) -> None:
        if self._told_to_stop():
            return
        self._publish(phase="preparing")
        request = self.request
        self._run = run = Run(
            load_image(request.image.content, request.image.name),
            load_track(request.track.content, request.track.name),
            request.config,
            request.plugins,
        )
        self._publish(objectives=run.objectives, canvas=run.model.canvas, failures=run.failures)
        while not self._told_to_stop():
            self._obey(run)
            run.step()
            self._publish_step(run)
            if run.finished:
                self._publish(phase="finished")
                return

    def _told_to_stop(self) -> bool:
        if self._stop.is_set():
            self._publish(phase="stopped", message="Stopped by you.")
        elif self.clock() - self._seen > GRACE_SECONDS:
            minutes = GRACE_SECONDS / 60
            message = f"Stopped because nobody was watching for {minutes:g} minutes."
            self._publish(phase="stopped", message=message)
        return self.done

    def _obey(self, run: Run) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except Empty:
                return
            if isinstance(command, _Steer):
                run.steer(command.candidate, command.preference)
            else:
                self._publish(
                    watched=command.candidate,
                    picture=self.picture(command.candidate, self._snapshot)
                    if self._snapshot.state
                    else b"",
                )

    def _publish_step(self, run: Run) -> None:
        watched = self._snapshot.watched
        picture = run.picture(watched)
        target = self._snapshot.target
        if not target:
            pixels = run.image.pixels[None, None]
            size = tuple(picture.shape)
            fitted = interpolate(pixels, size, mode="bilinear", antialias=True)
            target = encode_picture(fitted[0, 0].clamp(0, 1))
        self._publish(
            phase="running",
            history=run.history,
            candidates=run.candidates(),
            state=run.state,
            target=target,
            picture=encode_picture(picture),
            failures=run.failures,
        )

    def _publish(self, **changes: object) -> None:
        self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]


def share_out(
    objectives: tuple[Objective, ...], config: RunConfig, image_share: float
) -> tuple[float, ...]:
    """Return a preference that gives `image_share` to the image objectives, the rest to audio.

    Inside a domain the weights are shared out as the configuration sets them.
    """
    weights = dict(config.objectives)
    totals = {
        domain: math.fsum(weights[o.name] for o in objectives if o.domain == domain)
        for domain in ("image", "audio")
    }
    shares = {"image": image_share, "audio": 1 - image_share}
    return tuple(weights[o.name] / totals[o.domain] * shares[o.domain] for o in objectives)


class JobManager:
    """Keeps the jobs and works on one after the other.

    Args:
        max_waiting: jobs that may wait for the worker.
        max_kept: finished jobs whose results stay available.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        max_waiting: int = MAX_WAITING,
        max_kept: int = MAX_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_waiting = max_waiting
        self._max_kept = max_kept
        self._clock = clock
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="moss-jobs", daemon=True)
        self._worker.start()

    def submit(self, request: Request) -> Job:
        """Queue a run.

        Raises:
            MossError: if too many are waiting already.
        """
        with self._changed:
            if len(self._waiting) >= self._max_waiting:
                raise MossError(
                    "queue",
                    f"must hold at most {self._max_waiting} waiting runs",
                    len(self._waiting),
                    "Other people's runs come first; try again in a minute.",
                )
            job = Job(request, self._clock)
            self._jobs[job.token] = job
            self._waiting.append(job)
            self._forget_oldest()
            self._changed.notify()
        return job

    def find(self, token: str | None) -> Job | None:
        """Return the job of this token, if it is still kept."""
        return self._jobs.get(token or "")

    def ahead(self, job: Job) -> int:
        """Return how many waiting jobs come before this one."""
        with self._changed:
            return self._waiting.index(job) if job in self._waiting else 0

    def close(self) -> None:
        """Stop everything and end the worker."""
        with self._changed:
            self._closed = True
            for job in self._jobs.values():
                job.stop()
            self._changed.notify()
        self._worker.join()

    def _forget_oldest(self) -> None:
        done = [token for token, job in self._jobs.items() if job.done]
        for token in done[: max(0, len(done) - self._max_kept)]:
            del self._jobs[token]

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                job = self._waiting.popleft()
            job.work()
            with self._changed:
                self._forget_oldest()
