"""The line in front of the processor: one run learns at a time, and visitors take turns.

Two runs at once would each take twice as long and more than twice the memory. In the order they
came, the tenth visitor would see nothing for as long as nine whole runs take. So visitors take
turns of `SLICE_SECONDS`, long beside what a change costs (nothing but the caches of the processor),
and who has not had one yet comes first, for `FIRST_SECONDS`: ten visitors all see and hear their
hybrid within two minutes. All are done at the same time as before. The runs of one visitor follow
each other, first come, first served.

A run that has begun holds its memory until it is done. So no more begin than fit: the others wait
until one of those is done, and hold nothing meanwhile.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from moss_core.machine import Limits
from moss_core.optimization import Takes

SLICE_SECONDS, FIRST_SECONDS = 30.0, 10.0
"""For how long a visitor's runs learn while those of others wait; and the first time."""
_LOOK_UP_SECONDS = 0.1
_USUAL_PACE = 25.0
"""Work a second before any was measured, on two cores."""
_NEW_SHARE = 0.5
_MOST_REMEMBERED = 256
_MOST_TURNS = 2000
_ROOM_SECONDS = 1.0


class Member(Protocol):
    """A run in the line."""

    @property
    def seconds_left(self) -> float:
        """About how long it has still to learn."""

    @property
    def takes(self) -> Takes:
        """What it takes of the memory."""


@dataclass(frozen=True)
class Wait:
    """What a run in the line has in front of it, as far as can be told.

    Args:
        ahead: how many runs learn before it does.
        seconds: until it learns.
        end: until it is done.
    """

    ahead: int
    seconds: float
    end: float


@dataclass
class _Place:
    member: Member
    visitor: Hashable


class Turns:
    """Lets its members through one at a time.

    Args:
        clock: seconds, for tests.
        room: gives the bytes that all runs may take together; asked once a second at most.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        room: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._clock = clock
        self._room = room
        self._room_then, self._room_known = -math.inf, 0.0
        self._told: tuple[object, dict[Member, Wait]] = None, {}
        self._places: list[_Place] = []
        self._holder: _Place | None = None
        self._since = 0.0
        self._work = 0.0
        self._pace = 0.0
        self._served: dict[Hashable, int] = {}
        """When each visitor last had a turn, counted in turns; who is not in it had none."""
        self._count = itertools.count(1)
        self._changed = threading.Condition()

    @contextmanager
    def turn(
        self, member: Member, visitor: Hashable, still_wanted: Callable[[], bool]
    ) -> Iterator[bool]:
        """Wait for the member's turn, and hold it inside the `with` block.

        Args:
            member: who waits.
            visitor: whose it is.
            still_wanted: asked ten times a second; when it says no, the wait is given up.

        Yields:
            Whether it is the member's turn; False when it was given up.
        """
        place = _Place(member, visitor)
        with self._changed:
            self._places.append(place)
        try:
            yield self._wait(place, still_wanted)
        finally:
            with self._changed:
                self._let_go(place)
                self._places.remove(place)
                self._changed.notify_all()

    def is_over(self, member: Member) -> bool:
        """Return whether a member that has the turn should let another visitor's go first."""
        with self._changed:
            place = self._holder
            if place is None or place.member is not member:
                return False
            if all(other.visitor == place.visitor for other in self._places):
                return False
            return self._clock() - self._since >= self._slice(place.visitor, self._served)

    def give_way(self, member: Member, still_wanted: Callable[[], bool]) -> bool:
        """Let others go first, inside the `with` block; return as soon as it is its turn again.

        Args:
            member: who has the turn.
            still_wanted: as in `turn`.

        Returns:
            Whether it is its turn again; False when the wait was given up.
        """
        with self._changed:
            place = next(place for place in self._places if place.member is member)
            self._let_go(place)
            self._changed.notify_all()
        return self._wait(place, still_wanted)

    def note(self, work: float) -> None:
        """Note that whoever has the turn has done some work, from which the pace is measured."""
        with self._changed:
            self._work += work

    @property
    def pace(self) -> float:
        """Work that is done in a second, as it was measured last."""
        return self._pace or _USUAL_PACE

    def forecast(self) -> dict[Member, Wait]:
        """Return what each member has in front of it; of this line, once a second at most."""
        with self._changed:
            places, holder, now = list(self._places), self._holder, self._clock()
            of = *map(id, places), id(holder), now // _ROOM_SECONDS
            if self._told[0] != of:
                since, served = now - self._since, dict(self._served)
                self._told = (
                    of,
                    _forecast(places, served, holder, since, self._slice, self._room_now()),
                )
            return self._told[1]

    def is_full(self, visitor: Hashable, allowed: Limits) -> bool:
        """Return whether a visitor's run may not join the line, as it is too long already."""
        with self._changed:
            own = sum(place.visitor == visitor for place in self._places)
            return own >= allowed.runs_in_line_each or len(self._places) >= allowed.runs_in_line

    def __len__(self) -> int:
        with self._changed:
            return len(self._places)

    def _wait(self, place: _Place, still_wanted: Callable[[], bool]) -> bool:
        while still_wanted():
            with self._changed:
                if self._changed.wait_for(
                    lambda: self._holder is None and self._first() is place,
                    timeout=_LOOK_UP_SECONDS,
                ):
                    self._holder, self._since, self._work = place, self._clock(), 0.0
                    return True
        return False

    def _first(self) -> _Place:
        takes = {id(place): place.member.takes for place in self._places}
        return _next(self._places, self._served, takes, self._room_now())

    def _room_now(self) -> float:
        now = self._clock()
        if now - self._room_then >= _ROOM_SECONDS:
            self._room_then, self._room_known = now, self._room()
        return self._room_known

    def _let_go(self, place: _Place) -> None:
        if self._holder is not place:
            return
        held = self._clock() - self._since
        if self._work and held > 0:
            found = self._work / held
            self._pace += _NEW_SHARE * (found - self._pace) if self._pace else found
        self._holder = None
        self._served.pop(place.visitor, None)
        self._served[place.visitor] = next(self._count)
        while len(self._served) > _MOST_REMEMBERED:
            del self._served[next(iter(self._served))]

    @staticmethod
    def _slice(visitor: Hashable, served: dict[Hashable, int]) -> float:
        return SLICE_SECONDS if visitor in served else FIRST_SECONDS


