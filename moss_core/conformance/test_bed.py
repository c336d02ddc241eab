"""Where objectives are tested: what they are shown, and how what they return is measured."""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from moss_core.objectives import PICTURE_SIZE, Loss, Objective, Rendered, Target, Value

SAMPLE_RATE = 16_000
NAMES = (
    "the target itself",
    "the target with a little noise",
    "the target with much noise",
    "silence and a black picture",
    "silence and a white picture",
)
"""What the five made-up renderings are."""

ZERO = 1e-5
"""The largest loss that counts as 0."""
# MOSS's and PyTorch's own frames tell nobody anything.
_HIDDEN = (Path(__file__).parents[1], Path(torch.__file__).parent)
_Given = TypeVar("_Given", Target, Rendered)


class Broken(Exception):
    """A part of the contract that is not kept.

    Args:
        found: what was found, as a sentence goes on after the objective's name.
        remedy: what to do about it, a sentence.
    """

    def __init__(self, found: str, remedy: str) -> None:
        self.found, self.remedy = found, remedy
        super().__init__(f"{found}. {remedy}")


class Skipped(Exception):
    """A check that cannot be made here; its text is the reason."""


def raised(error: BaseException) -> str:
    """Return in one line what was raised, and which line of the objective did."""
    text = " ".join(str(error).split())
    said = f"raises {type(error).__name__}" + (f": {text[:300]}" if text else "")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if not any(path.is_relative_to(folder) for folder in _HIDDEN):
            return f"{said} ({path.name}, line {frame.lineno})"
    return said


@contextmanager
def where(words: str, remedy: str) -> Iterator[None]:
    """Say where it was, in what a check finds and in what the objective raises."""
    try:
        yield
    except Broken as broken:
        raise Broken(f"{broken.found}, {words}", broken.remedy) from broken
    except (Exception, SystemExit) as error:  # other people's code
        raise Broken(f"{raised(error)}, {words}", remedy) from error


@dataclass(frozen=True)
class Bench:
    """An objective with its settings, and made-up things that it can measure.

    Args:
        objective: the one under test.
        settings: the values of all its parameters.
        seed: of the made-up sound's noise, and of the noise that makes renderings worse.
    """

    objective: Objective
    settings: Mapping[str, Value]
    seed: int = 0

    def made_up(
        self, seconds: float = 1.0, sample_rate: int = SAMPLE_RATE
    ) -> tuple[Target, Rendered]:
        """Return a target, and the five renderings of it that `NAMES` lists.

        Args:
            seconds: length of the sound; longer where the objective needs more.
            sample_rate: in Hz; higher where the objective needs more.

        Others get the same tensors: what writes into them must take copies (`moved`).
        """
        rate = max(sample_rate, self.objective.needs.sample_rate)
        samples = math.ceil(max(seconds, self.objective.needs.seconds) * rate)
        return _made_up(self.seed, samples, rate)

    def build(self, target: Target, **changed: Value) -> Loss:
        """Build the objective on a copy of a target, with some parameters set otherwise."""
        return self.objective.build(moved(target), **{**self.settings, **changed})


@lru_cache(maxsize=4)
def _made_up(seed: int, samples: int, rate: int) -> tuple[Target, Rendered]:
    generator = torch.Generator().manual_seed(seed)
    picture, waveform = _picture(), _waveform(samples, rate)
    waveform = waveform + 0.002 * torch.randn(samples, generator=generator)
    noise = torch.rand(picture.shape, generator=generator)
    hiss = 0.2 * torch.randn(samples, generator=generator)
    shares = (0.0, 0.1, 0.9)
    black, silence = torch.zeros_like(picture), torch.zeros_like(waveform)
    pictures = [*(torch.lerp(picture, noise, share) for share in shares), black, black + 1]
    waveforms = [*(torch.lerp(waveform, hiss, share) for share in shares), silence, silence]
    return (
        Target(picture[None, None], waveform[None], rate),
        Rendered(torch.stack(pictures)[:, None], torch.stack(waveforms), rate),
    )


def _picture() -> Tensor:
    """Stripes that get narrower, and a disc: `(256, 256)`, no flip or turn maps it to itself."""
    line = torch.linspace(0, 1, PICTURE_SIZE)
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    disc = ((rows - 0.4).square() + (columns - 0.6).square()).sqrt() < 0.25
    waves = 0.25 * torch.sin(2 * math.pi * (6 * rows + 3 * columns.square()))
    return (0.2 + 0.3 * columns + waves + 0.4 * disc).clamp(0, 1)


