"""The line in front of the processor: one run learns at a time, first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_UP_SECONDS = 0.1


class Turns:
    """Lets its members through one at a time, in the order they came."""

    def __init__(self) -> None:
        self._members: list[object] = []
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, member: object, still_wanted: Callable[[], bool]) -> Iterator[bool]:
        """Wait for the member's turn, and hold it inside the `with` block.

        Args:
            member: who waits.
            still_wanted: asked ten times a second; when it says no, the wait is given up.

        Yields:
            Whether it is the member's turn; False when it was given up.
        """
        with self._changed:
            self._members.append(member)
        try:
            yield self._wait(member, still_wanted)
        finally:
            with self._changed:
                self._members.remove(member)
                self._changed.notify_all()

    def _wait(self, member: object, still_wanted: Callable[[], bool]) -> bool:
        while still_wanted():
            with self._changed:
                if self._changed.wait_for(
                    lambda: self._members[0] is member, timeout=_LOOK_UP_SECONDS
                ):
                    return True
        return False

    def ahead(self, member: object) -> int:
        """Return how many come before this member, the one at work included."""
        with self._changed:
            return self._members.index(member) if member in self._members else 0

    def __len__(self) -> int:
        with self._changed:
            return len(self._members)
