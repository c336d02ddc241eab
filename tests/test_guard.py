from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from moss_core import MossError
from moss_core.objectives.guard import Guard, Guards


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


def test_a_call_that_returns_as_it_is_left_behind_ends_in_silence(monkeypatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    watched = Guard()
    watched.call(lambda: None, 5, "it")
    thread = watched._thread
    watched._leave_behind()
    thread.join(10)
    assert not thread.is_alive()
    assert said == []
    assert watched.call(lambda: 1, 5, "it") == 1


def test_a_process_with_a_hanging_call_can_end() -> None:
    code = """
import time
from moss_core import MossError
from moss_core.objectives.guard import Guard
try:
    Guard().call(lambda: time.sleep(60), 0.1, "it")
except MossError:
    print("named")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout == "named\n"


def test_guards_that_are_called_at_once_are_different_ones_and_are_called_again() -> None:
    guards = Guards()
    with guards.calling("first") as first, guards.calling("second") as second:
        assert first is not second
        assert guards.longest is not None
        assert guards.longest[0] == "first"
    assert guards.longest is None
    with guards.calling("third") as third:
        assert third in (first, second)
