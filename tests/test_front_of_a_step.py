"""The front of a step: what is found once and carried."""

from __future__ import annotations

import math

import pytest
import torch

from moss_core import Objective, Run, RunConfig
from moss_core.optimization.front import Front, covered, front_of, knee_of, rank
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
