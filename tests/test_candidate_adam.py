from __future__ import annotations

import pytest
import torch

from moss_core.optimization.batches import neighbours
from moss_core.optimization.candidate_adam import PHASE_RATE, CandidateAdam


@pytest.mark.parametrize(
    ("indices", "apart", "most", "expected"),
    [
        (range(7), (), 3, [(0, 3), (3, 6), (6, 7)]),
        ([0, 4, 8], (), 3, [(0, 1), (4, 5), (8, 9)]),
        ([0, 1, 2, 5, 6], {1}, 3, [(0, 1), (1, 2), (2, 3), (5, 7)]),
        ([], (), 3, []),
    ],
)
def test_neighbours_share_a_batch(indices, apart, most, expected):
    found = neighbours(indices, apart, most)
    assert [(rows.start, rows.stop) for rows in found] == expected


def test_learns_as_torchs_adam_does(generator):
    logits, phases = torch.randn(3, 4, 5, generator=generator), torch.zeros(3, 2, 6, 7)
    ours = CandidateAdam(logits, phases, 0.3, (1, 2))
    theirs = [value.clone().requires_grad_() for value in (logits, phases)]
    adam = torch.optim.Adam(
        [{"params": theirs[:1], "lr": 0.3}, {"params": theirs[1:], "lr": PHASE_RATE}]
    )
    for _ in range(5):
        gradients = [torch.randn(value.shape, generator=generator) for value in theirs]
        for value, gradient in zip(theirs, gradients, strict=True):
            value.grad = gradient.clone()
        adam.step()
        ours.begin_step()
        for rows in (slice(0, 2), slice(2, 3)):
            found = ours.learn(rows, [gradient[rows] for gradient in gradients], slice(None))
            assert found == ()
    for found, expected in zip(ours.values(slice(0, 3)), theirs, strict=True):
        torch.testing.assert_close(found, expected.detach(), rtol=1e-4, atol=1e-5)


def test_a_channel_learns_when_it_is_its_turn(generator):
    adam = CandidateAdam(torch.zeros(1, 4, 5), torch.zeros(1, 2, 6, 7), 0.3, (1, 2))
    gradients = torch.randn(1, 4, 5, generator=generator), torch.ones(1, 1, 6, 7)
    adam.begin_step()
    adam.learn(slice(0, 1), gradients, slice(1, 2))
    phases = adam.values(slice(0, 1))[1]
    assert phases[:, 1].all()
    assert not phases[:, 0].any()


def test_what_a_channel_learns_is_lent_to_the_others_as_far_as_they_go_along(generator):
    adam = CandidateAdam(torch.zeros(1, 4, 5), torch.zeros(1, 2, 6, 7), 0.3, (1, 2))
    gradients = torch.randn(1, 4, 5, generator=generator), torch.ones(1, 1, 6, 7)
    lent = torch.zeros(1, 6, 7)
    lent[:, :3] = 1
    adam.begin_step()
    adam.learn(slice(0, 1), gradients, slice(0, 1), lent)
    phases = adam.values(slice(0, 1))[1]
    assert torch.equal(phases[:, 1, :3], phases[:, 0, :3])
    assert not phases[:, 1, 3:].any()


def test_losses_are_the_means_of_what_was_measured_of_each(generator):
    adam = CandidateAdam(torch.zeros(2, 4, 5), torch.zeros(2, 1, 6, 7), 0.3, (3, 2))
    assert adam.losses((0, 1)).isnan().all()
    adam.measured[0] = torch.tensor([[1.0, 2.0], [3.0, torch.nan], [5.0, 6.0]])
    assert adam.losses((0, 1))[0].tolist() == [3, 4]
    off = adam.losses((1,))
    assert off[:, 0].isnan().all()
    assert off[0, 1] == 4
