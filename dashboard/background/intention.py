"""What people want a run to do: one value, under one lock."""

from __future__ import annotations

import threading
from typing import Literal

from background.cause import Cause
from background.snapshots import Phase
from moss_core.optimization import Run

Wish = Literal["idle", "go", "pause", "stop", "close"]


class Intention:
    """What was asked of a run last; pages ask at any moment, the worker settles what it has done.

    Args:
        going: whether it is to learn from the start.
    """

    def __init__(self, going: bool) -> None:
        self._wish: Wish = "go" if going else "idle"
        self._why: Cause | None = None
        self._settled: Cause | None = None
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

    @property
    def cause(self) -> Cause | None:
        """Why it was to rest when it settled last; None: nobody asked for it."""
        return self._settled

    def ask(self, wish: Wish, why: Cause | None = None) -> None:
        """Want something else.

        Args:
            wish: what.
            why: it is to rest, where it is.
        """
        with self._lock:
            if self._wish != "close":
                self._wish, self._why = wish, why

    def replace(self, wish: Wish, by: Wish, why: Cause) -> None:
        """Want something else, and why, if this is what is wanted now."""
        with self._lock:
            if self._wish == wish:
                self._wish, self._why = by, why

    def settle(self, done: bool = False) -> Wish:
        """Take note that the run rests, and return what was wanted.

        Args:
            done: whether there is nothing left to learn. If there is, a wish to go on stays: it
                came after the run had begun to rest.
        """
        with self._lock:
            wish, self._settled = self._wish, self._why
            if wish in ("pause", "stop") or (done and wish == "go"):
                self._wish = "idle"
            return wish


def rest_of(run: Run | None, wish: Wish, why: Cause | None) -> tuple[Phase, Cause | None]:
    """Return how a run rests, and why."""
    if run and run.finished:
        return "finished", None
    if run and run.halted and wish == "go":
        return "stopped", Cause("objective", what=run.failures[-1].name)
    return "paused" if wish in ("pause", "idle") else "stopped", why
