from __future__ import annotations

from dataclasses import replace

import pytest

from moss_core import Run, RunConfig
from moss_core.optimization.front import Candidate, Front
from moss_core.optimization.growth import Gaps, Growth
from samples import small_image, small_track


@pytest.mark.parametrize(
    ("candidates", "step", "expected"),
    [
        (9, 0, {0, 4, 8}),
        (9, 17, {0, 4, 8}),
        (9, 18, {0, 2, 4, 6, 8}),
        (9, 36, set(range(9))),
        (9, 1000, set(range(9))),
        (11, 0, {0, 4, 8, 10}),
        (6, 0, {0, 2, 4, 5}),
        (6, 24, set(range(6))),
        (4, 0, set(range(4))),
        (1, 0, {0}),
    ],
)
def test_those_between_wake_later(candidates: int, step: int, expected: set[int]) -> None:
    assert Growth(candidates, 60).due(step) == expected


def test_in_a_short_run_all_learn_from_the_start() -> None:
    assert Growth(9, 9).waiting == frozenset()


def test_who_wakes_goes_on_from_the_nearest_that_were_awake() -> None:
    growth = Growth(9, 60)
    assert growth.waiting == {1, 2, 3, 5, 6, 7}
    assert growth.join([0, 2, 6]) == [(2, 0, 4), (6, 4, 8)]
    assert growth.waiting == {1, 3, 5, 7}
    assert growth.join(range(9)) == [(1, 0, 2), (3, 2, 4), (5, 4, 6), (7, 6, 8)]
    assert growth.waiting == frozenset()
    assert growth.join(range(9)) == []


@pytest.mark.parametrize("candidates", range(1, 70))
def test_everyone_has_neighbours_to_go_on_from(candidates: int) -> None:
    growth = Growth(candidates, 60)
    for step in range(61):
        for index, below, above in growth.join(growth.due(step)):
            assert 0 <= below < index < above < candidates
    assert growth.waiting == frozenset()


def test_later_steps_take_longer() -> None:
    assert Growth(9, 60).work_left(0, 60) == (17 * 3 + 18 * 5 + 25 * 9) / 3
    assert Growth(9, 60).work_left(50, 60) == 10
    assert Growth(9, 60).work_left(60, 60) == 0


def test_a_run_that_goes_on_wakes_nobody_twice() -> None:
    growth = Growth(9, 60)
    growth.resume_from(20, [0, 2, 3, 4, 6, 8])
    assert growth.waiting == {1, 5, 7}
    growth.resume_from(36, range(9))
    assert growth.waiting == frozenset()


# Gaps


def front(own: tuple[float, float]) -> Front:
    """Two neighbours, one far away, and the one that is filled in between, by index 3."""
    rows = (
        Candidate(0, (0.8, 0.2), (0.1, 0.7), False),
        Candidate(3, (0.5, 0.5), own, False),
        Candidate(1, (0.2, 0.8), (0.7, 0.1), False),
        Candidate(2, (0.05, 0.95), (0.95, 0.05), False),
    )
    return Front(rows, (0, 1), None, (1.0, 1.0), ("audio", "image"))


BEST, MEAN = 0.4, 0.22
"""What the best of the others has for the new one's preference, and the neighbours for theirs."""
ENOUGH = (BEST + MEAN) / 2


def steps_to_fill(own: float, most: int = 20, turns: int = 4) -> int:
    """How many steps one learns that has these losses from its first one on."""
    gaps = Gaps(turns)
    gaps.fill(3, (0, 1), most)
    return next(n for n in range(1, 100) if gaps.are_filled({3}, front((own, own))))


def test_a_filled_one_learns_until_it_is_half_way_to_what_its_neighbours_are() -> None:
    assert steps_to_fill(ENOUGH - 0.01) == 4  # once all of its losses are its own
    assert steps_to_fill(ENOUGH + 0.01) == 20
    assert steps_to_fill(ENOUGH - 0.01, turns=15) == 15
    assert steps_to_fill(ENOUGH - 0.01, most=2) == 2  # never longer than its neighbours did


def test_one_that_is_worse_for_its_preference_than_another_goes_on() -> None:
    """So that none dominates it, however little its neighbours have learned for theirs."""
    gaps = Gaps(1)
    gaps.fill(3, (0, 1), 20)
    found = front((0.41, 0.41))
    poor = replace(found.candidates[0], preference=(0.0, 1.0))
    found = replace(found, candidates=(poor, *found.candidates[1:]))
    assert not gaps.are_filled({3}, found)


def test_only_those_that_fill_a_gap_alone_end_a_plan() -> None:
    gaps = Gaps(1)
    gaps.fill(3, (0, 1), 20)
    good = front((0.1, 0.1))
    assert not gaps.are_filled(None, good)
    assert not gaps.are_filled({0, 3}, good)
    assert (gaps.most([3]), gaps.most([0, 3]), gaps.most([])) == (20, 0, 0)
    assert gaps.are_filled({3}, good)
    gaps.forget(3)
    assert not gaps.are_filled({3}, good)
    assert gaps.most([3]) == 0


def test_the_plan_ends_when_a_gap_is_filled() -> None:
    run = Run(small_image(), small_track(), RunConfig(candidates=3, steps=12))
    for _ in run.steps():
        pass
    index = run.fill(0, 1)
    run.extend(run.gaps.most([index]), from_here=True)
    run.learn_only([index])
    for _ in run.steps():
        pass
    assert run.finished
    assert run.planned == run.state.record.step
    assert len(run.optimizer.turns) <= run.planned - 12 <= 13
    assert not any(candidate.dominated for candidate in run.candidates())
    again = run.fill(1, 2)
    run.steer(again, (0.1, 0.1, 0.8))
    assert run.gaps.most([again]) == 0
