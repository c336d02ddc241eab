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
    logits, phases = torch.randn(3, 4, 5, generator=generator), torch.zeros(3, 6, 7)
    ours = CandidateAdam(logits, phases, 0.3)
    theirs = [value.clone().requires_grad_() for value in (logits, phases)]
    adam = torch.optim.Adam(
        [{"params": theirs[:1], "lr": 0.3}, {"params": theirs[1:], "lr": PHASE_RATE}]
    )
    for _ in range(5):
        gradients = [torch.randn(value.shape, generator=generator) for value in theirs]
        for value, gradient in zip(theirs, gradients, strict=True):
            value.grad = gradient.clone()
        adam.step()
        ours.steps += 1
        for rows in (slice(0, 2), slice(2, 3)):
            assert ours.learn(rows, [gradient[rows] for gradient in gradients]) == ()
    for found, expected in zip(ours.values(slice(0, 3)), theirs, strict=True):
        torch.testing.assert_close(found, expected.detach(), rtol=1e-4, atol=1e-5)


def test_candidates_that_take_each_others_place_change_places(generator):
    adam = CandidateAdam(torch.randn(3, 4, 5, generator=generator), torch.zeros(3, 6, 7), 0.3)
    before = adam.rows[0].clone()
    adam.copy({0: 1, 1: 0})
    assert torch.equal(adam.rows[0], before[[1, 0, 2]])
