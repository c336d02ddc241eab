from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
import torch

from moss_core import MossError
from moss_core.guard import Guard, MemoryWatch
from samples import fresh_memory

THREADS_OF_OPENMP = """
import psutil
import torch
from moss_core.guard import Guard
torch.set_num_threads(2)
compute = torch.rand(1_000_000).sin
guard, count = Guard(), psutil.Process().num_threads
compute()
before = count()
with guard.computing():
    idle = count()
    guard.call(compute, 20, "it")
    computing = count()
print(idle - before, computing - before, count() - before)
"""


def test_returns_what_a_call_returns() -> None:
    assert Guard().call(lambda: 3, 5, "it") == 3


def test_raises_what_a_call_raises() -> None:
    def fail() -> None:
        raise KeyError("layer 3")

    def leave() -> None:
        raise SystemExit("no licence")

    for call, kind in ((fail, KeyError), (leave, SystemExit)):
        with pytest.raises(kind):
            Guard().call(call, 5, "it")


def test_what_hangs_is_left_behind_and_the_next_call_works() -> None:
    watched, hanging = Guard(), threading.Event()
    began = time.monotonic()
    with pytest.raises(MossError) as error:
        watched.call(lambda: hanging.wait(30), 0.2, "objective slow")
    assert time.monotonic() - began < 5
    assert str(error.value).startswith("objective slow: must return within 0.2 s")
    assert watched.call(lambda: "still here", 5, "it") == "still here"
    hanging.set()


def test_an_endless_loop_is_ended() -> None:
    ended = threading.Event()

    def loop() -> None:
        try:
            while True:
                pass
        finally:
            ended.set()

    with pytest.raises(MossError):
        Guard().call(loop, 0.1, "it")
    assert ended.wait(10)


def test_what_comes_too_late_is_not_taken_for_the_next_answer() -> None:
    watched, hanging = Guard(), threading.Event()

    def late() -> str:
        hanging.wait(10)
        return "late"

    with pytest.raises(MossError):
        watched.call(late, 0.1, "it")
    hanging.set()
    assert [watched.call(partial(int, number), 5, "it") for number in range(3)] == [0, 1, 2]


def test_its_thread_ends_with_it() -> None:
    before = set(threading.enumerate())
    watched = Guard()
    watched.call(lambda: None, 5, "it")
    (thread,) = set(threading.enumerate()) - before
    del watched
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


if sys.platform == "linux":  # elsewhere PyTorch has another OpenMP

    def test_who_does_not_compute_keeps_no_threads_of_openmp() -> None:
        call = [sys.executable, "-c", THREADS_OF_OPENMP]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
        assert done.stdout == "-1 0 -1\n"


def test_a_process_with_a_hanging_call_can_end() -> None:
    code = """
import time
from moss_core import MossError
from moss_core.guard import Guard
try:
    Guard().call(lambda: time.sleep(60), 0.1, "it")
except MossError:
    print("named")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout == "named\n"


def test_a_leak_is_noticed() -> None:
    watch, kept = MemoryWatch(megabytes=64), []

    def leak() -> None:
        for _ in range(40):
            watch.begin()
            kept.append(fresh_memory(6))
            watch.end("objective leaky")

    with pytest.raises(MossError) as error:
        leak()
    assert "objective leaky: must not keep memory from call to call, 64 MB" in str(error.value)
    assert 64 / 6 < len(kept) - 8 < 15


def test_work_that_is_given_back_and_a_single_jump_are_no_leak() -> None:
    watch, once = MemoryWatch(megabytes=64), []
    for call in range(40):
        watch.begin()
        if call == 3:
            once.append(fresh_memory(200))
        torch.randn(5_000_000).square().sum()
        watch.end("it")
    assert once


def test_what_somebody_else_gives_back_is_no_leak() -> None:
    watch, kept = MemoryWatch(megabytes=64), []
    for _ in range(60):
        watch.begin()
        kept.append(fresh_memory(6))
        watch.end("it")
        kept.clear()


def test_what_somebody_else_keeps_is_no_leak() -> None:
    watch, kept = MemoryWatch(megabytes=64), []
    for _ in range(40):
        watch.begin()
        watch.end("it")
        kept.append(fresh_memory(6))
    assert len(kept) == 40


def test_the_first_calls_do_not_count() -> None:
    watch, kept = MemoryWatch(megabytes=64), []
    for call in range(30):
        watch.begin()
        if call < 8:
            kept.append(fresh_memory(30))
        watch.end("it")
    assert len(kept) == 8
