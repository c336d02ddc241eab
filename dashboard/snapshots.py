"""What a page may know of a run: immutable, replaced whole by the job after every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moss_core.canvas import PlacedCanvas
from moss_core.config import RunConfig
from moss_core.front import Candidate
from moss_core.objectives import Objective
from moss_core.plugins import PluginFailure, Plugins
from moss_core.preferences import Preference
from moss_core.state import Checkpoint, Record, State
from sources import Source

Phase = Literal["waiting", "preparing", "running", "paused", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class Request:
    """What to run."""

    image: Source
    track: Source
    config: RunConfig
    plugins: Plugins


@dataclass(frozen=True)
class Sound:
    """The canvas's section of a sound, ready to play.

    Args:
        step: that it was rendered at.
        content: 16-bit FLAC at the track's rate and in all its channels.
        loudness: LUFS (ITU-R BS.1770).
    """

    step: int
    content: bytes
    loudness: float


@dataclass(frozen=True)
class Pin:
    """A candidate kept as it was at a step, to compare with and to branch from.

    Args:
        number: counts the run's pins from 1.
        candidate: its index.
        step: that it was rendered at.
        preference: its weights then.
        losses: its losses then.
        picture: WebP.
        sound: the canvas's section.
        checkpoint: all that it had learned.
    """

    number: int
    candidate: int
    step: int
    preference: Preference
    losses: tuple[float, ...]
    picture: bytes
    sound: Sound
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Snapshot:
    """A job at one moment.

    Args:
        phase: how far it is.
        planned: steps that it will learn in all.
        objectives: those of the run, in the order of the losses.
        active: indices of the objectives that work.
        canvas: where the image is painted; None before the run is prepared.
        sample_rate: of the sounds, Hz.
        aspect: the image's width to its height.
        target: PNG of the image, stretched onto the canvas as it is painted.
        track_picture: WebP of the track's own spectrogram on the canvas.
        track_sound: the track's section; None before the run is prepared.
        history: a record a step so far.
        candidates: as last rendered, from the most track to the most image.
        preferences: in force for the next step, by candidate index.
        state: the candidates' masks and waveforms, immutable; None before the first step.
        watched: index of the candidate that `picture` and `sound` belong to.
        picture: WebP of that candidate's picture; b"" before the run is prepared.
        sound: its section; renewed every few seconds while the run runs.
        recorded: steps whose pictures are kept for the replay.
        pins: oldest first.
        undoable: candidates with a steer that can be undone.
        steps_per_second: over the last steps, with everything around them; None before two.
        failures: objectives that were switched off, and why.
        held: (step, candidate) of the last step that a candidate could not learn from.
        message: why it paused, stopped or failed, for people.
        details: a traceback, or "".
    """

    phase: Phase
    planned: int
    objectives: tuple[Objective, ...] = ()
    active: tuple[int, ...] = ()
    canvas: PlacedCanvas | None = None
    sample_rate: int = 0
    aspect: float = 1.0
    target: bytes = b""
    track_picture: bytes = b""
    track_sound: Sound | None = None
    history: tuple[Record, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    preferences: tuple[Preference, ...] = ()
    state: State | None = None
    watched: int = 0
    picture: bytes = b""
    sound: Sound | None = None
    recorded: tuple[int, ...] = ()
    pins: tuple[Pin, ...] = ()
    undoable: frozenset[int] = frozenset()
    steps_per_second: float | None = None
    failures: tuple[PluginFailure, ...] = ()
    held: tuple[int, int] | None = None
    message: str = ""
    details: str = ""

    @property
    def at_work(self) -> bool:
        """Whether it changes by itself."""
        return self.phase in ("waiting", "preparing", "running")

    @property
    def step(self) -> int:
        """Steps learned so far."""
        return self.history[-1].step if self.history else 0

    @property
    def seconds_left(self) -> float | None:
        """Until the last planned step, at the present pace."""
        pace = self.steps_per_second
        return (self.planned - self.step) / pace if pace else None
