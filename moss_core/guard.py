"""Other people's code, run with a limit on its time and an eye on the memory that it keeps."""

from __future__ import annotations

import ctypes
import statistics
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import psutil
import torch

from moss_core.errors import MossError

PATIENCE = 20.0
"""Seconds that a call may take where nothing else is said."""
LEAK_MEGABYTES = 512.0
"""What the calls of one objective may add to the process's memory in all."""
_WARM_UP, _RECENT = 8, 16  # calls that do not count, and those whose median growth does

_Found = TypeVar("_Found")
_Job = tuple[Callable[[], Any], "SimpleQueue[tuple[Any, BaseException | None]]"]


class Guard:
    """Calls functions in a thread of its own, and leaves the thread behind when one hangs.

    A thread cannot be killed. One that hangs in Python gets an exception at its next instruction;
    one that hangs below it goes on until it returns, and what it returns is not looked at.
    """

    def __init__(self) -> None:
        self._jobs = self._hire()

    def call(self, function: Callable[[], _Found], seconds: float, thing: str) -> _Found:
        """Return what a function returns, or raise what it raises.

        Args:
            function: what to call; the gradient mode and the device of the calling thread are not
                its own.
            seconds: how long it may take.
            thing: what to call it in the message.

        Raises:
            MossError: if it takes longer.
        """
        answer: SimpleQueue[tuple[_Found, BaseException | None]] = SimpleQueue()
        self._jobs.put((function, answer))
        try:
            found, error = answer.get(timeout=seconds)
        except Empty:
            self._leave_behind()
            raise MossError(
                thing,
                f"must return within {seconds:g} s",
                "that it was still at work",
                "Make it faster, or give it more time by `patience`.",
            ) from None
        if error is not None:
            raise error
        return found

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Mark a time in which only the guard's thread computes, and not the calling one.

        OpenMP keeps threads for each thread that computes, which wait for its next work. Where all
        together are more than the cores, every wait is a sleep, and a run takes a quarter longer.
        So whoever does not compute lets them go.
        """
        _let_go()
        try:
            yield
        finally:
            self.call(_let_go, PATIENCE, "OpenMP")

    def _hire(self) -> SimpleQueue[_Job | None]:
        jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=_work, args=(jobs,), name="moss-guard", daemon=True)
        self._thread.start()
        self._dismiss = weakref.finalize(self, jobs.put, None)
        return jobs

    def _leave_behind(self) -> None:
        self._dismiss()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(SystemExit)
        )
        self._jobs = self._hire()


def _find_let_go() -> Callable[[], object]:
    """Return what ends the calling thread's OpenMP threads, where PyTorch brings GNU's OpenMP.

    `omp_pause_resource_all`, OpenMP 5.0, section 3.2.44; the next work starts new ones.
    """
    for library in (Path(torch.__file__).parent / "lib").glob("libgomp*"):
        pause = getattr(ctypes.CDLL(str(library)), "omp_pause_resource_all", None)
        if pause:
            return partial(pause, _SOFT)
    return lambda: None


_SOFT = 1  # omp_pause_soft
_let_go = _find_let_go()


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        function, answer = job
        try:
            answer.put((function(), None))
        except BaseException as error:  # also SystemExit: the caller hears of all of them
            answer.put((None, error))
        del job, function, answer  # nothing of it is kept while it waits for the next


class MemoryWatch:
    """Notices a function whose every call keeps memory.

    It counts as a leak where both the median growth over the last calls, times their number, and
    what the process has grown meanwhile pass the limit: what a call takes and somebody else gives
    back is none, nor is what somebody else takes, nor a single jump.
    """

    def __init__(self, megabytes: float = LEAK_MEGABYTES) -> None:
        self._limit = megabytes * 2**20
        self._process = psutil.Process()
        self._growth: deque[int] = deque(maxlen=_RECENT)
        self._calls = 0
        self._start = self._before = 0

    def begin(self) -> None:
        """Note the process's memory before a call."""
        self._before = self._process.memory_info().rss
        if self._calls <= _WARM_UP:
            self._start = self._before

    def end(self, thing: str) -> None:
        """Note it after the call.

        Raises:
            MossError: if the calls have added more than the limit.
        """
        now = self._process.memory_info().rss
        self._growth.append(now - self._before)
        self._calls += 1
        each = statistics.median(self._growth)
        kept = min(each * (self._calls - _WARM_UP), now - self._start)
        if self._calls > _WARM_UP and kept > self._limit:
            raise MossError(
                thing,
                f"must not keep memory from call to call, {self._limit / 2**20:,.0f} MB in all",
                f"{each / 2**20:,.1f} MB more with each of {self._calls} calls",
                "Keep no results or graphs outside the call.",
            )
