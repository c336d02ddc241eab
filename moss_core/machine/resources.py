"""What a process may use of the machine it runs on: processors and memory.

In a container both are often less than what the machine has: the limits are those of the control
groups that the process is in (https://docs.kernel.org/admin-guide/cgroup-v2.html).
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import torch

from moss_core.machine.cores import default_cores
from moss_core.machine.profiles import MEMORY_VARIABLE, limits

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")
_QUOTA, _USE = ("quota", "period"), ("limit", "usage")
_M_ARENA_MAX = -8  # malloc.h
AT_REST = 800_000_000
"""Bytes that a process takes with nothing in it but torch, the plugins and the samples."""
_NEAR = 0.7
_CACHES, _REST, _MOST_CACHES = 0.1, 0.1, 2_000_000_000
"""Shares of the room above that which caches and runs at rest may take."""


def processors() -> int:
    """Return how many processors may compute for this process at once, at least 1.

    The least of what PyTorch would use (the cores, `OMP_NUM_THREADS`, `torch.set_num_threads`),
    the process's affinity and the quota of its control groups.
    """
    allowed = [default_cores()]
    if hasattr(os, "sched_getaffinity"):
        allowed.append(len(os.sched_getaffinity(0)))
    for group in _groups():
        quota, period = _words(group / "cpu.max", 2)
        if quota.isdigit() and period.isdigit():
            allowed.append(math.ceil(int(quota) / int(period)))
    for group in _groups("cpu"):  # the first version's; its quota is -1 where there is none
        (quota,), (period,) = (_words(group / f"cpu.cfs_{name}_us", 1) for name in _QUOTA)
        if quota.isdigit() and period.isdigit():
            allowed.append(math.ceil(int(quota) / int(period)))
    return max(1, min(allowed))


def free_memory(device: torch.device) -> int:
    """Return how many bytes are free for this process where a device has its tensors."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    most = limits().memory_mb * 1e6 - psutil.Process().memory_info().rss
    return max(0, int(min(_free(), most)))


def _free() -> int:
    """Return how many bytes the system has for this process, whatever MOSS allows itself."""
    free = [psutil.virtual_memory().available]
    for group in _groups():
        (most,), (used,) = _words(group / "memory.max", 1), _words(group / "memory.current", 1)
        if most.isdigit() and used.isdigit():
            free.append(int(most) - int(used) + _reclaimable(group, "inactive_file"))
    for group in _groups("memory"):  # a huge number where there is no limit
        most, used = (_words(group / f"memory.{name}_in_bytes", 1)[0] for name in _USE)
        if most.isdigit() and used.isdigit():
            free.append(int(most) - int(used) + _reclaimable(group, "total_inactive_file"))
    return max(0, min(free))


def room_for_run() -> tuple[int, str]:
    """Return how many bytes of memory a run may take here, and what sets that limit, for people.

    Of what the process may have, above what it takes with nothing in it, caches and runs at rest
    keep a part each.
    """
    room, limited = _room()
    whose = f"which {MEMORY_VARIABLE} can raise" if limited else "which is free on this machine"
    return int(room * (1 - _CACHES - _REST)), whose


def room_for_rest() -> int:
    """Return how many bytes runs may take that rest, together."""
    return int(_room()[0] * _REST)


def room_for_caches() -> int:
    """Return how many bytes caches may take, together."""
    return min(_MOST_CACHES, int(_room()[0] * _CACHES))


def _room() -> tuple[float, bool]:
    """Return how many bytes the process may have above what it takes with nothing in it.

    And whether a limit of MOSS's own says so, not the machine.
    """
    used = psutil.Process().memory_info().rss
    there, most = _free() + used, limits().memory_mb * 1e6
    return max(0.0, min(there, most) - min(used, AT_REST)), most < there


def share_free_memory() -> None:
    """Let threads that are still to come take memory that others have freed.

    GNU's allocator gives each thread a stock of its own, and all keep what they once needed: with
    a few threads that compute in turn, a quarter of the process. Elsewhere nothing is changed.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda *_: 0)  # musl has none
        mallopt(_M_ARENA_MAX, 1)


def give_back_memory() -> None:
    """Give memory that was freed back to the system, where GNU's allocator keeps it for itself.

    What only a cycle holds is not freed: see `tidy_memory`.
    """
    if sys.platform == "linux":
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)(0)  # musl has none


def tidy_memory() -> None:
    """Free what only cycles hold, and give back what was freed: at rare moments, at a run's end.

    Streamlit's sessions hold themselves in cycles, and a page's collection of its own is off.
    """
    gc.collect()
    give_back_memory()


def spare_collection() -> None:
    """Never look again through what is there now for cycles, once all is loaded that stays.

    Torch, Streamlit and the plugins are hundreds of thousands of objects: to look through them
    takes most of the time of `tidy_memory`, in which no page answers.
    """
    gc.collect()
    gc.freeze()


def spare_memory() -> None:
    """Give freed memory back where the process comes near to what MOSS allows itself.

    What learns leaves gaps: a third of the process. To close them takes milliseconds, and the
    next step has to ask for its memory again, so it is not done where there is enough.
    """
    if psutil.Process().memory_info().rss > _NEAR * limits().memory_mb * 1e6:
        give_back_memory()


def _groups(controller: str = "") -> Iterator[Path]:
    """Yield the folders of the control groups that limit this process, its own first.

    Args:
        controller: of the first version of control groups, in which each has folders of its own;
            "": of the second.
    """
    try:
        lines = [line.split(":", 2) for line in _OWN_GROUP.read_text().splitlines()]
    except OSError:
        return
    root = _GROUPS / controller
    own = [path for _, names, path in lines if controller in names.split(",")]
    group = root / own[0].lstrip("/") if own else root
    yield group
    while group != root:
        group = group.parent
        yield group


def _words(path: Path, count: int) -> list[str]:
    """Return a file's words, or as many that say nothing where it is not there."""
    try:
        found = path.read_text().split()
    except OSError:
        found = []
    return found if len(found) == count else [""] * count


def _reclaimable(group: Path, name: str) -> int:
    """Return how many of a group's bytes are files that the system drops when it needs room."""
    try:
        facts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return int(facts[name])
    except (OSError, KeyError, ValueError):
        return 0
