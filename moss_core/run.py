"""A run: the inputs, the configuration, the candidates and the history of one optimization."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from moss_core.canvas import Canvas
from moss_core.errors import MossError
from moss_core.model import HybridModel
from moss_core.objectives import Objective
from moss_core.optimizer import Optimizer, Record, State, image_share, sweep_preferences
from moss_core.pareto import non_dominated
from moss_core.plugins import PluginFailure, Plugins, discover
from moss_core.scorer import Scorer
from moss_core.targets import Image, Track

MAX_CANDIDATES = 256
MAX_STEPS = 100_000
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's result besides the image and the track.

    Args:
        objectives: names with their weights inside their domain.
        candidates: how many masks to learn, 1 to 256.
        steps: how many times to learn, 0 or more; 0 gives the crossfade.
        learning_rate: of Adam on the masks' logits, above 0.
        seed: of everything random.
        device: "auto" (CUDA, then MPS, then CPU), "cpu", "cuda" or "mps".
        canvas: where the image is painted.
        fft_size: of the STFT, in samples at the working rate; the hop is a quarter.
        working_rate: Hz; None: the lowest standard rate that holds the canvas.

    Raises:
        MossError: for a value outside these ranges.
    """

    objectives: tuple[tuple[str, float], ...] = (
        ("lpips", 1.0),
        ("ssim", 1.0),
        ("multi_resolution_stft", 1.0),
    )
    candidates: int = 9
    steps: int = 60
    learning_rate: float = 0.3
    seed: int = 0
    device: str = "auto"
    canvas: Canvas = field(default_factory=Canvas)
    fft_size: int = 1024
    working_rate: int | None = None

    def __post_init__(self) -> None:
        _check_whole("candidates", self.candidates, 1, MAX_CANDIDATES, "Use 9.")
        _check_whole("steps", self.steps, 0, MAX_STEPS, "Use 60; 0 gives the crossfade.")
        _check_whole("seed", self.seed, 0, 2**63 - 1, "Use 0.")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise MossError(
                "learning_rate", "must be a number above 0", self.learning_rate, "Use 0.3."
            )
        if self.device not in DEVICES:
            raise MossError(
                "device", f"must be one of {', '.join(DEVICES)}", repr(self.device), "Use auto."
            )
        for name, weight in self.objectives:
            if not (math.isfinite(weight) and weight > 0):
                raise MossError(
                    f"weight of objective {name}",
                    "must be a number above 0",
                    weight,
                    "Leave the objective out to switch it off.",
                )

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as plain dictionaries, lists, numbers and strings."""
        return asdict(self)


def _check_whole(name: str, value: int, least: int, most: int, remedy: str) -> None:
    if not least <= value <= most:
        raise MossError(name, f"must be a whole number from {least} to {most:,}", value, remedy)


def choose_device(name: str) -> torch.device:
    """Return the device of this name; "auto" takes the fastest that is there.

    Raises:
        MossError: for "cuda" or "mps" on a machine that has none.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind, present in there.items() if present)
    if not there[name]:
        raise MossError(
            f"device {name}", "must be present on this machine", "none", "Use auto or cpu."
        )
    return torch.device(name)


@dataclass(frozen=True)
class Candidate:
    """One mask of a run in numbers.

    Args:
        index: its place in the run's tensors.
        preference: its weights over the objectives, summing to 1.
        losses: its values of the objectives; NaN for one that was switched off.
        dominated: whether another candidate is better in one objective and worse in none.
    """

    index: int
    preference: tuple[float, ...]
    losses: tuple[float, ...]
    dominated: bool


class Run:
    """One optimization, stepped from outside.

    Making one loads the objectives, builds them on the targets and measures both ends; nothing
    is learned before the first `step`.

    Args:
        image: the target picture.
        track: the target audio.
        config: everything else.
        plugins: what is installed; looked up by default.

    Raises:
        MossError: for an objective that is not there, or a canvas that does not fit.
    """

    def __init__(
        self,
        image: Image,
        track: Track,
        config: RunConfig | None = None,
        plugins: Plugins | None = None,
    ) -> None:
        self.image = image
        self.track = track
        self.config = config or RunConfig()
        plugins = plugins or discover()
        names = [name for name, _ in self.config.objectives]
        self.objectives: tuple[Objective, ...] = plugins.choose(names)
        self.sources = {name: plugins.installed[name] for name in names}
        self.model = HybridModel(
            image,
            track,
            self.config.canvas,
            self.config.fft_size,
            self.config.working_rate,
            choose_device(self.config.device),
            self.config.seed,
        )
        self.scorer = Scorer(self.objectives, self.model.target)
        weights = [weight for _, weight in self.config.objectives]
        self.optimizer = Optimizer(
            self.model,
            self.scorer,
            sweep_preferences(self.objectives, weights, self.config.candidates),
            self.config.learning_rate,
        )
        self.history: tuple[Record, ...] = ()
        self._state: State | None = None

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """Objectives that were switched off in this run, and why."""
        return self.scorer.failures

    @property
    def state(self) -> State:
        """The candidates as they were last rendered.

        Raises:
            MossError: before the first step.
        """
        if self._state is None:
            raise MossError("run", "must have taken a step", "none", "Call step() first.")
        return self._state

    @property
    def finished(self) -> bool:
        """Whether the configured number of steps has been learned and rendered."""
        return len(self.history) > self.config.steps

    def step(self) -> Record:
        """Render and measure all candidates, learn from it, and return the numbers.

        The first call gives the crossfade, step 0; call number `config.steps + 1` gives what
        `config.steps` steps have learned. Stopping after any call leaves a valid result.
        """
        self._state = self.optimizer.step()
        self.history += (self._state.record,)
        return self._state.record

    def steps(self) -> Iterator[Record]:
        """Step until `finished`, a `Record` each time."""
        while not self.finished:
            yield self.step()

    def steer(self, candidate: int, preference: Sequence[float]) -> None:
        """Give a candidate a new preference from the next step on (`Optimizer.steer`)."""
        self.optimizer.steer(candidate, preference)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the candidates as last rendered, from the most track to the most image."""
        record = self.state.record
        on_front = non_dominated(
            [[losses[k] for k in self.scorer.active] for losses in record.losses]
        )
        found = [
            Candidate(index, preference, losses, not bool(on_front[index]))
            for index, (preference, losses) in enumerate(
                zip(record.preferences, record.losses, strict=True)
            )
        ]
        return tuple(sorted(found, key=lambda c: image_share(self.objectives, c.preference)))

    def picture(self, candidate: int, state: State | None = None) -> Tensor:
        """Return a candidate's picture, one pixel a cell, `(H, W)` in [0, 1] on the CPU."""
        waveform = (state or self.state).waveform[candidate][None]
        with torch.no_grad():
            return self.model.picture(self.model.analyse(waveform))[0, 0].cpu()
