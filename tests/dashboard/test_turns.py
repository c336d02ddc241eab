"""The line in front of the processor: fair among visitors, and told in advance."""

import threading
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from background.turns import FIRST_SECONDS, SLICE_SECONDS, Turns
from moss_core.optimization import Takes
from moss_core.words import minutes_text


@dataclass(eq=False)
class Run:
    """A run that learns for some seconds of a clock that it turns itself."""

    name: str
    seconds_left: float
    takes: Takes = field(default_factory=Takes)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns(clock) -> Turns:
    return Turns(clock)


def play(turns, clock, runs, step=1.0):
    """Let runs of visitors go through the line; return who learned when, and what was foretold."""
    learned, threads = [], []
    holding, gate = threading.Event(), object()

    def go(run, visitor):
        with turns.turn(run, visitor, lambda: True):
            run.takes = replace(run.takes, begun=True)
            while run.seconds_left > 0:
                if turns.is_over(run):
                    turns.give_way(run, lambda: True)
                learned.append((run.name, clock.now))
                clock.now += step
                run.seconds_left -= step

    first = Run("gate", 0.0)
    with turns.turn(first, gate, lambda: True):
        for run, visitor in runs:  # they come in this order, while something else learns
            threads.append(threading.Thread(target=go, args=(run, visitor)))
            threads[-1].start()
            while len(turns) < len(threads) + 1:
                holding.wait(0.001)
        foretold = {run.name: wait for run, wait in turns.forecast().items()}
    for thread in threads:
        thread.join(30)
    return learned, foretold


def blocks(learned):
    """Who learned, without repetition."""
    return [name for k, (name, _) in enumerate(learned) if not k or learned[k - 1][0] != name]


def test_runs_of_one_visitor_follow_each_other(turns, clock):
    learned, told = play(turns, clock, [(Run("a", 50), 1), (Run("b", 50), 1), (Run("c", 5), 1)])
    assert blocks(learned) == ["a", "b", "c"]
    assert [told[name].ahead for name in "abc"] == [1, 2, 3]  # the one that learns just now first


def test_visitors_take_turns_and_all_see_something_soon(turns, clock):
    runs = [(Run(name, 100), name) for name in "abcdefghij"]
    learned, _ = play(turns, clock, runs)
    starts = {name: next(now for who, now in learned if who == name) for name in "abcdefghij"}
    assert list(starts) == list("abcdefghij")
    assert starts["j"] == 9 * FIRST_SECONDS
    assert blocks(learned)[:20] == [*"abcdefghij", *"abcdefghij"]
    longest = SLICE_SECONDS + 9 * SLICE_SECONDS
    for name in "abcdefghij":
        mine = [now for who, now in learned if who == name]
        assert len(mine) == 100
        assert max(b - a for a, b in pairwise(mine)) <= longest + 1


def test_many_runs_of_one_visitor_do_not_keep_another_waiting(turns, clock):
    runs = [(Run(f"a{k}", 100), "a") for k in range(5)] + [(Run("b", 20), "b")]
    learned, told = play(turns, clock, runs)
    done = max(now for who, now in learned if who == "b")
    assert done < FIRST_SECONDS + 20 + SLICE_SECONDS
    assert told["b"].end == done + 1


def test_a_newcomer_comes_before_those_who_had_a_turn(turns, clock):
    learned, _ = play(turns, clock, [(Run("a", 200), "a"), (Run("b", 200), "b")])
    assert blocks(learned)[:4] == ["a", "b", "a", "b"]
    again, _ = play(turns, clock, [(Run("a", 60), "a"), (Run("new", 60), "new")])
    assert blocks(again)[0] == "new"


def test_what_is_foretold_comes_true(turns, clock):
    runs = [(Run(name, seconds), name) for name, seconds in (("a", 70), ("b", 15), ("c", 200))]
    learned, told = play(turns, clock, runs)
    for name in "abc":
        mine = [now for who, now in learned if who == name]
        assert (told[name].seconds, told[name].end) == (mine[0], mine[-1] + 1)


def test_the_pace_is_measured(turns, clock):
    run = Run("a", 1)
    with turns.turn(run, "a", lambda: True):
        clock.now += 4
        turns.note(100)
    assert turns.pace == 25
    with turns.turn(run, "a", lambda: True):
        clock.now += 2
        turns.note(150)
    assert 25 < turns.pace < 75


def test_a_wait_can_be_given_up(turns):
    one, two = Run("a", 9), Run("b", 9)
    with turns.turn(one, "a", lambda: True) as mine:
        assert mine
        with turns.turn(two, "b", lambda: False) as other:
            assert not other
        assert len(turns) == 1
        assert not turns.is_over(one)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "less than a minute"), (55, "1 minute"), (400, "7 minutes"), (7300, "2 hours")],
)
def test_a_wait_in_words(seconds, words):
    assert minutes_text(seconds) == words


def test_no_more_begin_than_fit_and_the_others_are_told_when(clock):
    turns = Turns(clock, room=lambda: 100)
    runs = [(Run(name, 60, Takes(held=30, peak=45)), name) for name in "abcd"]
    learned, told = play(turns, clock, runs)
    order = blocks(learned)
    assert order[:2] == ["a", "b"]  # with both the next would need 30 + 30 + 45
    assert set(order[: order.index("c")]) == {"a", "b"}
    done = {name: max(now for who, now in learned if who == name) + 1 for name in "abcd"}
    starts = {name: min(now for who, now in learned if who == name) for name in "abcd"}
    assert starts["c"] >= min(done["a"], done["b"])
    assert {name: wait.end for name, wait in told.items() if name in done} == done
    assert {name: wait.seconds for name, wait in told.items() if name in starts} == starts


def test_one_that_fits_nowhere_learns_alone(clock):
    turns = Turns(clock, room=lambda: 10)
    runs = [(Run(name, 20, Takes(held=30, peak=45)), name) for name in "ab"]
    learned, _ = play(turns, clock, runs)
    assert blocks(learned) == ["a", "b"]


def test_a_large_one_is_not_passed_by_small_ones_that_came_later(clock):
    turns = Turns(clock, room=lambda: 100)
    runs = [(Run("a", 30, Takes(held=30, peak=45)), "a")]
    runs += [(Run("large", 30, Takes(held=60, peak=90)), "large")]
    runs += [(Run(name, 30, Takes(held=10, peak=15)), name) for name in "cd"]
    learned, _ = play(turns, clock, runs)
    assert blocks(learned)[:2] == ["a", "large"]
