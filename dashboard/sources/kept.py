"""What was made last, kept up to a number of bytes, for whoever asks for the same again."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_Made = TypeVar("_Made")


class Kept:
    """Makes each thing once, and forgets those that nobody has asked for for the longest time.

    Args:
        limit: bytes; the last thing made is kept even if it is larger.
        size: gives the bytes that a thing takes.
    """

    def __init__(self, limit: int, size: Callable[[Any], int]) -> None:
        self._limit = limit
        self._size = size
        self._bytes = 0
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        # An owner may go, and call `forget`, in any thread and at any moment, also in this class.
        self._changing = threading.RLock()

    def once(self, key: Hashable, make: Callable[[], _Made], owner: object = None) -> _Made:
        """Return what `make` gave for this key, or gives now.

        Args:
            key: what is the same for the same thing.
            make: makes it.
            owner: who takes it along when it goes; None: nobody.
        """
        with self._changing:
            if key in self._made:
                self._made.move_to_end(key)
                known: _Made = self._made[key]
                return known
        made = make()
        with self._changing:
            if key not in self._made:
                self._made[key] = made
                self._bytes += self._size(made)
                if owner is not None:
                    weakref.finalize(owner, self.forget, key).atexit = False
            while self._bytes > self._limit and len(self._made) > 1:
                self._bytes -= self._size(self._made.popitem(last=False)[1])
        return made

    def __len__(self) -> int:
        return len(self._made)

    def forget(self, key: Hashable) -> None:
        """Let go of a thing, if it is kept."""
        with self._changing:
            if key in self._made:
                self._bytes -= self._size(self._made.pop(key))
