"""What a page may know of a run: immutable, replaced whole by the job after every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from torch import Tensor

from background.cause import Cause
from moss_core.objectives import Objective, PluginFailure, Plugins, Viewer
from moss_core.optimization import (
    Candidate,
    Checkpoint,
    Cost,
    Front,
    Preference,
    Record,
    RunConfig,
    State,
    front_of,
)
from moss_core.runs import INPUTS, read_manifest
from moss_core.synthesis import PlacedCanvas
from sources.sound import Sound
from sources.source import Source, title_of

Phase = Literal["waiting", "preparing", "running", "paused", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class Shown:
    """What of a candidate a picture shows.

    Args:
        channel: index of one of the sounds that are heard (`Snapshot.heard`).
        viewer: as which program shows it; None: as MOSS does, one pixel a cell.
    """

    channel: int = 0
    viewer: Viewer | None = None

    def words(self, heard: Sequence[str]) -> tuple[str, ...]:
        """Return what is unusual about it, for people: the channel of several, and the program.

        Args:
            heard: names of the sounds that are heard.
        """
        channel = (heard[self.channel],) if len(heard) > 1 else ()
        return channel + ((f"as in {self.viewer.label}",) if self.viewer else ())


@dataclass(frozen=True)
class Request:
    """What to run.

    Args:
        image: the target picture.
        track: the target audio.
        config: everything else.
        plugins: what is installed.
        title: what people call the run.
        opens: whether it is a run that lies in its folder already, to go on with.
        right: an image for the right channel; the first one is then for the left.
        others: more images, which the configuration counts from 1.
        cost: what it takes, by which it is told how long it takes before it has begun, and whether
            it can begin beside others; None: unknown.
    """

    image: Source
    track: Source
    config: RunConfig
    plugins: Plugins
    title: str
    opens: bool = False
    right: Source | None = None
    others: tuple[Source, ...] = ()
    cost: Cost | None = None

    @property
    def work(self) -> float:
        """Painted seconds of all channels x candidates x steps; 0: unknown."""
        return self.cost.work if self.cost else 0.0


def request_to_open(folder: Path, plugins: Plugins) -> Request:
    """Return the request that opens the run in a folder.

    Raises:
        MossError: if its `run.json` cannot be read.
    """
    manifest = read_manifest(folder)
    image, track, right = (
        Source(name, title_of(name), folder / INPUTS)
        for name in (manifest.image, manifest.track, manifest.right)
    )
    return Request(
        image,
        track,
        manifest.config,
        plugins,
        manifest.title,
        opens=True,
        right=right if manifest.right else None,
        others=tuple(Source(name, title_of(name), folder / INPUTS) for name, _ in manifest.others),
    )


@dataclass(frozen=True)
class Pin:
    """A candidate kept as it was at a step, to compare with and to branch from.

    Args:
        number: counts the run's pins from 1.
        candidate: its index.
        step: that it was rendered at.
        preference: its weights then.
        losses: its losses then.
        waveform: its painted channels, `(P, samples)` at the working rate.
        sound: the canvas's section.
        checkpoint: all that it had learned.
    """

    number: int
    candidate: int
    step: int
    preference: Preference
    losses: tuple[float, ...]
    waveform: Tensor
    sound: Sound
    checkpoint: Checkpoint


_NO_FRONT = Front()
_STEPS_MEASURED = 5


@dataclass(frozen=True)
class Snapshot:
    """A job at one moment.

    Args:
        phase: how far it is.
        planned: steps that it will learn in all.
        objectives: those of the run, in the order of the losses.
        canvas: where the image is painted; None before the run is prepared.
        sample_rate: of the sounds, Hz.
        channels: of the track.
        heard: names of the sounds that are heard: the painted channels, and perhaps their mix.
        track_sound: the track's section; None before the run is prepared.
        history: a record a step so far.
        preferences: in force for the next step, by candidate index.
        state: the candidates as last rendered, immutable; None before the first step.
        watched: index of the candidate that `picture` and `sound` belong to.
        shown: what of it `picture` shows.
        picture: WebP of that candidate's picture; b"" before the run is prepared.
        sound: its section; renewed every few seconds while the run runs.
        recorded: steps whose pictures are kept for the replay.
        pins: oldest first.
        undoable: losses that candidates had before their last steer, which can be undone.
        waiting: candidates that join the others later (`Growth`).
        work_left: the steps that are planned, in steps that take as long as the last one.
        steps_per_second: over the last steps, with everything around them; None before two.
        failures: objectives that were switched off, and why.
        skipped: (step, candidate) of the last step that a candidate could not learn from.
        saved: the last step that is on the disk; None: none is.
        save_error: why the last writing to the disk did not work; "" if it did.
        deleted: whether somebody deleted the run while it was open.
        cause: why it rests, where it does before its end.
        message: what went wrong, for people.
        details: a traceback, or "".
    """

    phase: Phase
    planned: int
    objectives: tuple[Objective, ...] = ()
    canvas: PlacedCanvas | None = None
    sample_rate: int = 0
    channels: int = 0
    heard: tuple[str, ...] = ()
    track_sound: Sound | None = None
    history: tuple[Record, ...] = ()
    preferences: tuple[Preference, ...] = ()
    state: State | None = None
    watched: int = 0
    shown: Shown = Shown()
    picture: bytes = b""
    sound: Sound | None = None
    recorded: tuple[int, ...] = ()
    pins: tuple[Pin, ...] = ()
    undoable: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    waiting: frozenset[int] = frozenset()
    work_left: float = 0.0
    steps_per_second: float | None = None
    failures: tuple[PluginFailure, ...] = ()
    skipped: tuple[int, int] | None = None
    saved: int | None = None
    save_error: str = ""
    deleted: bool = False
    cause: Cause | None = None
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
    def front(self) -> Front:
        """What the last step's losses say of the candidates; empty before the first step."""
        return self.state.front if self.state else _NO_FRONT

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates as last rendered, from the most track to the most image."""
        return self.front.candidates

    def candidates_at(self, step: int) -> tuple[Candidate, ...]:
        """Return the candidates of a past step, from the most track to the most image."""
        if not 0 <= step < len(self.history):
            return ()
        record = self.history[step]
        known = self.objectives, self.worst, self.active
        return front_of(record.losses, record.preferences, *known).candidates

    @property
    def active(self) -> tuple[int, ...]:
        """Indices of the objectives that count (`Front`)."""
        return self.front.active

    @property
    def worst(self) -> tuple[float, ...]:
        """Each objective's worse end (`Front`)."""
        return self.front.worst

    def rendered_at(self, candidate: int) -> int:
        """Return the step at which a candidate was last rendered; one that waits stays as it was.

        Args:
            candidate: its index; of one that is not rendered yet, the next rendering is meant.
        """
        rendered = self.state.rendered if self.state else ()
        return rendered[candidate] if candidate < len(rendered) else self.step

    @property
    def seconds_left(self) -> float | None:
        """Until the last planned step, at the present pace of a candidate."""
        pace = self.steps_per_second
        return self.work_left / pace if pace else None


def learning_left(snapshot: Snapshot, otherwise: float) -> float:
    """Return about how many seconds a run has still to learn, by its last steps.

    Args:
        snapshot: of the run, whose records count its own seconds, not those of others' turns.
        otherwise: what is returned before it has taken two.
    """
    history = snapshot.history[-_STEPS_MEASURED - 1 :]
    if len(history) < 2:
        return otherwise
    pace = (history[-1].seconds - history[0].seconds) / (len(history) - 1)
    return snapshot.work_left * pace
