"""Other people's code, run with a limit on its time."""

from __future__ import annotations

import ctypes
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from moss_core.errors import MossError
from moss_core.machine import compute_here

PATIENCE = 20.0
"""Seconds that a call may take where nothing else is said."""

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


_idle: list[Guard] = []
"""Those that nobody calls: each is a thread, so they are lent to whoever measures next."""


class Guards:
    """As many guards as are called at once, each with what it calls for just now."""

    def __init__(self) -> None:
        self._under_way: dict[Guard, tuple[str, float]] = {}

    @contextmanager
    def calling(self, thing: str) -> Iterator[Guard]:
        """Yield a guard that nobody else calls meanwhile.

        Args:
            thing: what it is for.
        """
        try:
            guard = _idle.pop()
        except IndexError:
            guard = Guard()
        self._under_way[guard] = thing, time.monotonic()
        try:
            yield guard
        finally:
            del self._under_way[guard]
            _idle.append(guard)

    @property
    def longest(self) -> tuple[str, float] | None:
        """The thing that has been called for the longest, and since when (`time.monotonic`)."""
        return min(list(self._under_way.values()), key=lambda call: call[1], default=None)


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    compute_here()
    # A call that returns just as it is left behind is not there any more to be ended: it is the
    # thread that ends then.
    with suppress(SystemExit):
        while (job := jobs.get()) is not None:
            function, answer = job
            try:
                answer.put((function(), None))
            except BaseException as error:  # also SystemExit: the caller hears of all of them
                answer.put((None, error))
            del job, function, answer  # nothing of it is kept while it waits for the next


# The threads of a process are not there in one that it forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)
