"""What a run can have learned: the values that its tensors may have."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.optimization import MAX_STEPS

_NEAR = 1e-2
_RANGES = (
    ("masks", -1e-3, 1 + 1e-3),
    ("second_moments", 0, math.inf),
    ("phase_second_moments", 0, math.inf),
    ("planned", 0, MAX_STEPS),
    ("adam_steps", 0, MAX_STEPS + 1),
)


def check_values(tensors: Mapping[str, Tensor]) -> None:
    """See whether what was learned is what a run can have learned.

    Args:
        tensors: of the types and shapes that a run's have (`tensors.check_shapes`).

    Raises:
        MossError: if it is not.
    """
    for name, tensor in tensors.items():
        unknown = name.startswith("history") or name == "measured"
        wrong = torch.isinf(tensor).any() if unknown else ~torch.isfinite(tensor).all()
        if bool(wrong):
            raise damaged(f"{name} with values that are not finite")
    index, rendered = tensors["index"].tolist(), len(tensors["masks"])
    if sorted(index[:rendered]) != list(range(rendered)) or sorted(index) != [*range(len(index))]:
        raise damaged("candidates that do not fit together")
    if not set(tensors["learning"].tolist()) <= set(index):
        raise damaged("a candidate that learns and is not there")
    for name, least, most in _RANGES:
        low, high = torch.aminmax(tensors[name])
        if not (least <= float(low) and float(high) <= most):
            raise damaged(f"{name} of {float(low):g} to {float(high):g}")
    seconds, weights = tensors["history_seconds"], tensors["history_preferences"]
    if not (bool((seconds >= 0).all()) and bool((seconds.diff() >= 0).all())):
        raise damaged("steps that were taken in another order than the seconds say")
    there = ~weights.isnan().any(2)[:, torch.argsort(tensors["index"][:rendered])]
    half = (weights.isnan().any(2) != weights.isnan().all(2)).any()
    came = (there.int().diff(dim=0) >= 0).all() & (there.int().diff(dim=1) <= 0).all()
    if not bool(came & there[-1].all() & there[:, 0].all() & ~half):
        raise damaged("candidates that come and go")
    for name in ("preferences", "history_preferences"):
        found = tensors[name]
        sums = found.nan_to_num(1 / found.shape[-1]).sum(-1)
        if bool((found < 0).any()) or bool(((sums - 1).abs() > _NEAR).any()):
            raise damaged(f"{name} that do not sum to 1")


def damaged(found: str) -> MossError:
    """Return what is told of a file of tensors that holds something else."""
    return MossError(
        "masks.safetensors",
        "must hold what this run learned",
        found,
        "Take it from a backup, or delete the run.",
    )
