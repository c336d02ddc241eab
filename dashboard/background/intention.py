"""What people want a run to do: one value, under one lock."""

from __future__ import annotations

import threading
from typing import Literal

Wish = Literal["idle", "go", "pause", "stop", "close"]


class Intention:
    """What was asked of a run last; pages ask at any moment, the worker settles what it has done.

    Args:
        going: whether it is to learn from the start.
    """

    def __init__(self, going: bool) -> None:
        self._wish: Wish = "go" if going else "idle"
        self._lock = threading.Lock()

    @property
    def going(self) -> bool:
        """Whether the run is to learn."""
        return self._wish == "go"

    @property
    def closed(self) -> bool:
        """Whether the run is to end for good; nothing else is taken from then on."""
        return self._wish == "close"

    @property
    def asked(self) -> Literal["pause", "stop"] | None:
        """What somebody asked for that has not happened yet."""
        wish = self._wish
        if wish == "close":
            return "stop"
        return wish if wish in ("pause", "stop") else None

    def ask(self, wish: Wish) -> None:
        """Want something else."""
        with self._lock:
            if self._wish != "close":
                self._wish = wish

    def replace(self, wish: Wish, by: Wish) -> None:
        """Want something else if this is what is wanted now."""
        with self._lock:
            if self._wish == wish:
                self._wish = by

    def settle(self, done: bool = False) -> Wish:
        """Take note that the run rests, and return what was wanted.

        Args:
            done: whether there is nothing left to learn. If there is, a wish to go on stays: it
                came after the run had begun to rest.
        """
        with self._lock:
            wish = self._wish
            if wish in ("pause", "stop") or (done and wish == "go"):
                self._wish = "idle"
            return wish
