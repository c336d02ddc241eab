"""How often something may be done for a small share of the time."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """Says when work is due that is to take a share of the time at most.

    Args:
        share: of the time, above 0.
        least: seconds between two times, however little they take.
        clock: seconds.
    """

    def __init__(self, share: float, least: float, clock: Callable[[], float]) -> None:
        self._share, self._least, self._clock = share, least, clock
        self._due_at = clock()

    @property
    def due(self) -> bool:
        """Whether it is time to do it again."""
        return self._clock() >= self._due_at

    def spent(self, began: float, seconds: float, busy: float = 0.0) -> None:
        """Take note of what it took.

        Args:
            began: when, by the clock.
            seconds: that other work had to wait for it.
            busy: seconds that something else was at work for it, of which it may take half.
        """
        self._due_at = began + max(self._least, seconds / self._share, 2 * busy)