def _waveform(samples: int, sample_rate: int) -> Tensor:
    """A note of 11 partials, struck four times a second: `(samples,)`."""
    time = torch.arange(samples) / sample_rate
    decay = torch.exp(-3 * (4 * time % 1))
    partials = [torch.sin(2 * math.pi * 220 * k * time) / k for k in range(1, 12)]
    return 0.2 * decay * torch.stack(partials).sum(0)


def moved(
    given: _Given, dtype: torch.dtype | None = None, device: torch.device | None = None
) -> _Given:
    """Return a copy that shares no memory, of another dtype or on another device if asked."""
    picture, waveform = (
        tensor.detach().to(device, dtype, copy=True) for tensor in (given.picture, given.waveform)
    )
    return replace(given, picture=picture, waveform=waveform)


def rows(rendered: Rendered, chosen: Sequence[int]) -> Rendered:
    """Return the renderings of these numbers."""
    chosen = list(chosen)
    return replace(rendered, picture=rendered.picture[chosen], waveform=rendered.waveform[chosen])


def values_of(loss: Loss, rendered: Rendered) -> Tensor:
    """Return the losses `(N,)` of a copy of N renderings.

    Raises:
        Broken: if it returns something else.
    """
    with torch.no_grad():
        return _checked(loss(moved(rendered)), len(rendered.waveform))


def _checked(values: object, count: int) -> Tensor:
    remedy = "Return one value a rendering, (N,): take the mean over all other dimensions."
    if not isinstance(values, Tensor):
        raise Broken(f"returns a {type(values).__name__}, not a tensor", remedy)
    if values.shape != (count,):
        found = f"returns shape {tuple(values.shape)} for {count} renderings, not ({count},)"
        raise Broken(found, remedy)
    if not values.is_floating_point():
        remedy = "Compute in the dtype of what is given."
        raise Broken(f"returns {values.dtype}, not floating-point numbers", remedy)
    return values


def gradients_of(
    loss: Loss, rendered: Rendered, row: int | None = None
) -> tuple[Tensor, tuple[Tensor | None, Tensor | None]]:
    """Return losses `(N,)`, and the gradients of their sum by picture and waveform.

    Args:
        loss: a built objective.
        rendered: N renderings; a copy of them is measured.
        row: of the one loss that counts; None: all.
    """
    given = moved(rendered)
    leaves = given.picture.requires_grad_(), given.waveform.requires_grad_()
    values = _checked(loss(given), len(rendered.waveform))
    if not values.requires_grad:
        return values, (None, None)
    counted = values.sum() if row is None else values[row]
    picture, waveform = torch.autograd.grad(counted, leaves, allow_unused=True)
    return values, (picture, waveform)


def measured(loss: Loss, rendered: Rendered, names: Sequence[str]) -> Tensor:
    """Return the losses `(N,)` of N renderings with these names, without a gradient.

    Raises:
        Broken: if they or their gradients are not finite.
    """
    found, gradients = gradients_of(loss, rendered)
    values = found.detach()
    remedy = "Keep roots, logarithms and divisions away from 0."
    for row, name in enumerate(names):
        if not math.isfinite(values[row]):
            raise Broken(f"gives {float(values[row])} for {name}, which is not finite", remedy)
        for gradient in gradients:
            if gradient is not None and not bool(gradient[row].isfinite().all()):
                raise Broken(f"has a gradient that is not finite at {name}", remedy)
    return values


def expect_zero(value: Tensor, name: str = NAMES[0]) -> None:
    """Raise `Broken` if the loss of what has this name is not 0."""
    if not abs(float(value)) <= ZERO:
        remedy = "Measure the target in build as a rendering in the loss, and compare the two."
        raise Broken(f"gives {float(value):.3g} for {name}, not 0", remedy)


def expect_above_zero(value: Tensor, name: str) -> None:
    """Raise `Broken` if the loss of what has this name is 0 or less."""
    if not float(value) > ZERO:
        remedy = "Compare the whole of it with the target, so that what is worse counts."
        raise Broken(f"gives {float(value):.3g} for {name}, which is not above 0", remedy)
