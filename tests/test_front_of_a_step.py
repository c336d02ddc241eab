"""The front of a step: what is found once and carried."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from moss_core import Objective, Run, RunConfig
from moss_core.optimization.front import (
    Candidate,
    Front,
    Shares,
    covered,
    front_of,
    knee_of,
    rank,
)
from samples import small_image, small_track

SOUND = Objective("sound", "Sound", "audio", "test", lambda target: None)
LOOK = Objective("look", "Look", "image", "test", lambda target: None)
TINT = Objective("tint", "Tint", "image", "test", lambda target: None)
OBJECTIVES = (SOUND, LOOK, TINT)
LOSSES = ((3.0, 0.0, 0.2), (1.0, 0.3, 0.4), (0.0, 2.0, 0.9), (3.0, 2.0, 0.95))
PREFERENCES = ((0.1, 0.45, 0.45), (0.5, 0.25, 0.25), (0.9, 0.05, 0.05), (0.7, 0.15, 0.15))
WORST = (3.0, 2.0, 1.0)


def front(losses=LOSSES, working=(0, 1, 2)) -> Front:
    return front_of(losses, PREFERENCES, OBJECTIVES, WORST, working)


def test_candidates_run_from_track_to_image_and_the_worst_is_dominated():
    found = front()
    assert [c.index for c in found.candidates] == [2, 3, 1, 0]
    assert [c.index for c in found.candidates if c.dominated] == [3]
    assert found.knee == 1
    assert 0 < found.hypervolume < 1


def test_a_front_is_what_its_parts_find():
    found = front()
    assert found.candidates == rank(LOSSES, PREFERENCES, OBJECTIVES, (0, 1, 2))
    assert found.knee == knee_of(found.candidates, OBJECTIVES, (0, 1, 2))
    assert found.hypervolume == covered(LOSSES, WORST, (0, 1, 2))


@pytest.mark.parametrize("gap", [math.nan, math.inf])
def test_an_objective_that_did_not_measure_everywhere_does_not_count(gap):
    losses = ((3.0, 0.0, gap), *LOSSES[1:])
    found = front(losses)
    assert found.active == (0, 1)
    assert found.hypervolume == covered(LOSSES, WORST, (0, 1))
    assert front(LOSSES, working=(0, 1)).hypervolume == found.hypervolume


def test_where_none_has_measured_the_candidates_are_still_there():
    losses = tuple((math.nan,) * 3 for _ in LOSSES)
    found = front(losses)
    assert [c.index for c in found.candidates] == [2, 3, 1, 0]
    assert not any(c.dominated for c in found.candidates)
    assert (found.active, found.hypervolume) == ((), 0.0)


def of_two(*losses: tuple[float, float], dominated: tuple[int, ...] = ()) -> Front:
    """Losses of sound and look from the most track, by worse ends of 1; index = 10 + place."""
    candidates = tuple(
        Candidate(10 + place, (0.5, 0.5), row, place in dominated)
        for place, row in enumerate(losses)
    )
    return Front(candidates, (0, 1), None, (1.0, 1.0), ("audio", "image"))


def test_candidates_are_numbered_from_the_most_track():
    found = front()
    assert [found.number(c.index) for c in found.candidates] == [1, 2, 3, 4]
    assert [found.number(index) for index in (4, 5)] == [5, 6]  # not rendered yet


def test_shares_are_the_way_from_the_worse_end():
    found = front()
    assert found.shares((0.0, 0.0, 0.0)) == Shares(1.0, 1.0)
    assert found.shares((3.0, 2.0, 1.0)) == Shares(0.0, 0.0)
    assert found.shares((1.5, 2.0, 0.0)) == Shares(0.5, 0.5)  # the mean of both of the picture
    assert found.shares((9.0, 0.5, 0.25)) == Shares(0.75, 0.0)  # worse than both ends is nothing
    assert str(found.shares((1.17, 0.36, 0.18))) == "Picture 82 %, sound 61 %"
    assert front(working=(1, 2)).shares((1.5, 1.0, 0.5)) == Shares(0.5, None)
    assert str(front(working=(0,)).shares((1.5, 1.0, 0.5))) == "Sound 50 %"
    assert found.shares((math.nan, 1.0, 0.5)) == Shares(0.5, None)


def test_the_first_shown_has_much_of_both():
    assert of_two((0.05, 0.95), (0.1, 0.8), (0.3, 0.3), (0.7, 0.1), (0.9, 0.05)).opening == 12
    # A sound that is gone does not make up for a picture, however clear it is.
    assert of_two((0.1, 0.9), (0.5, 0.4), (0.98, 0.0), (1.0, 0.0)).opening == 11


def test_the_first_shown_is_at_no_end_and_on_the_front():
    assert of_two((0.0, 0.0), (0.9, 0.9), (0.8, 0.95), (1.0, 0.1)).opening in (11, 12)
    better = of_two((0.0, 0.9), (0.2, 0.2), (0.3, 0.3), (1.0, 0.0), dominated=(1,))
    assert better.opening == 12
    assert of_two((0.0, 0.1), (0.9, 0.9), (0.1, 0.0), dominated=(1,)).opening == 11


def test_of_one_or_two_the_best_is_shown_first():
    assert of_two((0.9, 0.9)).opening == 10
    assert of_two((0.1, 0.9), (0.4, 0.4)).opening == 11
    assert Front().opening == 0


def test_where_shares_cannot_tell_the_middle_is_shown_first():
    everyone = ((0.1, 0.9), (0.2, 0.8), (0.3, 0.7), (0.4, 0.6), (0.5, 0.5))
    assert replace(of_two(*everyone), worst=()).opening == 12
    assert replace(of_two(*everyone), active=(0,)).opening == 12
    assert of_two(*[(1.0, 1.0)] * 5).opening == 12


def test_a_step_carries_its_front_and_when_each_candidate_was_rendered():
    run = Run(small_image(), small_track(), RunConfig(candidates=5, steps=10))
    run.step()
    assert run.state.rendered == (0, 0, 0, 0, 0)
    for _ in range(2):
        run.step()
    assert run.optimizer.waiting == {1, 3}
    assert run.state.rendered == (2, 0, 2, 0, 2)
    assert run.state.front == run.optimizer.front(run.history[-1])
    run.learn_only([2])
    run.step()
    assert run.state.rendered == (2, 0, 3, 0, 2)
    added = run.fill(0, 2)
    run.learn_only([added])
    run.step()
    assert run.state.rendered == (2, 0, 3, 0, 2, 4)


def test_a_candidate_that_learned_nothing_was_rendered_all_the_same(monkeypatch):
    """Its mask does not change, so that it cannot tell."""
    monkeypatch.setattr("moss_core.optimization.candidate_adam.PHASE_RATE", 0.0)
    run = Run(small_image(), small_track(), RunConfig(candidates=2, steps=5, learning_rate=1e-30))
    run.optimizer._adam._rate = 0.0
    run.step()
    first = run.state
    for _ in range(2):
        run.step()
    assert torch.equal(run.state.mask, first.mask)
    assert torch.equal(run.state.waveform, first.waveform)
    assert run.state.rendered == (2, 2)


def test_a_plain_crossfade_is_a_mask_that_is_the_same_everywhere():
    model = Run(small_image(), small_track(), RunConfig(candidates=1, steps=0)).model
    shares = torch.tensor([0.0, 0.3, 1.0])
    mask = torch.ones(3, 128, 256) * shares.view(3, 1, 1)
    expected = model.render(mask, model.starting_offsets(shares))
    assert torch.equal(model.crossfade(shares), expected)


def test_how_much_a_front_covers_is_found_when_somebody_asks(monkeypatch):
    """Of many candidates and objectives it takes longer than a step."""
    asked = []
    monkeypatch.setattr("moss_core.optimization.front.hypervolume", lambda *_: asked.append(1) or 1)
    run = Run(small_image(), small_track(), RunConfig(candidates=2, steps=1))
    run.step()
    assert asked == []
    assert run.hypervolume == run.state.front.hypervolume == 1
    assert asked == [1]
