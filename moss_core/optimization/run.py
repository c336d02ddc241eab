"""A run: the inputs, the configuration, the candidates and the history of one optimization."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import Known, logger, on_one_core, spare_memory
from moss_core.objectives import Objective, PluginFailure, Plugins, Scorer, discover
from moss_core.optimization.config import (
    MAX_CANDIDATES,
    MAX_STEPS,
    RunConfig,
    check_whole,
    choose_device,
)
from moss_core.optimization.front import Candidate
from moss_core.optimization.growth import Gaps
from moss_core.optimization.optimizer import Optimizer
from moss_core.optimization.preferences import sweep_preferences
from moss_core.optimization.records import Checkpoint, Record, State
from moss_core.synthesis import Analysis, Image, Track, lenses_of, place_all


class Run:
    """One optimization, stepped from outside.

    Making one loads the objectives, builds them on the targets and measures both ends; nothing
    is learned before the first `step`.

    Args:
        image: the target picture.
        track: the target audio.
        config: everything else.
        plugins: what is installed; looked up by default.
        strict: whether an objective that cannot be used here is an error (`check_objectives`), and
            one that cannot be built where failures stop the run; if not, it is switched off.
        right: an image for the right channel; the first one is then for the left.
        others: more images, which `RunConfig.others` counts from 1.

    Raises:
        MossError: for an objective that is not there, a canvas that does not fit, an image whose
            adjustments leave one gray, and if strict.
    """

    @on_one_core()
    def __init__(
        self,
        image: Image,
        track: Track,
        config: RunConfig | None = None,
        plugins: Plugins | None = None,
        strict: bool = True,
        right: Image | None = None,
        others: Sequence[Image] = (),
    ) -> None:
        self.image, self.right, self.others, self.track = image, right, tuple(others), track
        config = config or RunConfig()
        plugins = plugins or discover()
        chosen = [name for name, _ in config.objectives]
        self.objectives: tuple[Objective, ...] = plugins.choose(chosen)
        self.sources = {name: plugins.installed[name] for name in chosen}
        device = choose_device(config.device)
        seen_in = lenses_of(config.viewers, plugins, track.sample_rate, len(track.samples))
        size, rate = config.fft_size, config.working_rate
        analysis = Analysis(size, rate, device, config.seed, config.channels, seen_in)
        self.model, self.adjusted = place_all(
            config.placements, [image, *others], track, analysis, right
        )
        told = self.model.targets, config.parameters, config.patience
        self.scorer = Scorer(self.objectives, *told, strict=strict)
        if strict and config.on_failure == "stop" and self.failures:
            raise self.failures[0].error
        # With the defaults filled in: an objective's next version may have others.
        self.config = replace(config, parameters=self.scorer.parameters)
        self._accepted = len(self.failures)
        weights = [weight for _, weight in config.objectives]
        self.optimizer = Optimizer(
            self.model,
            self.scorer,
            sweep_preferences(self.objectives, weights, config.candidates, config.lean),
            config.learning_rate,
            config.steps,
        )
        self.gaps = Gaps(len(self.optimizer.turns))
        """How far those learn that `fill` adds."""
        self.title = f"{Path(image.name).stem} on {Path(track.name).stem}"
        """What people call it."""
        self.created = datetime.now(UTC).isoformat(timespec="seconds")
        """When it was started, ISO 8601, UTC."""
        self.planned = self.config.steps
        """Steps to learn in all; `extend` adds to them."""
        self.history: tuple[Record, ...] = ()
        self._state: State | None = None
        told_of = self.config, device, ", ".join(map(str, self.sources.values()))
        logger.info("%s on %s with %s", *map(Known, told_of))

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

    @property
    def halted(self) -> bool:
        """Whether an objective has failed in a run that stops then, until `accept_failures`."""
        return self.config.on_failure == "stop" and len(self.failures) > self._accepted

    def accept_failures(self) -> None:
        """Go on without the objectives that have failed so far."""
        self._accepted = len(self.failures)

    def extend(self, steps: int, *, from_here: bool = False) -> None:
        """Plan more steps.

        Args:
            steps: how many.
            from_here: count them from the last one learned, not from the last one planned.

        Raises:
            MossError: for fewer than 1 (0 if from here), or more than 100,000 in all.
        """
        begin = self.state.record.step if from_here else self.planned
        least, most = int(not from_here), MAX_STEPS - begin
        check_whole("more steps", steps, least, most, "Start a new run from here instead.")
        self.planned = begin + steps

    @on_one_core()
    def step(self) -> Record:
        """Render and measure the candidates that learn, learn from that, and return the numbers.

        The first call gives the crossfade, step 0; call number `config.steps + 1` gives what
        `config.steps` steps have learned. Stopping after any call leaves a valid result.
        """
        self._state = self.optimizer.step()
        spare_memory()
        self.history += (record := self._state.record,)
        if self.gaps.are_filled(self.optimizer.learning_only, self._state.front):
            self.planned = record.step
        told = record.step, record.seconds, Known(record.ranges(self.sources))
        logger.debug("step %d, %.2f s: %s", *told)
        return record

    @property
    def work_left(self) -> float:
        """How long the planned steps will take, in steps like the last one."""
        return self.optimizer.growth.work_left(self.state.record.step, self.planned)

    def settle(self) -> bool:
        """Before it stops early: take one step more if candidates wait for what others learn.

        They go on from between their neighbours. Returns whether there was a step to take.
        """
        waited = bool(self.history and self.optimizer.waiting)
        if waited:
            self.optimizer.join_all()
            self.step()
        return waited

    def steps(self) -> Iterator[Record]:
        """Step until `finished` or `halted`, a `Record` each time."""
        while not (self.finished or self.halted):
            yield self.step()

    def steer(self, candidate: int, preference: Sequence[float]) -> None:
        """Give a candidate a new preference from now on (`Optimizer.steer`)."""
        self.gaps.forget(candidate)
        self.optimizer.steer(candidate, preference)

    @on_one_core()
    def preview(self, candidate: int) -> Tensor:
        """Return a candidate's channels as they are now, `(P, samples)`, without learning."""
        return self.optimizer.preview(candidate)

    def checkpoint(self, candidate: int) -> Checkpoint:
        """Return all that a candidate has learned (`Optimizer.checkpoint`)."""
        return self.optimizer.checkpoint(candidate)

    def restore(self, candidate: int, checkpoint: Checkpoint) -> None:
        """Put a candidate back to a checkpoint from the next step on (`Optimizer.restore`)."""
        self.gaps.forget(candidate)
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

    def fill(self, first: int, second: int) -> int:
        """Add a candidate half way between two others; return its index.

        Where it learns alone (`learn_only`), for at most `gaps.most` steps, the plan ends as soon
        as it has learned as far as they did. Raises as `branch`.
        """
        index = self.branch(self.optimizer.between(first, second))
        self.gaps.fill(index, (first, second), len(self.history))
        return index

    def learn_only(self, candidates: Collection[int] | None) -> None:
        """Let only these candidates learn, None: all of them (`Optimizer.learn_only`)."""
        self.optimizer.learn_only(candidates)

    def resume_from(
        self,
        history: tuple[Record, ...],
        state: State,
        preferences: Tensor,
        rows: Sequence[Tensor],
        adam_steps: int,
    ) -> None:
        """Go on where another run of the same inputs was (`Optimizer.resume_from`)."""
        self.optimizer.resume_from(state, preferences, rows, adam_steps)
        self.history, self._state = history, state

    @property
    def active(self) -> tuple[int, ...]:
        """Indices of the objectives that work and that the last step has measured everywhere.

        One that was switched off before a run was opened again may work now; it counts from the
        next step on. One that fails while files are measured counts no more.
        """
        working = self.scorer.active
        return tuple(k for k in self.state.front.active if k in working) if self._state else working

    @property
    def hypervolume(self) -> float:
        """How much of the box between 0 and the worse ends the front covers, 0 to 1 (`Front`)."""
        return self.state.front.hypervolume

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the candidates as last rendered, from the most track to the most image."""
        return self.state.front.candidates

    def heard(self, waveform: Tensor, heard: int = 0) -> Tensor:
        """Return one of the sounds that are heard, `(samples,)`.

        Args:
            waveform: the painted channels, `(P, samples)` at the working rate.
            heard: which one of `model.painted.heard`; the first painted channel by default.
        """
        return self.model.heard(waveform[None], heard)[0]

    @on_one_core()
    def picture(self, waveform: Tensor, heard: int = 0) -> Tensor:
        """Return the picture of one of the sounds that are `heard`, `(samples,)`.

        Returns: one pixel a cell, `(H, W)` in [0, 1], on the CPU.
        """
        part, _ = self.model.part_of(heard)
        with torch.no_grad():
            return part.display(waveform[None])[0, 0].cpu()
