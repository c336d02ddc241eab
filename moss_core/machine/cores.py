"""How many cores a thread divides its operations among.

PyTorch divides an operation among threads that wait for each other at its end, by spinning.
Where something else runs on one of the processors, all wait for the slowest, hundreds of times
a step: a run beside other programs takes many times as long. So MOSS computes on one core a thread,
and on several by several threads that wait for nobody (`crew`).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

_Found = TypeVar("_Found")
_changing = threading.Lock()
_NICE = 10
"""A tenth of the processor's time beside a thread that does not give way."""


@contextmanager
def on_one_core() -> Iterator[None]:
    """Let the calling thread divide no operation inside the `with` block, or the function."""
    with _changing:
        own = torch.get_num_threads()
    if own == 1:
        yield
        return
    _divide_among(1)
    try:
        yield
    finally:
        _divide_among(own)


def stay_on_one_core() -> None:
    """Let the calling thread divide no operation any more."""
    _divide_among(1)


def give_way() -> None:
    """Let the threads that answer people come before the calling one, which computes.

    Where the system knows only of whole processes nothing is changed.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def default_cores() -> int:
    """Return among how many cores a thread divides where nothing was set for it alone."""
    with _changing:
        return _elsewhere(torch.get_num_threads)


def _divide_among(cores: int) -> None:
    """Set among how many cores the calling thread divides, and leave all others as they are.

    PyTorch knows only how to set it for this thread and for all that have not computed yet. So
    what those had is put back, by a thread that ends: what it has of its own does not matter.
    """
    with _changing:
        torch.get_num_threads()  # a thread takes the default when it first asks, and not later
        default = _elsewhere(torch.get_num_threads)
        torch.set_num_threads(cores)
        _elsewhere(lambda: torch.set_num_threads(default))


def _elsewhere(function: Callable[[], _Found]) -> _Found:
    """Return what a function returns in a new thread."""
    found: list[_Found] = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]
