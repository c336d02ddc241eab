"""The checks of what an objective costs: memory that it keeps, time, memory that it needs."""

from __future__ import annotations

import gc
import statistics
import time

import torch
from torch import Tensor

from moss_core.conformance.returns import Check
from moss_core.conformance.test_bed import Bench, Broken, gradients_of, rows
from moss_core.objectives import Loss, Rendered

SECONDS_LIMIT = 5.0
"""What a candidate of 10 s may take of a processor, forwards and backwards."""
MEGABYTES_LIMIT = 1000.0
"""What a candidate of 10 s may keep for its gradient."""
_LONG, _CANDIDATES = 10.0, 3  # what speed and memory are taken of
_REPEATS, _ENOUGH_SECONDS = 5, 1.0
_FIRST_CALLS, _LATER_CALLS = 2, 4


def nothing_kept(bench: Bench) -> str:
    """No more tensors alive after many calls than after a few."""
    target, rendered = bench.made_up()
    loss, one = bench.build(target), rows(rendered, (1,))
    for _ in range(_FIRST_CALLS):
        gradients_of(loss, one)
    before = _live_bytes()
    for _ in range(_LATER_CALLS):
        gradients_of(loss, one)
    kept = (_live_bytes() - before) / _LATER_CALLS
    if kept > 0:
        found = f"keeps {kept:,.0f} bytes of tensors more with every call"
        raise Broken(found, "Keep no results outside the call; what is not detached keeps more.")
    return ""


def _live_bytes() -> int:
    gc.collect()
    tensors = [thing for thing in gc.get_objects() if issubclass(type(thing), Tensor)]
    return sum(thing.nbytes for thing in tensors if thing.layout == torch.strided)


def speed(bench: Bench) -> str:
    """Values and gradients of three long candidates, the median of some repetitions."""
    target, rendered = bench.made_up(seconds=_LONG)
    loss, some = bench.build(target), rows(rendered, range(_CANDIDATES))
    taken: list[float] = []
    gradients_of(loss, some)  # what is computed once is not counted
    while len(taken) < _REPEATS and sum(taken) < _ENOUGH_SECONDS:
        begun = time.process_time()  # what others take of the processors meanwhile is not its own
        gradients_of(loss, some)
        taken.append(time.process_time() - begun)
    seconds = statistics.median(taken) / _CANDIDATES
    if seconds > SECONDS_LIMIT:
        found = f"takes {seconds:.2f} s a candidate, more than {SECONDS_LIMIT:g} s"
        raise Broken(found, "Compute what depends on the target alone in build; avoid loops.")
    return f"{1000 * seconds:.1f} ms a candidate"


def memory(bench: Bench) -> str:
    """What the gradient of a long candidate needs to have kept of the values' computation."""
    target, rendered = bench.made_up(seconds=_LONG)
    loss = bench.build(target)
    # The difference leaves out what all candidates share, such as weights.
    one, some = (_saved_bytes(loss, rows(rendered, range(count))) for count in (1, _CANDIDATES))
    megabytes = (some - one) / (_CANDIDATES - 1) / 1e6
    if megabytes > MEGABYTES_LIMIT:
        found = f"keeps {megabytes:,.0f} MB a candidate, more than {MEGABYTES_LIMIT:,.0f} MB"
        raise Broken(f"{found}, for its gradient", "Use torch.utils.checkpoint, or fewer steps.")
    return f"{megabytes:.1f} MB a candidate"


def _saved_bytes(loss: Loss, rendered: Rendered) -> int:
    storages: dict[int, torch.UntypedStorage] = {}  # kept, so that no address is used twice

    def save(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(save, lambda tensor: tensor):
        gradients_of(loss, rendered)
    return sum(storage.nbytes() for storage in storages.values())


COSTS: dict[str, Check] = {
    "nothing kept": nothing_kept,
    "speed": speed,
    "memory": memory,
}
"""The checks by name."""
