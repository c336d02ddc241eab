"""The checks of what an objective returns, and of what it leaves alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from moss_core.conformance.process_state import changed_since, process_state, restoring, seed_all
from moss_core.conformance.test_bed import (
    NAMES,
    Bench,
    Broken,
    Skipped,
    expect_above_zero,
    expect_zero,
    gradients_of,
    measured,
    moved,
    rows,
    values_of,
    where,
)
from moss_core.objectives import Loss, Rendered, Target

Check = Callable[[Bench], str]
"""Returns figures or ""; raises `Broken`, `Skipped`, or whatever the objective raises."""

_RELATIVE, _ABSOLUTE = 1e-3, 1e-5  # between one item alone and the same item in a batch
_STEPS = (1e-6, 1e-7, 1e-8, 1e-5, 1e-4)  # networks have kinks everywhere: short ones first
_DIRECTIONS, _AGREEMENT = 3, 1e-3


def one_loss_a_rendering(bench: Bench) -> str:
    """A tensor `(N,)` of floating-point numbers, also where N is 1."""
    target, rendered = bench.made_up()
    loss = bench.build(target)
    values_of(loss, rendered)
    values_of(loss, rows(rendered, (1,)))
    return ""


def zero_at_the_target(bench: Bench) -> str:
    """0 for what is identical to the target."""
    target, rendered = bench.made_up()
    expect_zero(values_of(bench.build(target), rendered)[0])
    return ""


def larger_for_worse(bench: Bench) -> str:
    """More for much noise than for little, and more for little than for none."""
    target, rendered = bench.made_up()
    _, little, much = values_of(bench.build(target), rows(rendered, (0, 1, 2)))
    expect_above_zero(little, NAMES[1])
    if not much > little:
        found = f"gives {float(much):.3g} for {NAMES[2]} and {float(little):.3g} for {NAMES[1]}"
        raise Broken(f"{found}; it must be larger for worse", "Return a distance.")
    return ""


def finite_values_and_gradients(bench: Bench) -> str:
    """Finite at the target, near it and far from it."""
    target, rendered = bench.made_up()
    measured(bench.build(target), rows(rendered, (0, 1, 2)), NAMES[:3])
    return ""


def silence(bench: Bench) -> str:
    """A silent rendering of a track that is not, and renderings of a silent track."""
    target, rendered = bench.made_up()
    noisy = rows(rendered, (1,))
    name = "a silent rendering"
    still = replace(noisy, waveform=torch.zeros_like(noisy.waveform))
    expect_above_zero(measured(bench.build(target), still, [name])[0], name)
    target = replace(target, waveform=torch.zeros_like(target.waveform))
    with where("of a track that is silent", "Expect tracks that are silent, or silent in parts."):
        expect_zero(measured(bench.build(target), _beside(target, noisy), NAMES[:2])[0])
    return ""


def black_and_white_pictures(bench: Bench) -> str:
    """A black and a white picture of an image that is not, and pictures of such images."""
    target, rendered = bench.made_up()
    noisy = rows(rendered, (1,))
    for gray, word in ((0.0, "black"), (1.0, "white")):
        flat = torch.full_like(target.picture, gray)
        name = f"a {word} picture"
        plain = replace(noisy, picture=flat)
        expect_above_zero(measured(bench.build(target), plain, [name])[0], name)
        all_flat = replace(target, picture=flat)
        with where(f"of an image that is all {word}", "Expect images with flat parts."):
            found = measured(bench.build(all_flat), _beside(all_flat, noisy), NAMES[:2])
            expect_zero(found[0])
    return ""


def _beside(target: Target, rendered: Rendered) -> Rendered:
    """Return the target itself as a rendering, and others behind it."""
    return Rendered(
        torch.cat([target.picture, rendered.picture]),
        torch.cat([target.waveform, rendered.waveform]),
        target.sample_rate,
    )


def gradient_in_its_domain(bench: Bench) -> str:
    """A gradient that reaches the input that its domain names, and is not 0 where it is worse."""
    target, rendered = bench.made_up()
    values, (picture, waveform) = gradients_of(bench.build(target), rows(rendered, (1, 2)))
    remedy = "Compute with torch from what is given, without detach, .item() or NumPy."
    if not values.requires_grad:
        raise Broken("is not differentiable: its loss has no gradient", remedy)
    domain = bench.objective.domain
    own = picture if domain == "image" else waveform
    if own is None:
        remedy = 'Make the domain "image" if it looks at the picture, "audio" if it listens.'
        raise Broken(f"has no gradient for its domain, {domain}", remedy)
    for row, name in enumerate(NAMES[1:3]):
        if not bool(own[row].any()):
            raise Broken(f"has a gradient of 0 at {name}", remedy)
    return ""


def the_same_again(bench: Bench) -> str:
    """The same values when measured again and when built again, whatever the random state."""
    target, rendered = bench.made_up()
    loss = bench.build(target)
    first = values_of(loss, rendered)
    for seed, way in enumerate(("measures the same again", "is built again"), bench.seed + 1):
        seed_all(seed)
        again = values_of(loss if way.startswith("measures") else bench.build(target), rendered)
        if not torch.allclose(again, first, rtol=0, atol=0, equal_nan=True):
            remedy = "Draw what is random in build, from a torch.Generator with a fixed seed."
            raise Broken(f"gives other values when it {way}", remedy)
    return ""


def independent_in_a_batch(bench: Bench) -> str:
    """The same values and gradients whatever else is in the batch, in whatever order."""
    target, rendered = bench.made_up()
    loss = bench.build(target)
    chosen = (1, 2, 3)
    rendered = rows(rendered, chosen)
    values = values_of(loss, rendered)
    remedy = "Take means over all dimensions but the first, and normalise each rendering alone."
    order = [2, 0, 1]
    if not _close(values_of(loss, rows(rendered, order)), values[order]):
        raise Broken("gives other values when the batch is in another order", remedy)
    for row, name in enumerate(NAMES[number] for number in chosen):
        alone, together = values_of(loss, rows(rendered, (row,))), values[row : row + 1]
        if not _close(alone, together):
            found = f"gives {float(alone):.6g} for {name} alone and {float(together):.6g}"
            raise Broken(f"{found} in a batch", remedy)
        others = torch.arange(len(values)) != row
        for gradient in gradients_of(loss, rendered, row)[1]:
            # What is not finite there comes of 0 times infinity, and is another check's.
            if gradient is not None and bool(gradient[others].nan_to_num(0, 0, 0).any()):
                raise Broken(f"lets other items of the batch into the loss of {name}", remedy)
    return ""


def _close(found: Tensor, expected: Tensor) -> bool:
    return torch.allclose(found, expected, _RELATIVE, _ABSOLUTE, equal_nan=True)


def gradient_as_measured(bench: Bench) -> str:
    """The gradient along random directions, against differences of values, in float64."""
    target, rendered = bench.made_up()
    here = moved(rows(rendered, (1,)), torch.float64)
    try:
        loss = bench.build(moved(target, torch.float64))
        values, gradients = gradients_of(loss, here)
    except (Exception, SystemExit) as error:  # other people's code
        raise Skipped("it does not work in float64, which the check of dtypes is about") from error
    if values.dtype != torch.float64:
        raise Skipped("it does not stay in float64, which the check of dtypes is about")
    generator = torch.Generator().manual_seed(bench.seed)
    length = math.sqrt(sum(float(part.square().sum()) for part in gradients if part is not None))
    worst = 0.0
    for _ in range(_DIRECTIONS):
        along = [
            torch.randn(leaf.shape, generator=generator, dtype=leaf.dtype)
            for leaf in (here.picture, here.waveform)
        ]
        slope = sum(
            float((part * way).sum())
            for part, way in zip(gradients, along, strict=True)
            if part is not None
        )
        difference = _difference(loss, here, along, slope, length)
        worst = max(worst, difference)
    if not worst <= _AGREEMENT:
        found = f"has a gradient that is {worst:.2g} of its length away from what its values say"
        raise Broken(found, "Correct the backward, or detach nothing that the value depends on.")
    return f"agrees to {worst:.0e} of its length"


def _difference(
    loss: Loss, here: Rendered, along: list[Tensor], slope: float, length: float
) -> float:
    """Return how far the slope is from the measured one, at the step where they agree best."""
    best = math.inf
    for step in _STEPS:
        up, down = (float(values_of(loss, _moved_by(way, here, along))) for way in (step, -step))
        found = (up - down) / (2 * step)
        best = min(best, abs(found - slope) / max(length, abs(found), 1e-12))
        if best <= _AGREEMENT / 10:
            break
    return best


def _moved_by(step: float, here: Rendered, along: list[Tensor]) -> Rendered:
    picture, waveform = here.picture + step * along[0], here.waveform + step * along[1]
    return Rendered(picture, waveform, here.sample_rate)


def nothing_else_touched(bench: Bench) -> str:
    """Neither what the process has only once is changed, nor what it was given."""
    target, rendered = bench.made_up()
    rendered = rows(rendered, (1, 2))
    with restoring():  # what it imports at its first use may set things, once in a process
        gradients_of(bench.build(target), rendered)
    given = moved(target), moved(rendered)
    before = process_state()
    loss = bench.objective.build(given[0], **bench.settings)
    with torch.no_grad():
        loss(given[1])
    gradients_of(loss, rendered)
    changed = changed_since(before)
    if changed:
        remedy = "Leave it as it was: all of MOSS shares it. A torch.Generator draws on its own."
        raise Broken(f"changed {' and '.join(changed)}", remedy)
    made = target.picture, target.waveform, rendered.picture, rendered.waveform
    left = given[0].picture, given[0].waveform, given[1].picture, given[1].waveform
    for was, after in zip(made, left, strict=True):
        if after.requires_grad or not torch.equal(was, after):
            raise Broken("changed a tensor that it was given", "Work on a copy.")
    return ""


RETURNS: dict[str, Check] = {
    "one loss a rendering": one_loss_a_rendering,
    "zero at the target": zero_at_the_target,
    "larger for worse": larger_for_worse,
    "finite values and gradients": finite_values_and_gradients,
    "silence": silence,
    "black and white pictures": black_and_white_pictures,
    "a gradient in its domain": gradient_in_its_domain,
    "the same again": the_same_again,
    "independent in a batch": independent_in_a_batch,
    "nothing else touched": nothing_else_touched,
    "gradient as measured": gradient_as_measured,
}
"""The checks by name."""