def _next(
    places: Sequence[_Place],
    served: dict[Hashable, int],
    takes: dict[int, Takes],
    room: float,
) -> _Place:
    """Return whose turn it is: of the visitor who had one the longest ago, the run that came first.

    Where it does not fit beside those that have begun, one of these goes on meanwhile; none that
    came later begins before it, however little that takes.

    Args:
        places: in the order they came, one at least.
        served: when visitors last had a turn.
        takes: what each takes of the memory, by its id.
        room: bytes that all may take together.
    """
    first: dict[Hashable, _Place] = {}
    for place in places:
        first.setdefault(place.visitor, place)
    left = room - sum(took.held for took in takes.values() if took.begun)
    begun = [place for place in first.values() if takes[id(place)].begun]
    turn = min(first.values(), key=lambda place: served.get(place.visitor, 0))
    if turn in begun or not begun or takes[id(turn)].peak <= left:
        return turn
    return min(begun, key=lambda place: served.get(place.visitor, 0))


def _forecast(
    places: list[_Place],
    served: dict[Hashable, int],
    holder: _Place | None,
    held: float,
    slice_of: Callable[[Hashable, dict[Hashable, int]], float],
    room: float,
) -> dict[Member, Wait]:
    """Play the line through: who comes when, if nobody else comes or goes."""
    left = {id(place): max(0.0, place.member.seconds_left) for place in places}
    takes = {id(place): place.member.takes for place in places}
    begun: dict[int, tuple[int, float]] = {}
    found: dict[Member, Wait] = {}
    count, now = max(served.values(), default=0), 0.0
    for _ in range(_MOST_TURNS):
        if not places:
            break
        place = holder if holder in places else _next(places, served, takes, room)
        takes[id(place)] = replace(takes[id(place)], begun=True)
        begun.setdefault(id(place), (len(begun), now))
        alone = all(other.visitor == place.visitor for other in places)
        most = max(0.0, slice_of(place.visitor, served) - (held if place is holder else 0.0))
        taken = left[id(place)] if alone else min(left[id(place)], most)
        now += taken
        left[id(place)] -= taken
        count += 1
        served[place.visitor], holder = count, None
        if left[id(place)] <= 0:
            places.remove(place)
            del takes[id(place)]
            ahead, start = begun[id(place)]
            found[place.member] = Wait(ahead, start, now)
    for place in places:  # runs without an end in sight
        ahead, start = begun.get(id(place), (len(begun), now))
        found[place.member] = Wait(ahead, start, now)
    return found
