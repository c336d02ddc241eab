from __future__ import annotations

import pytest

from moss_core.optimization.growth import Growth


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
