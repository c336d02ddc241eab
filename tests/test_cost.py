from dataclasses import replace

import pytest
import torch

from moss_core.errors import MossError
from moss_core.machine import resources
from moss_core.optimization import Run, RunConfig, check_fits, cost_of, held_by
from moss_core.synthesis import Adjustments, Canvas, Image, Track

CONFIG = RunConfig(candidates=9, steps=60)


def test_a_run_costs_more_with_each_thing_that_is_more_of() -> None:
    usual = cost_of(CONFIG, 20, 1, 44_100)
    for config, seconds, channels in (
        (replace(CONFIG, candidates=10), 20, 1),
        (CONFIG, 30, 1),
        (CONFIG, 20, 2),
    ):
        more = cost_of(config, seconds, channels, 44_100)
        assert more.memory > usual.memory
        assert more.work > usual.work
    assert usual.least <= usual.memory
    assert usual.work == 20 * 9 * 60
    assert cost_of(CONFIG, 20, 2, 44_100).work == 2 * usual.work
    assert cost_of(replace(CONFIG, channels="mono"), 20, 2, 44_100) == usual


def test_a_canvas_and_a_shape_that_take_less_of_the_track_cost_less() -> None:
    whole = cost_of(CONFIG, 600 / 10, 2, 44_100)
    part = cost_of(replace(CONFIG, canvas=Canvas(start=3, duration=10)), 600, 2, 44_100)
    assert part.seconds == 10
    assert part.memory < whole.memory / 3
    high = cost_of(CONFIG, 60, 2, 44_100, (300, 100))
    assert high.seconds == pytest.approx(60 / 4.5)
    turned = replace(CONFIG, adjustments=Adjustments(rotate=90))
    assert cost_of(turned, 60, 2, 44_100, (100, 300)) == high


def test_a_run_that_does_not_fit_is_refused_with_what_to_lower(monkeypatch) -> None:
    monkeypatch.setattr(resources, "_room", lambda: (1.25e9, True))  # a fifth is kept for others
    check_fits(cost_of(replace(CONFIG, candidates=1), 10, 2, 44_100))
    cost = cost_of(replace(CONFIG, candidates=100), 20, 2, 44_100)
    with pytest.raises(MossError, match=r"1 GB of memory, which MOSS_MEMORY") as refused:
        check_fits(cost)
    most = int(str(refused.value).split("at most ")[1].split()[0])
    check_fits(cost_of(replace(CONFIG, candidates=most), 20, 2, 44_100))
    with pytest.raises(MossError):
        check_fits(cost_of(replace(CONFIG, candidates=most + 2), 20, 2, 44_100))


def test_what_a_run_holds_is_less_than_what_it_takes_and_no_less_than_its_tensors() -> None:
    samples = torch.rand(2, 44_100, generator=torch.Generator().manual_seed(0)) - 0.5
    track, pixels = Track(samples, 44_100, "a", ""), torch.linspace(0, 1, 600).view(20, 30)
    config = RunConfig((("ssim", 1.0), ("multi_resolution_stft", 1.0)), candidates=3, steps=0)
    run = Run(Image(pixels, "b", ""), track, config)
    held = sum(tensor.nbytes for tensor in run.optimizer.learned()[0])
    cost = cost_of(config, 1, 2, 44_100)
    assert held < held_by(run) < cost.memory + samples.nbytes
    assert 0.8 < cost.held / held_by(run) < 1.25
