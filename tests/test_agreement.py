"""Which objectives agree with answers, and the weights that fit them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from moss_core import MossError, Run, RunConfig
from moss_core.listening import (
    IMAGE,
    TRACK,
    Answer,
    Measured,
    Trial,
    agreement,
    fitted_preset,
    fitted_weights,
    measured_by_all,
    measured_by_run,
)
from moss_core.listening.measured import _measure
from moss_core.objectives import discover
from samples import small_image, small_track

WHEN = datetime(2026, 1, 2, tzinfo=UTC)
COUNT = 9


def measured(name, domain, losses, worst=1.0):
    return Measured(name, domain, dict(enumerate(losses)), worst)


RISING = measured("rising", "audio", np.linspace(0.1, 0.9, COUNT))
FALLING = measured("falling", "audio", np.linspace(0.9, 0.1, COUNT))
FLAT = measured("flat", "audio", np.full(COUNT, 0.5))


def pairs(kind, worth, count, seed=0, strength=1e9):
    """Answers to pairs by somebody to whom candidates are worth so much (Bradley-Terry)."""
    own, found = np.random.default_rng(seed), []
    for _ in range(count):
        first, second = (int(one) for one in own.choice(len(worth), 2, replace=False))
        odds = np.clip(strength * (worth[first] - worth[second]), -50, 50)
        side = "first" if own.random() < 1 / (1 + np.exp(-odds)) else "second"
        found.append(Answer(Trial(kind, first, second), side, 1.0, WHEN))
    return found


def abx(candidate, right):
    trial = Trial("abx", TRACK, candidate, True)
    return Answer(trial, "first" if right else "second", 1.0, WHEN)


def by_name(found):
    return {one.name: one for one in found}


def test_an_objective_that_ranks_as_the_ears_do_is_first_and_its_opposite_last():
    answers = pairs("sound", [-loss for loss in RISING.losses.values()], 20)
    found = agreement([FALLING, RISING], answers)
    assert [one.name for one in found] == ["rising", "falling"]
    assert [one.tau for one in found] == [1, -1]


def test_an_interval_is_wide_with_few_answers_and_never_a_single_number():
    worth = [-loss for loss in RISING.losses.values()]
    widths = []
    for count in (8, 20, 80):
        (found,) = agreement([RISING], pairs("sound", worth, count))
        assert found.low < found.high == found.tau == 1
        widths.append(found.high - found.low)
    assert widths[0] > widths[1] > widths[2]


def test_tossed_answers_agree_with_nothing_in_particular():
    found = agreement([RISING, FALLING], pairs("sound", [0.0] * COUNT, 30, strength=0))
    assert all(one.low < 0 < one.high for one in found)


def test_abx_tells_that_what_is_found_out_is_farther_from_the_track():
    answers = [abx(index, index > 4) for index in range(COUNT)]
    found = by_name(agreement([RISING, FALLING], answers))
    assert found["rising"].tau == 1
    assert found["falling"].tau == -1
    lucky = by_name(agreement([RISING], [*answers, abx(0, True), abx(1, True)]))
    assert lucky["rising"].tau < 1


def test_few_answers_those_of_the_other_domain_and_the_obvious_ones_say_nothing():
    few = pairs("sound", [-loss for loss in RISING.losses.values()], 3)
    obvious = [Answer(Trial("abx", TRACK, IMAGE), "second", 1.0, WHEN)] * 20
    for answers in (few, pairs("picture", range(COUNT), 20), obvious, []):
        (found,) = agreement([RISING], answers)
        assert (found.tau, found.low, found.high) == (None, None, None)


def test_an_objective_that_sees_no_difference_does_not_agree():
    (found,) = agreement([FLAT], pairs("sound", range(COUNT), 20))
    assert found.tau is None


OWN = np.random.default_rng(5)
ONE, TWO, THREE = (measured(name, "image", OWN.random(COUNT)) for name in ("one", "two", "three"))


def worth_by(weights):
    losses = [list(one.losses.values()) for one in (ONE, TWO, THREE)]
    return -np.array(weights) @ np.array(losses)


def test_weights_come_back_from_answers_within_their_errors():
    truth = [0.6, 0.3, 0.1]
    answers = pairs("picture", worth_by(truth), 400, strength=8)
    found = fitted_weights([ONE, TWO, THREE], answers)
    assert sum(one.weight for one in found) == pytest.approx(1)
    for one, wanted in zip(found, truth, strict=True):
        assert abs(one.weight - wanted) < 3 * one.error < 0.3


def test_errors_shrink_with_answers_and_no_answer_leaves_weights_alike():
    nothing = fitted_weights([ONE, TWO, THREE], [])
    assert [one.weight for one in nothing] == pytest.approx([1 / 3] * 3, abs=1e-4)
    found = [
        fitted_weights([ONE, TWO, THREE], pairs("picture", worth_by([1, 0, 0]), count, strength=8))
        for count in (10, 80, 640)
    ]
    errors = [nothing[0].error, *(one[0].error for one in found)]
    assert errors == sorted(errors, reverse=True)
    assert found[2][0].weight > 0.8


def test_abx_fits_weights_of_audio_objectives():
    """Somebody hears what one objective measures and is deaf for what another one does."""
    heard = measured("heard", "audio", np.tile([0.0, 1.0, 0.5], 3))
    other = measured("other", "audio", np.repeat([0.0, 0.5, 1.0], 3))
    own = np.random.default_rng(1)
    answers = []
    for index in own.integers(0, COUNT, 200).tolist():
        right = own.random() < 1 / (1 + np.exp(-6 * heard.losses[index]))
        answers.append(abx(index, right))
    found = by_name(fitted_weights([heard, other], answers))
    assert found["heard"].weight > 0.75
    assert found["heard"].answers == 200


def test_fitted_weights_are_a_preset():
    fitted = fitted_weights([ONE, TWO, RISING], pairs("picture", worth_by([1, 0, 0]), 60))
    preset = fitted_preset(fitted, "My eyes", "As I see it.", {"lean": 0.4, "objectives": ()})
    assert preset.lean == 0.4
    assert dict(preset.objectives) == {one.name: round(one.weight, 4) for one in fitted}
    with pytest.raises(MossError):
        fitted_preset(fitted, "", "No label.")


@pytest.fixture(scope="module")
def run() -> Run:
    config = RunConfig(candidates=2, steps=0, viewers=("moss",))  # seen in one lens at every step
    run = Run(small_image(), small_track(), config)
    run.step()
    return run


def test_a_runs_own_objectives_rank_its_candidates_alike_by_both_ways(run):
    own = by_name(measured_by_run(run))
    again = by_name(_measure(run, list(run.objectives)))
    assert own.keys() == again.keys()
    for name, one in own.items():
        assert again[name].domain == one.domain
        assert again[name].worst == pytest.approx(one.worst, rel=1e-3)
        losses = again[name].losses
        assert sorted(losses, key=losses.__getitem__) == sorted(one.losses, key=one.losses.get)


def test_every_installed_objective_is_measured_once(run):
    found = measured_by_all(run, discover())
    names = [one.name for one in found]
    assert len(set(names)) == len(names)
    assert {objective.name for objective in run.objectives} < set(names)
    assert all(set(one.losses) == {0, 1} for one in found)
