"""The checks of an objective under all conditions that MOSS may put it in."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from moss_core.conformance.returns import Check
from moss_core.conformance.test_bed import (
    NAMES,
    SAMPLE_RATE,
    ZERO,
    Bench,
    Broken,
    Skipped,
    expect_zero,
    gradients_of,
    measured,
    moved,
    raised,
    rows,
    values_of,
    where,
)
from moss_core.machine import stay_on_one_core
from moss_core.objectives import Loss, Parameter, Rendered, Target, Value, as_text

_SHORTEST, _FRAME = 0.5, 1024  # seconds of the shortest canvas; samples of MOSS's own frames
_RATES = (8000, 44_100)
_TOGETHER = 4  # threads
_RELATIVE, _ABSOLUTE = 1e-2, 1e-4  # between devices or numbers of cores, which round otherwise
_GPU = torch.device("cuda")
_DEVICES = re.compile(r"different devices|same device|not on the expected device")
_STAY = "Make constants with target.picture.new_tensor, or .to(target.picture.device)."
_MAY_MIX = {
    "to", "copy_", "type_as", "new_tensor", "expand_as", "view_as", "reshape_as", "__set__",
    "__getitem__", "__setitem__", "_has_compatible_shallow_copy_type",
}  # fmt: skip
"""What takes tensors of two devices at once, also where one is a GPU."""
_NUMBERS = {"item": 1.0, "__float__": 1.0, "__int__": 1, "__index__": 1, "__bool__": True}
"""Stand-ins for what tensors without values cannot say."""


def dtypes(bench: Bench) -> str:
    """Losses in the dtype of what it is given."""
    target, rendered = bench.made_up()
    for dtype in (torch.float64, torch.float32):
        name = str(dtype).removeprefix("torch.")
        remedy = "Make constants with target.picture.new_tensor, or .to(target.picture.dtype)."
        with where(f"where everything is {name}", remedy):
            loss = bench.build(moved(target, dtype))
            found = gradients_of(loss, moved(rows(rendered, (1,)), dtype))[0].dtype
        if found != dtype:
            raise Broken(f"returns {found} where everything is {name}", remedy)
    return ""


def sample_rates(bench: Bench) -> str:
    """Works at a low rate and at a high one."""
    used = []
    for asked in _RATES:
        target, rendered = bench.made_up(sample_rate=asked)
        rate = f"{target.sample_rate:,} Hz"
        remedy = "Take lengths in seconds times target.sample_rate, or declare Needs(sample_rate=)."
        with where(f"at {rate}", remedy):
            _keeps_the_basics(bench, target, rendered)
        used.append(rate)
    return " and ".join(dict.fromkeys(used))


def short_sounds(bench: Bench) -> str:
    """Works on the shortest canvas, and on one frame unless it says that it needs more."""
    frame = _FRAME / max(SAMPLE_RATE, bench.objective.needs.sample_rate)
    lengths = []
    for asked in (_SHORTEST, frame):
        target, rendered = bench.made_up(seconds=asked)
        length = f"{target.waveform.shape[1] / target.sample_rate:.3f} s"
        remedy = "Declare Needs(seconds=) with the shortest sound that it can do."
        with where(f"where the sound is {length} long", remedy):
            _keeps_the_basics(bench, target, rendered)
        lengths.append(length)
    return " and ".join(dict.fromkeys(lengths))


def _keeps_the_basics(bench: Bench, target: Target, rendered: Rendered, **changed: Value) -> None:
    """Check the target and the target with a little noise: finite, and 0 for the first."""
    found = measured(bench.build(target, **changed), rows(rendered, (0, 1)), NAMES[:2])
    expect_zero(found[0])


def one_column(bench: Bench) -> str:
    """A rendering that is the target but for one column of the picture and its sound."""
    target, rendered = bench.made_up()
    here = moved(rows(rendered, (0,)))
    middle = here.picture.shape[-1] // 2
    here.picture[..., middle] = 1 - here.picture[..., middle]
    here.waveform[:, here.waveform.shape[1] // 2 :][:, :_FRAME] *= -1
    name = "the target with one column changed"
    value = float(measured(bench.build(target), here, [name])[0])
    if not value >= -ZERO:
        raise Broken(f"gives {value:.3g} for {name}, which is below 0", "Return a distance.")
    return ""


def parameters(bench: Bench) -> str:
    """Every end and every choice of every parameter builds, is finite, and 0 at the target."""
    if not bench.objective.parameters:
        raise Skipped("it has none")
    target, rendered = bench.made_up()
    tried = 0
    for name, parameter in bench.objective.parameters.items():
        for value in _ends(parameter):
            remedy = "Narrow what the parameter allows, or make this value work."
            with where(f"with {name} = {as_text(value)}", remedy):
                _keeps_the_basics(bench, target, rendered, **{name: value})
            tried += 1
    return f"{tried} values"


def _ends(parameter: Parameter) -> tuple[Value, ...]:
    if parameter.kind == "switch":
        return True, False
    if parameter.least is None or parameter.most is None:
        return parameter.choices
    if parameter.kind == "whole number":
        return math.ceil(parameter.least), math.floor(parameter.most)
    return float(parameter.least), float(parameter.most)


def several_threads(bench: Bench) -> str:
    """The same values and gradients where several threads measure at once, if it says so."""
    if not bench.objective.thread_safe:
        raise Skipped("it does not say that it is thread-safe")
    target, rendered = bench.made_up()
    loss = bench.build(target)
    parts = [rows(rendered, (number,)) for number in _TOGETHER * (1, 2, 3)]
    expected = [_all_of(loss, part) for part in parts[:3]]
    with ThreadPoolExecutor(_TOGETHER, initializer=stay_on_one_core) as threads:
        found = list(threads.map(partial(_all_of, loss), parts))
    for number, (one, other) in enumerate(zip(found, _TOGETHER * expected, strict=True)):
        if not all(map(partial(torch.allclose, rtol=_RELATIVE, atol=_ABSOLUTE), one, other)):
            raise Broken(
                f"gives other values for {NAMES[1 + number % 3]} while other threads measure",
                "Keep nothing from call to call, or leave thread_safe out.",
            )
    return f"{_TOGETHER} at once"


def _all_of(loss: Loss, rendered: Rendered) -> list[Tensor]:
    values, gradients = gradients_of(loss, rendered)
    return [values.detach(), *(part for part in gradients if part is not None)]


def device(bench: Bench) -> str:
    """Works where it is put, on a GPU if there is one, and on the CPU again afterwards."""
    devices = bench.objective.needs.devices
    if "cuda" not in devices:
        raise Skipped(f"it says that it runs on {' and '.join(devices)} only")
    target, rendered = bench.made_up()
    rendered = rows(rendered, (1, 2))
    expected = values_of(bench.build(target), rendered)
    if torch.cuda.is_available():
        tried = _on_a_gpu(bench, target, rendered, expected)
    else:
        tried = _without_values(bench, target, rendered)
    remedy = "Copy what is kept from build to build before it is moved, by copy.deepcopy."
    with where("on the CPU, once it was built for another device", remedy):
        values_of(bench.build(target), rendered)
    if tried:
        raise Skipped(tried)
    return ""


def _on_a_gpu(bench: Bench, target: Target, rendered: Rendered, expected: Tensor) -> str:
    with where("on a GPU", _STAY):
        loss = bench.build(moved(target, device=_GPU))
        values = measured(loss, moved(rendered, device=_GPU), NAMES[1:3])
        _expect_on(values, _GPU)
        if not torch.allclose(values.cpu(), expected, _RELATIVE, _ABSOLUTE):
            raise Broken(f"gives {values.tolist()}, not {expected.tolist()}", _STAY)
    return ""


def _without_values(bench: Bench, target: Target, rendered: Rendered) -> str:
    """Try it on tensors without values; return why it cannot be tried so, or ""."""
    meta = torch.device("meta")
    try:
        with _OneDevice():
            loss = bench.build(moved(target, device=meta))
            values = gradients_of(loss, moved(rendered, device=meta))[0]
    except (Exception, SystemExit) as error:  # other people's code, on what it is not made for
        if _DEVICES.search(str(error)):
            raise Broken(f"{raised(error)}, away from the CPU", _STAY) from error
        return f"there is no GPU, and it cannot be tried without: it {raised(error)}"
    _expect_on(values, meta)
    return ""


def _expect_on(values: Tensor, device: torch.device) -> None:
    if values.device.type != device.type:
        raise Broken(f"returns its losses on the {values.device.type}, wherever it works", _STAY)


class _OneDevice(TorchFunctionMode):
    """Refuses to mix devices, as a GPU would and some functions on `meta` do not."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        given = list(_tensors([*args, *(kwargs or {}).values()]))
        found = {tensor.device.type for tensor in given if tensor.ndim}
        if len(found) > 1 and name not in _MAY_MIX:
            raise RuntimeError("found tensors on different devices")
        if name in _NUMBERS and given[0].device.type == "meta":
            return _NUMBERS[name]
        return func(*args, **(kwargs or {}))


def _tensors(given: Iterable[object]) -> Iterable[Tensor]:
    for thing in given:
        if isinstance(thing, Tensor):
            yield thing
        elif isinstance(thing, list | tuple):
            yield from _tensors(thing)


CONDITIONS: dict[str, Check] = {
    "dtypes": dtypes,
    "sample rates": sample_rates,
    "short sounds": short_sounds,
    "one column": one_column,
    "parameters": parameters,
    "several threads": several_threads,
    "device": device,
}
"""The checks by name; the last moves things that the objective may not get back."""
