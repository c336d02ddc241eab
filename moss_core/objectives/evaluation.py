"""One call of one objective: on copies, and what it returns is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.objectives.contract import Loss, Rendered, Target

_Given = TypeVar("_Given", Target, Rendered)


def evaluate(
    loss: Loss, rendered: Rendered, weights: Tensor | None
) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """Measure N renderings.

    Args:
        loss: a built objective.
        rendered: N renderings.
        weights: `(N,)`, of the losses in what the gradients are of; None: no gradients.

    Returns:
        Losses `(N,)`, and the gradients of picture and waveform, None for one that it does not use.

    Raises:
        MossError: for losses of another shape, or something that is not finite.
    """
    given = copy_of(rendered)
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


def copy_of(given: _Given) -> _Given:
    """Return what an objective is given, in tensors that are detached and not shared."""
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
