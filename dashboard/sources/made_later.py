"""What is made in the background, one after the other, for those who go on asking for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from sources.kept import Kept

_Made = TypeVar("_Made")
_PATIENCE = 10.0
"""Seconds after which somebody who has not asked again has left."""


@dataclass(frozen=True)
class Waiting:
    """Something is not made yet.

    Args:
        ahead: how many others come before it.
    """

    ahead: int


@dataclass
class _Asked:
    make: Callable[[], Any]
    at: float


class MadeLater:
    """Makes each thing once, in the order asked for, and never two at a time.

    Together they would hold up whoever learns, and take hundreds of megabytes each.

    Args:
        kept: keeps what was made.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._changing = threading.Lock()
        self._line: dict[Hashable, _Asked] = {}
        self._failed: dict[Hashable, tuple[Exception, float]] = {}
        self._thread: threading.Thread | None = None

    def ask(self, key: Hashable, make: Callable[[], _Made]) -> _Made | Waiting:
        """Return what was made for this key, or what it waits for; to be asked again till then.

        Args:
            key: what is the same for the same thing.
            make: makes it, in a thread that belongs to no visitor.

        Raises:
            Exception: what `make` raised last; who asks some time after that has it tried anew.
        """
        with self._changing:
            error, until = self._failed.get(key, (None, 0.0))
            if error and time.monotonic() < until:
                raise error
            known: _Made | None = self._kept.find(key)
            if known is not None:
                return known
            asked = self._line.setdefault(key, _Asked(make, 0.0))
            asked.at = time.monotonic()
            if not self._thread:
                self._thread = threading.Thread(target=self._work, name="moss-made-later")
                self._thread.start()
            return Waiting(list(self._line).index(key))

    def _work(self) -> None:
        while first := self._next():
            key, make = first
            error = None
            try:
                self._kept.once(key, make)
            except Exception as caught:
                error = caught
            with self._changing:
                del self._line[key]
                now = time.monotonic()
                self._failed = {k: known for k, known in self._failed.items() if known[1] > now}
                if error:
                    self._failed[key] = error, now + _PATIENCE

    def _next(self) -> tuple[Hashable, Callable[[], Any]] | None:
        """Return what to make now; None ends the thread. Who has left has no place any more."""
        with self._changing:
            since = time.monotonic() - _PATIENCE
            self._line = {key: asked for key, asked in self._line.items() if asked.at > since}
            for key, asked in self._line.items():
                return key, asked.make
            self._thread = None
            return None
