"""What was made last, kept up to a number of bytes, for whoever asks for the same again.

All caches of the process know of each other: together they take no more than there is room for, and
what nobody has asked for for the longest time goes first, whichever of them it is in.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from moss_core.machine import room_for_caches

_Made = TypeVar("_Made")
_SMALL = 64

# An owner may go, and call `forget`, in any thread and at any moment, also in this module.
_changing = threading.RLock()
_clock = itertools.count()
_all: weakref.WeakSet[Kept] = weakref.WeakSet()


@dataclass(slots=True)
class _Entry:
    made: Any
    size: int
    asked: int


class Kept:
    """Makes each thing once, and forgets those that nobody has asked for for the longest time.

    Args:
        limit: bytes; the last thing made is kept even if it is larger.
        size: gives the bytes that a thing takes.
    """

    def __init__(self, limit: int, size: Callable[[Any], int]) -> None:
        self._limit = limit
        self._size = size
        self.nbytes = 0
        """How many bytes everything takes that is kept."""
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        with _changing:
            _all.add(self)

    def once(self, key: Hashable, make: Callable[[], _Made], owner: object = None) -> _Made:
        """Return what `make` gave for this key, or gives now.

        Args:
            key: what is the same for the same thing.
            make: makes it.
            owner: who takes it along when it goes; None: nobody.
        """
        known: _Made | None = self.find(key)
        if known is not None:
            return known
        made, room = make(), room_for_caches()
        with _changing:
            if key not in self._entries:
                self._entries[key] = _Entry(made, self._size(made), next(_clock))
                self.nbytes += self._entries[key].size
                if owner is not None:
                    weakref.finalize(owner, self.forget, key).atexit = False
            while self.nbytes > self._limit and len(self) > 1:
                self._forget_oldest()
            while kept_bytes() > room and (others := [kept for kept in _all if len(kept)]):
                oldest = min(others, key=Kept._asked)
                if oldest is self and len(self) == 1:
                    break
                oldest._forget_oldest()
        return made

    def find(self, key: Hashable) -> Any | None:
        """Return what is kept for this key; None if nothing is."""
        with _changing:
            entry = self._entries.get(key)
            if not entry:
                return None
            entry.asked = next(_clock)
            self._entries.move_to_end(key)
            return entry.made

    def __len__(self) -> int:
        return len(self._entries)

    def forget(self, key: Hashable) -> None:
        """Let go of a thing, if it is kept."""
        with _changing:
            if entry := self._entries.pop(key, None):
                self.nbytes -= entry.size

    def _asked(self) -> int:
        """Return when its oldest thing was asked for last."""
        return next(iter(self._entries.values())).asked

    def _forget_oldest(self) -> None:
        self.forget(next(iter(self._entries)))


def kept_bytes() -> int:
    """Return how many bytes all caches take together."""
    with _changing:
        return sum(kept.nbytes for kept in _all)


def size_of(thing: object) -> int:
    """Return how many bytes something takes, about: of records, of what they hold."""
    if isinstance(thing, bytes | str):
        return len(thing)
    if isinstance(thing, Mapping):
        return sum(map(size_of, thing.values()))
    if isinstance(thing, tuple | list):
        return sum(map(size_of, thing))
    if is_dataclass(thing):
        return sum(size_of(getattr(thing, field.name)) for field in fields(thing))
    return _SMALL
