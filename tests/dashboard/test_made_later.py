"""What is made in the background, in the order that it was asked for."""

import threading
import time

import pytest

from moss_core.errors import MossError
from sources import made_later
from sources.kept import Kept
from sources.made_later import MadeLater, Waiting

PATIENCE = 20


@pytest.fixture
def later():
    return MadeLater(Kept(1000, lambda thing: 1))


def until(ask):
    """Ask again and again, as a page does, until there is an answer."""
    deadline = time.monotonic() + PATIENCE
    while isinstance(found := ask(), Waiting):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


class Maker:
    """Makes things when it may."""

    def __init__(self):
        self.may, self.begun, self.made = threading.Event(), threading.Event(), []

    def __call__(self, name):
        def make():
            self.begun.set()
            assert self.may.wait(PATIENCE)
            self.made.append(name)
            return name

        return make


def test_who_asks_is_told_how_many_come_first_and_each_thing_is_made_once(later):
    make = Maker()
    assert [later.ask(name, make(name)) for name in "abcb"] == [
        Waiting(0),
        Waiting(1),
        Waiting(2),
        Waiting(1),
    ]
    make.may.set()
    assert until(lambda: later.ask("c", make("c"))) == "c"
    assert [until(lambda name=name: later.ask(name, make(name))) for name in "ab"] == ["a", "b"]
    assert make.made == ["a", "b", "c"]


def test_who_does_not_ask_again_has_left(later):
    make = Maker()
    for name in "abc":
        later.ask(name, make(name))
    assert make.begun.wait(PATIENCE)
    later._line["b"].at -= made_later._PATIENCE
    assert later.ask("c", make("c")) == Waiting(2)
    make.may.set()
    assert until(lambda: later.ask("c", make("c"))) == "c"
    assert make.made == ["a", "c"]


def test_what_cannot_be_made_says_why_as_often_as_it_is_asked_for_and_is_tried_again(later):
    fails = [True]

    def make():
        if fails:
            raise MossError("image", "must have two grays", "one", "Choose another.")
        return "made"

    for _ in range(2):
        with pytest.raises(MossError, match="two grays"):
            until(lambda: later.ask("a", make))
    fails.clear()
    later._failed = {key: (error, 0.0) for key, (error, _) in later._failed.items()}
    assert until(lambda: later.ask("a", make)) == "made"


def test_nothing_is_at_work_when_nobody_waits(later):
    assert until(lambda: later.ask("a", lambda: "a")) == "a"
    thread = later._thread
    if thread:
        thread.join(PATIENCE)
    assert later._thread is None
    assert until(lambda: later.ask("b", lambda: "b")) == "b"
