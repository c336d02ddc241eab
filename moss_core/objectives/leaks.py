"""An eye on the memory that other people's code keeps from call to call."""

from __future__ import annotations

import statistics
from collections import deque

import psutil

from moss_core.errors import MossError

LEAK_MEGABYTES = 512.0
"""What the calls of one objective may add to the process's memory in all."""
_WARM_UP = 8  # calls, or rounds of them, that load and compile
_RECENT = 16  # calls whose median growth counts


class MemoryWatch:
    """Notices a function whose every call keeps memory.

    It counts as a leak where both the median growth over the last calls, times their number, and
    what the process has grown meanwhile pass the limit: what a call takes and somebody else gives
    back is none, nor is what somebody else takes, nor a single jump.

    Calls during which other calls are made are only counted: who of them keeps what the process
    has grown by cannot be told.
    """

    def __init__(self, megabytes: float = LEAK_MEGABYTES) -> None:
        self._limit = megabytes * 2**20
        self._growth: deque[int] = deque(maxlen=_RECENT)
        self._calls = 0
        self._start = self._before = 0

    def count(self) -> None:
        """Note a call that is made beside others."""
        self.begin()
        self._calls += 1

    def begin(self) -> None:
        """Note the process's memory before a call that is made alone."""
        self._before = _memory()
        if self._calls <= _WARM_UP:
            self._start = self._before

    def end(self, thing: str) -> None:
        """Note it after the call.

        Raises:
            MossError: if the calls have added more than the limit.
        """
        now = _memory()
        self._growth.append(now - self._before)
        self._calls += 1
        each = statistics.median(self._growth)
        kept = min(each * (self._calls - _WARM_UP), now - self._start)
        if len(self._growth) > _WARM_UP and kept > self._limit:
            raise MossError(
                thing,
                f"must not keep memory from call to call, {self._limit / 2**20:,.0f} MB in all",
                f"{each / 2**20:,.1f} MB more with each of {self._calls} calls",
                "Keep no results or graphs outside the call.",
            )


class MemoryAlarm:
    """Says when calls that are made at once are to be made one at a time for a while.

    That is when the process has grown by a quarter of what they may keep; then `MemoryWatch` can
    tell which of them it was, if any.
    """

    def __init__(self, megabytes: float = LEAK_MEGABYTES) -> None:
        self._limit = megabytes * 2**20
        self._rounds = self._start = self._left = 0

    def rings(self, calls: int) -> bool:
        """Return whether the next round of so many calls of each is to be made one at a time."""
        now = _memory()
        self._rounds += 1
        if self._rounds <= 2:  # the first round takes what all others give back and take again
            self._start = now
        if now - self._start > (self._limit if self._rounds <= _WARM_UP else self._limit / 4):
            self._start, self._left = now, _RECENT
        self._left -= calls
        return self._left > -calls


def _memory() -> int:
    """Return the process's memory in use, bytes."""
    found: int = psutil.Process().memory_info().rss
    return found
