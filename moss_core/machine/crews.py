"""Threads that compute: as many as there are processors, each on one of them.

They divide the work in whole: a candidate, or an objective of one, is computed by one thread,
which waits for nobody. So a run beside other programs loses only the time that those take, and no
sum depends on the number of cores that it was divided among.
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache, partial
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import torch

from moss_core.machine.cores import give_way, stay_on_one_core
from moss_core.machine.profiles import profile
from moss_core.machine.resources import free_memory, processors, share_free_memory

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Call:
    """A part of a piece of work that may be computed at once with its others.

    Args:
        function: what to call.
        alone: calls with an equal one are never computed at once; None: whatever else runs.
    """

    function: Callable[[], Any]
    alone: Hashable = None


Work = Generator[Sequence[Call], list[Any], _Result]
"""A piece of work: yields calls, is sent what they return, and returns a result.

Each part between two yields may run in another thread, so nothing that belongs to a thread, such
as the gradient mode, may be held across a yield.
"""


class Crew:
    """A fixed number of threads that compute.

    Args:
        size: how many.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads = ThreadPoolExecutor(size, "moss-crew", _enter)

    def places(self, each: int) -> int:
        """Return how many of the threads may work at once, at least 1, by the memory on the CPU.

        Args:
            each: bytes that a piece of work takes.
        """
        return max(1, min(self.size, free_memory(torch.device("cpu")) // each))

    def map(
        self,
        function: Callable[[_Item], _Result],
        items: Iterable[_Item],
        at_once: int | None = None,
    ) -> list[_Result]:
        """Return what a function returns for each item, in their order; see `run`."""
        return self.run([_whole(function, item) for item in items], at_once)

    def run(self, works: Sequence[Work[_Result]], at_once: int | None = None) -> list[_Result]:
        """Carry out pieces of work; return what each returns, in their order.

        Not to be called by one of the crew's own threads, which would wait for itself.

        Args:
            works: begun in their order.
            at_once: how many may be begun and not ended; None: as many as there are threads.

        Raises:
            BaseException: the first that one of them or of its calls raises, or an interrupt; once
                what is being computed has come to its end. The others are given up.
        """
        round_ = _Round(self._submit, works, at_once or self.size)
        try:
            return round_.carry_out()
        finally:
            round_.wait()

    def _submit(self, function: Callable[[], _Result]) -> Future[_Result]:
        return self._threads.submit(copy_context().run, function)


def _enter() -> None:
    """Prepare one of a crew's threads."""
    stay_on_one_core()
    if profile() == "hosted":
        give_way()


@dataclass
class _Open(Generic[_Result]):
    """A piece of work that is under way, and what its calls have returned."""

    work: Work[_Result]
    answers: list[Any] | None = None
    missing: int = 0


class _Round(Generic[_Result]):
    """One `Crew.run`; the thread that calls it only hands out what is to be done next."""

    def __init__(
        self,
        submit: Callable[[Callable[[], Any]], Future[Any]],
        works: Sequence[Work[_Result]],
        at_once: int,
    ) -> None:
        self._submit = submit
        self._waiting = deque(enumerate(works))
        self._at_once = at_once
        self._open: dict[int, _Open[_Result]] = {}
        self._results: dict[int, _Result] = {}
        self._alone: dict[Hashable, deque[Callable[[], None]]] = defaultdict(deque)
        self._events: SimpleQueue[tuple[Callable[[Any], None], Future[Any]]] = SimpleQueue()
        self._under_way = 0

    def carry_out(self) -> list[_Result]:
        self._begin()
        while self._under_way:
            self._next()
        return [self._results[number] for number in sorted(self._results)]

    def wait(self) -> None:
        """Wait for what is being computed, and begin nothing more."""
        while self._under_way:
            self._events.get()
            self._under_way -= 1

    def _next(self) -> None:
        then, future = self._events.get()
        self._under_way -= 1
        then(future.result())

    def _start(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self._under_way += 1
        self._submit(function).add_done_callback(lambda future: self._events.put((then, future)))

    def _begin(self) -> None:
        while self._waiting and len(self._open) < self._at_once:
            number, work = self._waiting.popleft()
            self._open[number] = _Open(work)
            self._go_on(number)

    def _go_on(self, number: int) -> None:
        entry = self._open[number]
        self._start(partial(_advance, entry.work, entry.answers), partial(self._came, number))

    def _came(self, number: int, found: tuple[Sequence[Call] | None, _Result | None]) -> None:
        calls, result = found
        if calls is None:
            self._results[number] = result  # type: ignore[assignment]
            del self._open[number]
            self._begin()
            return
        entry = self._open[number]
        answers: list[Any] = [None] * len(calls)
        entry.answers, entry.missing = answers, len(calls)
        for place, call in enumerate(calls):
            self._ask(call, partial(self._answered, number, answers, place))
        if not calls:
            self._go_on(number)

    def _answered(self, number: int, answers: list[Any], place: int, answer: Any) -> None:
        entry = self._open[number]
        answers[place] = answer
        entry.missing -= 1
        if not entry.missing:
            self._go_on(number)

    def _ask(self, call: Call, then: Callable[[Any], None]) -> None:
        if call.alone is None:
            self._start(call.function, then)
            return
        line = self._alone[call.alone]

        def ended(answer: Any) -> None:
            line.popleft()
            if line:
                line[0]()
            then(answer)

        line.append(partial(self._start, call.function, ended))
        if len(line) == 1:
            line[0]()


def _advance(
    work: Work[_Result], answers: list[Any] | None
) -> tuple[Sequence[Call] | None, _Result | None]:
    """Return the calls that a piece of work asks for next, or None and its result."""
    try:
        return work.send(answers), None  # type: ignore[arg-type]  # None begins it
    except StopIteration as end:
        return None, end.value


def _whole(function: Callable[[_Item], _Result], item: _Item) -> Work[_Result]:
    """A piece of work that asks for nothing."""
    yield from ()
    return function(item)


@cache
def crew() -> Crew:
    """Return the process's crew, with as many threads as there are processors."""
    share_free_memory()
    return Crew(processors())


# The threads of a process are not there in one that it forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=crew.cache_clear)
