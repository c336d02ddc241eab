"""The contract of objectives as a check, for the tests of whoever writes one."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from moss_core.objectives import PICTURE_SIZE, Loss, Objective, Rendered, Target

_SAMPLE_RATE = 16_000
_ZERO = 1e-5
_RELATIVE, _ABSOLUTE = 1e-3, 1e-5  # between one item alone and the same item in a batch
_NAMES = (
    "the target itself",
    "the target with a little noise",
    "the target with much noise",
    "silence and a black picture",
    "silence and a white picture",
)


def assert_objective_contract(objective: Objective, *, seed: int = 0) -> None:
    """Check that an objective keeps the contract of `Objective.build`, on a made-up target.

    It is built on a picture of 256 x 256 pixels and 1 s of sound at 16 kHz and measures five
    renderings: the target, the target with a little and with much noise, and silence with a
    black and with a white picture. Checked are: one loss a rendering, `(N,)`; 0 at the target
    (up to 1e-5) and larger for worse; finite values and gradients everywhere; a gradient that
    reaches the domain's input; independence across the batch, of values and of gradients; the
    same values when measured again and when built again; and that what it was given is
    unchanged.

    Args:
        objective: the one to check.
        seed: of the target and of the noise.

    Raises:
        AssertionError: for the first part of the contract that is broken, in a sentence.
    """
    if not isinstance(objective, Objective):
        raise AssertionError(f"expected a moss_core.Objective, got a {type(objective).__name__}")
    target, rendered = _made_up(seed)
    kept = [tensor.clone() for tensor in _tensors(target, rendered)]
    loss = objective.build(target)
    with torch.no_grad():
        values = _values(objective, loss, rendered)
        _check_unchanged(objective, kept, _tensors(target, rendered))
        _check_order(objective, values)
        _check_repeatable(objective, loss, rendered, values, target)
        _check_values_independent(objective, loss, rendered, values)
    _check_gradients(objective, loss, rendered)


def _made_up(seed: int) -> tuple[Target, Rendered]:
    """A target, and the renderings of it that `_NAMES` lists."""
    generator = torch.Generator().manual_seed(seed)
    line = torch.linspace(0, 1, PICTURE_SIZE)
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    disc = ((rows - 0.4).square() + (columns - 0.6).square()).sqrt() < 0.25
    waves = 0.25 * torch.sin(2 * math.pi * (6 * rows + 3 * columns.square()))
    picture = (0.2 + 0.3 * columns + waves + 0.4 * disc).clamp(0, 1)
    time = torch.arange(_SAMPLE_RATE) / _SAMPLE_RATE
    decay = torch.exp(-3 * (4 * time % 1))
    partials = [torch.sin(2 * math.pi * 220 * k * time) / k for k in range(1, 12)]
    waveform = 0.2 * decay * torch.stack(partials).sum(0)
    waveform = waveform + 0.002 * torch.randn(waveform.shape, generator=generator)

    other_picture = torch.rand(picture.shape, generator=generator)
    other_waveform = 0.2 * torch.randn(waveform.shape, generator=generator)
    black, silence = torch.zeros_like(picture), torch.zeros_like(waveform)
    pictures = [
        picture,
        torch.lerp(picture, other_picture, 0.1),
        torch.lerp(picture, other_picture, 0.9),
        black,
        black + 1,
    ]
    waveforms = [
        waveform,
        torch.lerp(waveform, other_waveform, 0.1),
        torch.lerp(waveform, other_waveform, 0.9),
        silence,
        silence,
    ]
    return (
        Target(picture[None, None], waveform[None], _SAMPLE_RATE),
        Rendered(torch.stack(pictures)[:, None], torch.stack(waveforms), _SAMPLE_RATE),
    )


def _tensors(target: Target, rendered: Rendered) -> tuple[Tensor, ...]:
    return target.picture, target.waveform, rendered.picture, rendered.waveform


def _rows(rendered: Rendered, rows: list[int]) -> Rendered:
    return Rendered(rendered.picture[rows], rendered.waveform[rows], rendered.sample_rate)


def _broken(objective: Objective, what: str) -> AssertionError:
    return AssertionError(f"objective {objective.name} {what}")


def _values(objective: Objective, loss: Loss, rendered: Rendered) -> Tensor:
    values: Tensor = loss(rendered)
    count = len(rendered.waveform)
    if not isinstance(values, Tensor):
        raise _broken(objective, f"returns a {type(values).__name__}, not a tensor")
    if values.shape != (count,):
        found = tuple(values.shape)
        raise _broken(objective, f"returns shape {found} for {count} renderings, not ({count},)")
    if not values.is_floating_point():
        raise _broken(objective, f"returns {values.dtype}, not floating-point numbers")
    for name, value in zip(_NAMES, values.tolist(), strict=False):
        if not math.isfinite(value):
            raise _broken(objective, f"gives {value} for {name}, which is not finite")
    return values


def _check_unchanged(objective: Objective, kept: list[Tensor], given: tuple[Tensor, ...]) -> None:
    for before, after in zip(kept, given, strict=True):
        if not torch.equal(before, after):
            raise _broken(objective, "changed a tensor that it was given; work on a copy")


def _check_order(objective: Objective, values: Tensor) -> None:
    same, little, much, *far = values.tolist()
    if not abs(same) <= _ZERO:
        raise _broken(objective, f"gives {same:.3g} for {_NAMES[0]}, not 0")
    if not little > _ZERO:
        raise _broken(objective, f"gives {little:.3g} for {_NAMES[1]}, which is not above 0")
    if not much > little:
        raise _broken(
            objective,
            f"gives {much:.3g} for {_NAMES[2]} and {little:.3g} for {_NAMES[1]}; "
            "it must be larger for worse",
        )
    for name, value in zip(_NAMES[3:], far, strict=True):
        if not value > _ZERO:
            raise _broken(objective, f"gives {value:.3g} for {name}, which is not above 0")


def _check_repeatable(
    objective: Objective, loss: Loss, rendered: Rendered, values: Tensor, target: Target
) -> None:
    if not torch.equal(_values(objective, loss, rendered), values):
        raise _broken(objective, "gives other values when it measures the same again")
    if not torch.equal(_values(objective, objective.build(target), rendered), values):
        raise _broken(objective, "gives other values when it is built again")


def _check_values_independent(
    objective: Objective, loss: Loss, rendered: Rendered, values: Tensor
) -> None:
    order = [3, 0, 4, 2, 1]
    permuted = _values(objective, loss, _rows(rendered, order))
    if not torch.allclose(permuted, values[order], rtol=_RELATIVE, atol=_ABSOLUTE):
        raise _broken(objective, "gives other values when the batch is in another order")
    for row, (name, value) in enumerate(zip(_NAMES, values, strict=True)):
        alone = loss(_rows(rendered, [row]))
        if alone.shape != (1,):
            raise _broken(objective, f"returns shape {tuple(alone.shape)} for one rendering")
        if not torch.allclose(alone[0], value, rtol=_RELATIVE, atol=_ABSOLUTE):
            raise _broken(
                objective,
                f"gives {float(alone[0]):.6g} for {name} alone and {float(value):.6g} in a batch",
            )


def _check_gradients(objective: Objective, loss: Loss, rendered: Rendered) -> None:
    for row, name in enumerate(_NAMES):
        picture = rendered.picture.clone().requires_grad_()
        waveform = rendered.waveform.clone().requires_grad_()
        values = loss(Rendered(picture, waveform, rendered.sample_rate))
        if not values.requires_grad:
            raise _broken(objective, "is not differentiable: its loss has no gradient")
        found: tuple[Tensor | None, ...] = torch.autograd.grad(
            values[row], (picture, waveform), allow_unused=True
        )
        own = found[0] if objective.domain == "image" else found[1]
        if own is None:
            raise _broken(objective, f"has no gradient for its domain, {objective.domain}")
        for gradient in found:
            if gradient is None:
                continue
            if not bool(gradient.isfinite().all()):
                raise _broken(objective, f"has a gradient that is not finite at {name}")
            others = torch.arange(len(gradient)) != row
            if bool(gradient[others].any()):
                raise _broken(objective, f"lets other items of the batch into the loss of {name}")
        if row in (1, 2) and not bool(own.any()):
            raise _broken(objective, f"has a gradient of 0 at {name}")
