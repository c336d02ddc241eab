from __future__ import annotations

import numpy as np
import pytest

from moss_core.optimization.pareto import hypervolume, knee, non_dominated


def _dominates(a, b):
    return bool(np.all(a <= b) and np.any(a < b))


@pytest.mark.parametrize("objectives", [2, 3, 5])
def test_agrees_with_the_definition(objectives):
    points = np.random.default_rng(objectives).integers(0, 6, (60, objectives)).astype(float)
    expected = [not any(_dominates(other, point) for other in points) for point in points]
    found = non_dominated(points)
    assert found.dtype == np.bool_
    assert found.tolist() == expected
    assert 0 < found.sum() < 60


def test_equals_do_not_dominate_each_other():
    assert non_dominated([[1, 2], [1, 2], [2, 1], [2, 2]]).tolist() == [True, True, True, False]


def test_a_single_candidate_is_the_front():
    assert non_dominated([[3.0, 4.0]]).tolist() == [True]


def test_the_front_follows_a_permutation_of_the_candidates():
    random = np.random.default_rng(0)
    points, order = random.random((40, 3)), random.permutation(40)
    np.testing.assert_array_equal(non_dominated(points[order]), non_dominated(points)[order])


def test_hypervolume_of_a_staircase():
    assert hypervolume([[0, 2], [1, 1], [2, 0]], (3, 3)) == pytest.approx(3 + 2 + 1)
    assert hypervolume([[0.25, 0.5, 0.0]], (1, 1, 1)) == pytest.approx(0.75 * 0.5)


def test_hypervolume_ignores_what_is_dominated_or_beyond_the_reference():
    front = [[0, 2], [1, 1], [2, 0]]
    assert hypervolume([*front, [2, 2], [5, -1]], (3, 3)) == hypervolume(front, (3, 3))
    assert hypervolume([[3, 3], [4, 0]], (3, 3)) == 0


def test_hypervolume_grows_with_a_better_candidate():
    assert hypervolume([[1, 1], [0.5, 1.5]], (2, 2)) > hypervolume([[1, 1]], (2, 2))


def test_the_knee_is_where_the_front_bends() -> None:
    assert knee([[0, 10], [1, 2], [4, 1], [9, 0]]) == 1
    assert knee([[0, 10], [0.5, 20], [1, 2], [9, 0]]) == 2


@pytest.mark.parametrize(
    "losses",
    [
        [[3, 3]],
        [[0, 1], [1, 0]],
        [[0, 1], [0, 1], [1, 0]],
        [[0, 3], [1, 2], [2, 1], [3, 0]],  # straight
        [[0, 1], [0.6, 0.7], [1, 0]],  # bends outwards
        [[0.0], [1.0], [2.0]],
    ],
)
def test_a_front_of_ends_and_one_that_does_not_bend_have_no_knee(losses) -> None:
    assert knee(losses) is None


def test_the_knee_does_not_depend_on_the_units() -> None:
    points = np.array([[0, 10], [1, 6], [3, 2], [9, 0]], dtype=float)
    assert knee(points * [1000, 0.01] + [5, 7]) == knee(points) == 2
