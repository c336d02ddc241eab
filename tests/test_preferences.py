from __future__ import annotations

import math

import pytest
import torch

from moss_core import Objective
from moss_core.optimization.preferences import image_share, lean, reweigh, sweep_preferences


def objective(name: str, domain: str) -> Objective:
    return Objective(name, name, domain, "test", lambda target: lambda rendered: rendered.picture)  # type: ignore[arg-type]


OBJECTIVES = (objective("one", "image"), objective("two", "audio"), objective("three", "image"))


def test_preferences_sweep_from_audio_to_image_with_the_users_shares() -> None:
    sweep = sweep_preferences(OBJECTIVES, [3, 5, 1], 3)
    expected = [[0.075, 0.9, 0.025], [0.39375, 0.475, 0.13125], [0.7125, 0.05, 0.2375]]
    torch.testing.assert_close(sweep, torch.tensor(expected))


def test_single_candidate_stands_in_the_middle() -> None:
    assert sweep_preferences(OBJECTIVES[:2], [1, 1], 1).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_leaning_gives_the_share_and_keeps_the_proportions(share: float) -> None:
    preference = lean(OBJECTIVES, [3, 2, 1], share)
    assert image_share(OBJECTIVES, preference) == pytest.approx(share)
    assert math.fsum(preference) == pytest.approx(1)
    assert preference[0] == pytest.approx(3 * preference[2])


@pytest.mark.parametrize("weight", [0.0, 0.2, 1.0])
def test_reweighing_sets_one_weight_and_keeps_the_others_proportions(weight: float) -> None:
    preference = reweigh((0.5, 0.3, 0.2), 1, weight)
    assert preference[1] == weight
    assert math.fsum(preference) == pytest.approx(1)
    assert preference[0] * 2 == pytest.approx(preference[2] * 5)


def test_reweighing_shares_the_rest_equally_where_the_others_have_nothing() -> None:
    assert reweigh((0.0, 1.0, 0.0), 1, 0.5) == pytest.approx((0.25, 0.5, 0.25))
