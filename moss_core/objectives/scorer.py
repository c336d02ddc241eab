"""Objectives at work: built on a target, each guarded, so that one that fails stands alone."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Collection, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import Call, Known, free_memory, logger
from moss_core.objectives.contract import Domain, Loss, Objective, Rendered, Site, Target
from moss_core.objectives.evaluation import copy_of, evaluate
from moss_core.objectives.guard import PATIENCE, Guards
from moss_core.objectives.installed import PluginFailure
from moss_core.objectives.leaks import LEAK_MEGABYTES, MemoryAlarm, MemoryWatch
from moss_core.objectives.parameters import Value

Found = tuple[int, Tensor, tuple[Tensor | None, ...]]
"""What an objective measured: its index, losses `(N,)`, gradients of picture and waveform."""

Settings = Mapping[str, Mapping[str, Value]]
"""Values of parameters, by objective and parameter."""


def site(seconds: float, sample_rate: int, device: torch.device) -> Site:
    """Return where objectives are to work, with the memory that is free there now."""
    return Site(seconds, sample_rate, device.type, free_memory(device) / 2**20)


def check_objectives(
    objectives: Sequence[Objective], place: Site, parameters: Settings
) -> dict[str, dict[str, Value]]:
    """Return the values of all parameters that objectives have, the defaults filled in.

    Raises:
        MossError: if an objective cannot work there, or has no such parameters.
    """
    found = {}
    for objective in objectives:
        found[objective.name] = objective.settings(parameters.get(objective.name, {}))
        objective.needs.check(objective.name, place)
    return {name: settings for name, settings in found.items() if settings}


class Scorer:
    """Measures renderings by K objectives.

    An objective that fails is switched off and named in `failures`; its losses are NaN from then
    on. It fails if it cannot work there, if `build`, a loss or a gradient raises, returns what is
    not finite or has another shape, takes longer than `patience`, or keeps memory at every call.

    Args:
        objectives: K of them.
        targets: what they compare with: one for each sound that is heard. An objective is built
            once for each that differs in what it looks at or listens to.
        parameters: what is set of them; defaults for the rest.
        patience: seconds that one call of one objective may take.
        leak_megabytes: what the calls of one objective may add to the process's memory.
        strict: whether an objective that cannot work there, or has no such parameters, is an error.
        domains: those of which at least one objective must work.

    Raises:
        MossError: if no objective of one of the domains can be built; if strict, see there.
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        targets: Sequence[Target],
        parameters: Settings | None = None,
        patience: float = PATIENCE,
        leak_megabytes: float = LEAK_MEGABYTES,
        strict: bool = False,
        domains: Collection[Domain] = ("image", "audio"),
    ) -> None:
        self.objectives = tuple(objectives)
        self.parameters = {name: dict(values) for name, values in (parameters or {}).items()}
        """The values in force, by objective and parameter."""
        self.failures: tuple[PluginFailure, ...] = ()
        self._patience = patience
        self._domains = tuple(domains)
        self._guards = Guards()
        self._alarm = MemoryAlarm(leak_megabytes)
        self._memory = [MemoryWatch(leak_megabytes) for _ in self.objectives]
        self._switching = threading.Lock()
        self._losses: dict[int, list[Loss]] = {}
        target = targets[0]
        seconds = target.waveform.shape[1] / target.sample_rate
        place = site(seconds, target.sample_rate, target.waveform.device)
        if strict:
            check_objectives(self.objectives, place, self.parameters)
        for index, objective in enumerate(self.objectives):
            try:
                self._losses[index] = self._build_all(objective, targets, place)
            except (Exception, SystemExit) as error:  # other people's code
                self._switch_off(index, error)
        self._check_domains()

    def _build_all(
        self, objective: Objective, targets: Sequence[Target], place: Site
    ) -> list[Loss]:
        """Build an objective for each target, once for those that are the same to it."""
        built: dict[int, Loss] = {}
        losses = []
        for target in targets:
            compared = target.picture if objective.domain == "image" else target.waveform
            if id(compared) not in built:
                built[id(compared)] = self._build(objective, target, place)
            losses.append(built[id(compared)])
        return losses

    def _build(self, objective: Objective, target: Target, place: Site) -> Loss:
        found = check_objectives([objective], place, self.parameters)
        self.parameters |= found
        settings = found.get(objective.name, {})
        build = partial(objective.build, copy_of(target), **settings)
        with self._guards.calling(objective.label) as guard:
            return guard.call(build, self._patience, f"build of objective {objective.name}")

    @property
    def active(self) -> tuple[int, ...]:
        """Indices of the objectives that work."""
        return tuple(self._losses)

    @property
    def calls(self) -> tuple[str, float] | None:
        """Label of the objective that is at work for the longest, and since when (monotonic)."""
        return self._guards.longest

    def one_at_a_time(self, renderings: int) -> bool:
        """Return whether so many renderings are to be measured one at a time now.

        To be asked before each round of measurements that are made at once: every now and then it
        takes a round to tell which objective keeps memory.
        """
        return self._alarm.rings(renderings)

    def measurements(
        self,
        rendered: Rendered,
        weights: Tensor | None = None,
        lone: bool = False,
        heard: int = 0,
        domains: Collection[Domain] = ("image", "audio"),
    ) -> list[Call]:
        """Return calls, one an objective, that measure N renderings; `gather` takes what they give.

        Args:
            rendered: N renderings; no gradient flows into what made them.
            weights: `(N, K)`, for gradients of the weighted sum; None: losses only.
            lone: whether nothing else computes meanwhile: neither another rendering's calls, nor
                two of these at once.
            heard: which of the targets they are compared with.
            domains: of the objectives that measure.
        """
        calls = []
        for index in self.active:
            if self.objectives[index].domain not in domains:
                continue
            own = weights[:, index] if weights is not None else None
            measure = partial(self._measure, index, rendered, own, lone, heard)
            safe = self.objectives[index].thread_safe
            calls.append(Call(measure, alone="all" if lone else None if safe else index))
        return calls

    def gather(
        self, rendered: Rendered, found: Sequence[Found | None]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Put together what the `measurements` of N renderings gave.

        Returns:
            Losses `(N, K)`, NaN where none were found; the gradients of their weighted sum, like
            `rendered.picture` and like `rendered.waveform`.
        """
        losses = rendered.waveform.new_full(
            (len(rendered.waveform), len(self.objectives)), torch.nan
        )
        gradients = torch.zeros_like(rendered.picture), torch.zeros_like(rendered.waveform)
        for index, values, parts in filter(None, found):
            losses[:, index] = values
            for gradient, part in zip(gradients, parts, strict=False):
                if part is not None:
                    gradient += part
        return losses, *gradients

    def losses(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N, K)` of N renderings."""
        return self._at_once(rendered, None)[0]

    def losses_and_gradients(
        self, rendered: Rendered, weights: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return losses and the gradients of their weighted sum, as `gather` does.

        Args:
            rendered: N renderings; no gradient flows into what made them.
            weights: `(N, K)`.
        """
        return self._at_once(rendered, weights)

    def _at_once(self, rendered: Rendered, weights: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        calls = self.measurements(rendered, weights, lone=True)
        with torch.no_grad():
            return self.gather(rendered, [call.function() for call in calls])

    def _measure(
        self, index: int, rendered: Rendered, weights: Tensor | None, lone: bool, heard: int
    ) -> Found | None:
        """Let one objective measure; None if it fails, or has failed for others meanwhile."""
        losses, watch = self._losses.get(index), self._memory[index]
        if losses is None:
            return None
        objective = self.objectives[index]
        thing = f"objective {objective.name}"
        try:
            with self._guards.calling(objective.label) as guard:
                note = watch.begin if lone else watch.count
                note()
                call = partial(evaluate, losses[heard], rendered, weights)
                found = guard.call(call, self._patience, thing)
                if lone:
                    watch.end(thing)
        except (Exception, SystemExit) as error:  # other people's code
            self._switch_off(index, error)
            self._check_domains()
            return None
        return index, *found

    def _switch_off(self, index: int, error: BaseException) -> None:
        reason = f"{type(error).__name__}: {error}"
        details = "".join(traceback.format_exception(error))
        failure = PluginFailure(
            self.objectives[index].name, "switched off in this run", reason, details
        )
        with self._switching:
            if failure.name not in {known.name for known in self.failures}:
                self.failures += (failure,)
                told = Known(failure.name), Known(details)
                logger.warning("objective %s is switched off: %s", *told)
            self._losses.pop(index, None)

    def _check_domains(self) -> None:
        for domain in self._domains:
            if not any(self.objectives[index].domain == domain for index in self._losses):
                reasons = "; ".join(f"{f.name} ({f.reason})" for f in self.failures)
                raise MossError(
                    f"{domain} objectives",
                    "must hold at least one that works",
                    f"none left: {reasons}",
                    "Repair it or choose another objective of that domain.",
                )
