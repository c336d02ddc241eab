"""Whether a thread that works lives, and when it did something last."""

from __future__ import annotations

import threading
from collections.abc import Callable

STUCK_SECONDS = 600.0
"""A thread that should work and has done nothing for so long is stuck."""


class Heart:
    """Of one thread, which has it beat whenever it does something.

    Args:
        thread: whose it is.
        clock: seconds.
    """

    def __init__(self, thread: threading.Thread, clock: Callable[[], float]) -> None:
        self._thread = thread
        self._clock = clock
        self._last = clock()

    def beat(self) -> None:
        """Note that the thread does something."""
        self._last = self._clock()

    @property
    def stopped(self) -> bool:
        """Whether the thread has died, or has done nothing for long."""
        return not self._thread.is_alive() or self._clock() - self._last > STUCK_SECONDS
