"""Objectives at work: built on a target, each guarded, so that one that fails stands alone."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import psutil
import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.guard import LEAK_MEGABYTES, PATIENCE, Guard, MemoryWatch
from moss_core.installed import PluginFailure
from moss_core.objectives import Loss, Objective, Rendered, Site, Target
from moss_core.parameters import Value

_Given = TypeVar("_Given", Target, Rendered)
_Found = tuple[Tensor, tuple[Tensor | None, ...]]

Settings = Mapping[str, Mapping[str, Value]]
"""Values of parameters, by objective and parameter."""


def site(seconds: float, sample_rate: int, device: torch.device) -> Site:
    """Return where objectives are to work, with the memory that is free there now."""
    if device.type == "cuda":
        free = torch.cuda.mem_get_info(device)[0]
    else:
        free = psutil.virtual_memory().available
    return Site(seconds, sample_rate, device.type, free / 2**20)


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
        target: what they compare with.
        parameters: what is set of them; defaults for the rest.
        patience: seconds that one call of one objective may take.
        leak_megabytes: what the calls of one objective may add to the process's memory.
        strict: whether an objective that cannot work there, or has no such parameters, is an error.

    Raises:
        MossError: if no image or no audio objective can be built; if strict, see there.
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        target: Target,
        parameters: Settings | None = None,
        patience: float = PATIENCE,
        leak_megabytes: float = LEAK_MEGABYTES,
        strict: bool = False,
    ) -> None:
        self.objectives = tuple(objectives)
        self.parameters = {name: dict(values) for name, values in (parameters or {}).items()}
        """The values in force, by objective and parameter."""
        self.failures: tuple[PluginFailure, ...] = ()
        self.calls: tuple[Objective, float] | None = None
        """The objective that measures just now, and since when (`time.monotonic`)."""
        self._guard, self._patience = Guard(), patience
        self._memory = [MemoryWatch(leak_megabytes) for _ in self.objectives]
        self._losses: dict[int, Loss] = {}
        seconds = target.waveform.shape[1] / target.sample_rate
        place = site(seconds, target.sample_rate, target.waveform.device)
        if strict:
            check_objectives(self.objectives, place, self.parameters)
        with self._guard.computing():
            for index, objective in enumerate(self.objectives):
                try:
                    self._losses[index] = self._build(objective, target, place)
                except (Exception, SystemExit) as error:  # other people's code
                    self._switch_off(index, error)
        self._check_domains()

    def _build(self, objective: Objective, target: Target, place: Site) -> Loss:
        found = check_objectives([objective], place, self.parameters)
        self.parameters |= found
        settings = found.get(objective.name, {})
        build = partial(objective.build, _copy(target), **settings)
        return self._guard.call(build, self._patience, f"build of objective {objective.name}")

    @property
    def active(self) -> tuple[int, ...]:
        """Indices of the objectives that work."""
        return tuple(self._losses)

    def losses(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N, K)` of N renderings."""
        return self._measure(rendered, None)[0]

    def losses_and_gradients(
        self, rendered: Rendered, weights: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return losses and the gradients of their weighted sum.

        Args:
            rendered: N renderings; no gradient flows into what made them.
            weights: `(N, K)`.

        Returns:
            Losses `(N, K)`, gradients like `rendered.picture` and like `rendered.waveform`.
        """
        return self._measure(rendered, weights)

    def _measure(self, rendered: Rendered, weights: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        found: dict[int, _Found] = {}
        with self._guard.computing():
            for index, loss in list(self._losses.items()):
                own = weights[:, index] if weights is not None else None
                thing = f"objective {self.objectives[index].name}"
                call = partial(_evaluate, loss, rendered, own)
                try:
                    self._memory[index].begin()
                    self.calls = self.objectives[index], time.monotonic()
                    found[index] = self._guard.call(call, self._patience, thing)
                    self._memory[index].end(thing)
                except (Exception, SystemExit) as error:  # other people's code
                    found.pop(index, None)
                    self._switch_off(index, error)
                    self._check_domains()
            self.calls = None
            sums = partial(_sums, rendered, found, len(self.objectives))
            return self._guard.call(sums, self._patience, "the sum of all objectives")

    def _switch_off(self, index: int, error: BaseException) -> None:
        self._losses.pop(index, None)
        reason = f"{type(error).__name__}: {error}"
        details = "".join(traceback.format_exception(error))
        name = self.objectives[index].name
        self.failures += (PluginFailure(name, "switched off in this run", reason, details),)

    def _check_domains(self) -> None:
        for domain in ("image", "audio"):
            if not any(self.objectives[index].domain == domain for index in self._losses):
                reasons = "; ".join(f"{f.name} ({f.reason})" for f in self.failures)
                raise MossError(
                    f"{domain} objectives",
                    "must hold at least one that works",
                    f"none left: {reasons}",
                    "Repair it or choose another objective of that domain.",
                )


def _evaluate(loss: Loss, rendered: Rendered, weights: Tensor | None) -> _Found:
    """Return losses `(N,)` and, for weights `(N,)`, the gradients of picture and waveform."""
    given = _copy(rendered)
    leaves = given.picture, given.waveform
    with torch.set_grad_enabled(weights is not None):
        for leaf in leaves:
            leaf.requires_grad_(weights is not None)
        values = _checked(loss(given), len(given.waveform))
        if weights is None:
            return values, ()
        found = torch.autograd.grad((values * weights).sum(), leaves, allow_unused=True)
        _check_finite("gradient", [part for part in found if part is not None])
        return values.detach(), found


def _sums(
    rendered: Rendered, found: Mapping[int, _Found], count: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the losses of `count` objectives, NaN where none were found, and all gradients."""
    losses = rendered.waveform.new_full((len(rendered.waveform), count), torch.nan)
    gradients = torch.zeros_like(rendered.picture), torch.zeros_like(rendered.waveform)
    for index, (values, parts) in found.items():
        losses[:, index] = values
        for gradient, part in zip(gradients, parts, strict=False):
            if part is not None:
                gradient += part
    return losses, *gradients


def _copy(given: _Given) -> _Given:
    # Each objective gets tensors of its own: one that writes into them spoils no other's.
    return replace(
        given, picture=given.picture.detach().clone(), waveform=given.waveform.detach().clone()
    )


def _checked(values: Tensor, count: int) -> Tensor:
    if not isinstance(values, Tensor) or values.shape != (count,):
        found = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
        raise MossError(
            "loss", f"must return one value a rendering, ({count},)", found, "Reduce all but N."
        )
    _check_finite("loss", [values])
    return values


def _check_finite(thing: str, tensors: Sequence[Tensor]) -> None:
    for tensor in tensors:
        bad = ~torch.isfinite(tensor)
        if bool(bad.any()):
            raise MossError(
                thing,
                "must be finite",
                f"{int(bad.sum()):,} values that are not",
                "Keep roots and logarithms away from 0.",
            )
