from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from typing import Any

import pytest
import torch

from moss_core.machine.crews import Call, Crew, Work, crew


def doubled(number: int) -> Work[int]:
    first, second = yield [Call(lambda: number), Call(lambda: number)]
    return first + second  # type: ignore[no-any-return]


def test_results_come_in_the_order_of_the_work() -> None:
    def later_first(number: int) -> Work[int]:
        time.sleep(0.02 * (4 - number))
        found = yield from doubled(number)
        return found

    assert Crew(3).run([later_first(number) for number in range(5)]) == [0, 2, 4, 6, 8]
    assert Crew(2).map(str, range(4)) == ["0", "1", "2", "3"]
    assert Crew(2).run([]) == []


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a rank of their own on Linux")
@pytest.mark.parametrize(("shared", "gives_way"), [("1", True), ("0", False)])
def test_on_a_server_those_who_compute_come_after_those_who_answer(
    monkeypatch: pytest.MonkeyPatch, shared: str, gives_way: bool
) -> None:
    def rank(_: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    monkeypatch.setenv("MOSS_SHARED", shared)
    (found,) = Crew(1).map(rank, [0])
    assert (found > rank(0)) is gives_way


def test_work_may_ask_for_calls_again_and_for_none() -> None:
    def several() -> Work[list[list[Any]]]:
        found = []
        for count in (2, 0, 3):
            found.append((yield [Call(lambda place=place: place) for place in range(count)]))
        return found

    assert Crew(2).run([several()]) == [[[0, 1], [], [0, 1, 2]]]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_as_many_are_computed_at_once_as_there_are_threads(size: int) -> None:
    together = threading.Barrier(size)
    assert sorted(Crew(size).map(lambda _: together.wait(10), range(size))) == list(range(size))


def test_the_calls_of_one_piece_of_work_are_computed_at_once() -> None:
    together = threading.Barrier(2)

    def both() -> Work[list[int]]:
        found = yield [Call(lambda: together.wait(10)), Call(lambda: together.wait(10))]
        return sorted(found)

    assert Crew(2).run([both()]) == [[0, 1]]


def test_no_more_work_is_open_than_may_be() -> None:
    begun, most = [0], [0]

    def counted() -> Work[None]:
        begun[0] += 1
        most[0] = max(most[0], begun[0])
        yield [Call(lambda: time.sleep(0.01))]
        begun[0] -= 1

    Crew(4).run([counted() for _ in range(8)], at_once=2)
    assert most == [2]
    assert begun == [0]


def test_calls_that_must_be_alone_are_and_others_go_on_beside_them() -> None:
    inside, most, beside = [0], [0], threading.Event()

    def alone() -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        assert beside.wait(10)
        time.sleep(0.01)
        inside[0] -= 1

    def work() -> Work[None]:
        yield [Call(alone, "one"), Call(beside.set)]

    Crew(3).run([work() for _ in range(4)])
    assert most == [1]


@pytest.mark.parametrize("error", [KeyError("layer 3"), KeyboardInterrupt()])
@pytest.mark.parametrize("place", ["work", "call"])
def test_the_first_error_is_raised_once_what_is_computed_has_ended(
    error: BaseException, place: str
) -> None:
    ended, begun = [], []

    def fail() -> None:
        raise error

    def failing() -> Work[None]:
        if place == "work":
            fail()
        yield [Call(fail)]

    def slow() -> Work[None]:
        time.sleep(0.2)
        ended.append(1)
        yield []

    def never() -> Work[None]:
        begun.append(1)
        yield []

    with pytest.raises(type(error)):
        Crew(2).run([slow(), failing(), never(), never()])
    assert ended == [1]
    assert begun == []


def test_its_threads_keep_none_of_openmp_s() -> None:
    code = """
import psutil
import torch
torch.set_num_threads(2)
from moss_core.machine.crews import Crew
crew, count = Crew(2), psutil.Process().num_threads
numbers = torch.rand(1_000_000)
crew.map(lambda _: numbers.sin(), range(8))
before = count()
crew.map(lambda _: numbers.sin(), range(8))
print(count() - before, set(crew.map(lambda _: torch.get_num_threads(), range(8))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0 {1}\n"


def test_the_caller_s_context_goes_along() -> None:
    said = ContextVar("said", default="nothing")
    said.set("hello")

    def work() -> Work[tuple[str, str]]:
        (heard,) = yield [Call(said.get)]
        return said.get(), heard

    assert Crew(2).run([work()]) == [("hello", "hello")]


def test_a_process_has_one_and_a_forked_one_its_own() -> None:
    code = """
import os
from moss_core.machine.crews import crew
assert crew() is crew()
print(*crew().map(str, ["parent"]), flush=True)
child = os.fork()
if child == 0:
    print(*crew().map(str, ["child"]), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "parent\nchild\n"


def test_gradients_are_computed_by_whichever_thread_goes_on() -> None:
    def work(value: float) -> Work[float]:
        leaf = torch.tensor([value], requires_grad=True)
        square = leaf.square()
        (factor,) = yield [Call(lambda: 3.0)]
        (gradient,) = torch.autograd.grad((factor * square).sum(), leaf)
        return float(gradient)

    assert crew().run([work(float(value)) for value in range(6)]) == [6.0 * v for v in range(6)]


def test_as_many_work_at_once_as_memory_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moss_core.machine.crews.free_memory", lambda device: 1000)
    assert [Crew(4).places(each) for each in (1, 250, 400, 600, 5000)] == [4, 4, 2, 1, 1]


if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_info"):  # GNU's allocator

    @pytest.mark.parametrize(("made_by", "stocks"), [("crew()", "1"), ("Crew(2)", "[2-9]")])
    def test_the_process_s_crew_has_one_stock_of_memory(made_by: str, stocks: str) -> None:
        code = f"""
import ctypes
import threading
from moss_core.machine.crews import Crew, crew
together = threading.Barrier({made_by}.size)
{made_by}.map(lambda _: together.wait(10) + len(bytearray(1000)), range(together.parties))
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert re.fullmatch(stocks, str(done.stdout.count("<heap nr=")))
