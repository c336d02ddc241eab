"""A run: the inputs, the configuration, the candidates and the history of one optimization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from moss_core.config import MAX_CANDIDATES, MAX_STEPS, RunConfig, check_whole, choose_device
from moss_core.errors import MossError
from moss_core.model import HybridModel
from moss_core.objectives import Objective
from moss_core.optimizer import Optimizer
from moss_core.pareto import non_dominated
from moss_core.plugins import PluginFailure, Plugins, discover
from moss_core.preferences import image_share, sweep_preferences
from moss_core.scorer import Scorer
from moss_core.state import Checkpoint, Record, State
from moss_core.targets import Image, Track


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
        self.planned = self.config.steps
        """Steps to learn in all; `extend` adds to them."""
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
        """Whether the planned number of steps has been learned and rendered."""
        return len(self.history) > self.planned

    def extend(self, steps: int) -> None:
        """Plan more steps.

        Raises:
            MossError: for fewer than 1, or more than 100,000 in all.
        """
        most = MAX_STEPS - self.planned
        check_whole("more steps", steps, 1, most, "Start a new run from here instead.")
        self.planned += steps

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

    def preview(self, candidate: int) -> Tensor:
        """Return a candidate's sound as it is now, `(samples,)`, without learning from it."""
        return self.optimizer.preview(candidate)

    def checkpoint(self, candidate: int) -> Checkpoint:
        """Return all that a candidate has learned so far (`Optimizer.checkpoint`)."""
        return self.optimizer.checkpoint(candidate)

    def restore(self, candidate: int, checkpoint: Checkpoint) -> None:
        """Put a candidate back to a checkpoint from the next step on (`Optimizer.restore`)."""
        self.optimizer.restore(candidate, checkpoint)

    def branch(self, checkpoint: Checkpoint) -> int:
        """Add a candidate that goes on from a checkpoint; return its index.

        Raises:
            MossError: if the run has as many candidates as it may have.
        """
        count = len(self.optimizer.preferences)
        if count >= MAX_CANDIDATES:
            raise MossError(
                "candidates", f"must be at most {MAX_CANDIDATES}", count, "Start a new run."
            )
        return self.optimizer.add(checkpoint)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the candidates as last rendered, from the most track to the most image."""
        return rank(self.state.record, self.objectives, self.scorer.active)

    def picture(self, waveform: Tensor) -> Tensor:
        """Return the picture of a sound `(samples,)` at the working rate.

        Returns:
            One pixel a cell, `(H, W)` in [0, 1], on the CPU.
        """
        with torch.no_grad():
            return self.model.picture(self.model.analyse(waveform[None]))[0, 0].cpu()


def rank(
    record: Record, objectives: Sequence[Objective], active: Sequence[int]
) -> tuple[Candidate, ...]:
    """Return a step's candidates, from the most track to the most image.

    Args:
        record: the step.
        objectives: the run's, K of them.
        active: indices of those that count for dominance.
    """
    on_front = non_dominated([[losses[k] for k in active] for losses in record.losses])
    found = [
        Candidate(index, preference, losses, not bool(on_front[index]))
        for index, (preference, losses) in enumerate(
            zip(record.preferences, record.losses, strict=True)
        )
    ]
    return tuple(sorted(found, key=lambda c: image_share(objectives, c.preference)))
