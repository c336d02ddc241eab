"""Objectives at work: built on a target, each guarded, so that one that fails stands alone."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.objectives import Loss, Objective, Rendered, Target
from moss_core.plugins import PluginFailure

_Given = TypeVar("_Given", Target, Rendered)


class Scorer:
    """Measures renderings by K objectives.

    An objective that fails (in `build`, in a loss, in a gradient, or by values that are not
    finite) is switched off and named in `failures`; its losses are NaN from then on.

    Args:
        objectives: K of them.
        target: what they compare with.

    Raises:
        MossError: if no image or no audio objective can be built.
    """

    def __init__(self, objectives: Sequence[Objective], target: Target) -> None:
        self.objectives = tuple(objectives)
        self.failures: tuple[PluginFailure, ...] = ()
        self._losses: dict[int, Loss] = {}
        for index, objective in enumerate(self.objectives):
            try:
                self._losses[index] = objective.build(_copy(target))
            except Exception as error:  # other people's code
                self._switch_off(index, error)
        self._check_domains()

    @property
    def active(self) -> tuple[int, ...]:
        """Indices of the objectives that work."""
        return tuple(self._losses)

    def losses(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N, K)` of N renderings."""
        with torch.no_grad():
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
        count = len(rendered.waveform)
        losses = rendered.waveform.new_full((count, len(self.objectives)), torch.nan)
        gradients = torch.zeros_like(rendered.picture), torch.zeros_like(rendered.waveform)
        for index, loss in list(self._losses.items()):
            leaves = _copy(rendered)
            picture = leaves.picture.requires_grad_(weights is not None)
            waveform = leaves.waveform.requires_grad_(weights is not None)
            try:
                values = _checked(loss(leaves), count)
                found: tuple[Tensor | None, ...] = ()
                if weights is not None:
                    total = (values * weights[:, index]).sum()
                    found = torch.autograd.grad(total, (picture, waveform), allow_unused=True)
                    _check_finite("gradient", [part for part in found if part is not None])
            except Exception as error:  # other people's code
                self._switch_off(index, error)
                self._check_domains()
                continue
            losses[:, index] = values.detach()
            for gradient, part in zip(gradients, found, strict=False):
                if part is not None:
                    gradient += part
        return losses, *gradients

    def _switch_off(self, index: int, error: Exception) -> None:
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
