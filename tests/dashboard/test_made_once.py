"""What pages show of a choice: made once, and one at a time where it takes long."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from session import shared
from sources.kept import Kept

PATIENCE = 20


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    kept = Kept(1000, lambda thing: 1)
    monkeypatch.setattr(shared, "_shown", lambda: kept)
    monkeypatch.setattr(shared.st, "spinner", lambda words: nullcontext())
    monkeypatch.setattr(shared.memory, "get", lambda key: None)


def test_who_comes_back_waits_for_what_was_begun():
    begun, go_on, made = threading.Event(), threading.Event(), []

    def make():
        made.append(len(made))
        begun.set()
        assert go_on.wait(PATIENCE)
        return object()

    with ThreadPoolExecutor(2) as visitors:
        first = visitors.submit(shared._once, make, ("a",), make, "Measuring")
        assert begun.wait(PATIENCE)
        second = visitors.submit(shared._once, make, ("a",), make, "Measuring")
        go_on.set()
        assert first.result(PATIENCE) is second.result(PATIENCE)
    assert made == [0]


def test_what_takes_long_is_made_for_one_visitor_at_a_time():
    counting, at_once, most = threading.Lock(), 0, 0
    both = threading.Barrier(2)

    def make():
        nonlocal at_once, most
        with counting:
            at_once += 1
            most = max(most, at_once)
        with pytest.raises(threading.BrokenBarrierError):
            both.wait(0.3)  # nobody comes to meet it
        with counting:
            at_once -= 1

    with ThreadPoolExecutor(2) as visitors:
        tasks = [visitors.submit(shared._once, make, (key,), make, "Measuring") for key in "ab"]
        for task in tasks:
            task.result(PATIENCE)
    assert most == 1


def test_who_leaves_waits_no_more(monkeypatch):
    class LeftError(Exception):
        """As Streamlit ends a drawing that nobody wants any more."""

    def leave(key):
        raise LeftError

    def never():
        raise AssertionError("it was made for nobody")

    monkeypatch.setattr(shared.memory, "get", leave)
    with shared._turn(never), pytest.raises(LeftError):
        shared._once(never, ("a",), never, "Measuring")
    assert shared._once(len, ("b",), list, "Measuring") == []
