from __future__ import annotations

import math

import pytest
import torch

from moss_core import Canvas, MossError, Run, RunConfig
from moss_core.optimization.config import choose_device
from moss_core.optimization.front import knee_of
from samples import small_image, small_track

SMALL = RunConfig(candidates=3, steps=3)


@pytest.fixture(scope="module")
def finished() -> Run:
    run = Run(small_image(), small_track(), SMALL)
    for _ in run.steps():
        pass
    return run


def test_a_run_takes_its_steps_and_the_crossfade_comes_first(finished: Run) -> None:
    assert [record.step for record in finished.history] == [0, 1, 2, 3]
    assert finished.finished
    assert finished.failures == ()


def test_candidates_go_from_most_track_to_most_image(finished: Run) -> None:
    candidates = finished.candidates()
    audio = [c.losses[2] for c in candidates]
    image = [c.losses[0] for c in candidates]
    assert audio == sorted(audio)
    assert image == sorted(image, reverse=True)
    assert not any(c.dominated for c in candidates)
    for candidate in candidates:
        assert math.fsum(candidate.preference) == pytest.approx(1)


def test_order_follows_a_steer() -> None:
    run = Run(small_image(), small_track(), SMALL)
    run.step()
    run.steer(0, [1, 0, 0])
    run.steer(2, [0, 0, 1])
    run.step()
    assert [candidate.index for candidate in run.candidates()] == [2, 1, 0]


def test_same_seed_same_result_and_another_seed_another() -> None:
    waveforms = []
    for seed in (5, 5, 6):
        run = Run(small_image(), small_track(), RunConfig(candidates=2, steps=1, seed=seed))
        for _ in run.steps():
            pass
        waveforms.append(run.state.waveform)
    assert torch.equal(waveforms[0], waveforms[1])
    assert not torch.equal(waveforms[0], waveforms[2])


def test_settling_makes_the_front_whole_before_it_stops_early() -> None:
    run = Run(small_image(), small_track(), RunConfig(candidates=9, steps=10))
    assert not run.settle()
    run.step()
    crossfade = run.step().losses
    assert run.settle()
    assert len(run.history) == 3
    assert run.optimizer.waiting == frozenset()
    losses = run.history[-1].losses
    assert all(losses[index] != crossfade[index] for index in range(9))
    assert len(set(losses)) == 9
    assert not run.settle()


def test_stopping_early_leaves_a_result() -> None:
    run = Run(small_image(), small_track(), SMALL)
    with pytest.raises(MossError, match="must have taken a step"):
        run.candidates()
    run.step()
    assert len(run.candidates()) == 3
    assert run.picture(run.heard(run.state.waveform[0])).shape == (
        run.model.grid.rows,
        run.model.grid.frames,
    )
    assert not run.finished


@pytest.mark.parametrize(
    ("options", "thing"),
    [
        ({"steps": -1}, "steps"),
        ({"candidates": 0}, "candidates"),
        ({"candidates": 10_000}, "candidates"),
        ({"seed": -1}, "seed"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"device": "tpu"}, "device"),
        ({"objectives": (("lpips", 0.0),)}, "weight of objective lpips"),
    ],
)
def test_bad_configuration_is_named(options: dict[str, object], thing: str) -> None:
    with pytest.raises(MossError) as caught:
        RunConfig(**options)  # type: ignore[arg-type]
    assert caught.value.thing == thing
    assert str(caught.value.found) in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("lpips", "nonsense"), "must be among the installed ones"),
        (("lpips", "ssim"), "no audio objective"),
        (("multi_resolution_stft",), "no image objective"),
        (("lpips", "lpips", "multi_resolution_stft"), "lpips twice"),
        ((), "no image objective"),
    ],
)
def test_bad_choice_of_objectives_is_named(names: tuple[str, ...], words: str) -> None:
    config = RunConfig(objectives=tuple((name, 1.0) for name in names))
    with pytest.raises(MossError, match=words):
        Run(small_image(), small_track(), config)


def test_canvas_must_fit() -> None:
    config = RunConfig(canvas=Canvas(start=0.9, duration=5))
    with pytest.raises(MossError, match="must lie on the track"):
        Run(small_image(), small_track(), config)


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(MossError, match="device cuda"):
        choose_device("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_finds_what_the_cpu_finds() -> None:
    losses = []
    for device in ("cpu", "cuda"):
        run = Run(small_image(), small_track(), RunConfig(candidates=3, steps=3, device=device))
        for _ in run.steps():
            pass
        losses.append(torch.tensor(run.state.record.losses))
    torch.testing.assert_close(losses[0], losses[1], rtol=0.01, atol=1e-4)


def test_a_finished_run_can_be_extended_and_branched() -> None:
    run = Run(small_image(), small_track(), SMALL)
    for _ in run.steps():
        pass
    kept = run.checkpoint(2)
    run.extend(2)
    assert not run.finished
    assert run.branch(kept) == 3
    for _ in run.steps():
        pass
    assert [record.step for record in run.history] == [0, 1, 2, 3, 4, 5]
    assert [len(record.losses) for record in run.history] == [3, 3, 3, 3, 4, 4]
    assert len(run.candidates()) == 4
    with pytest.raises(MossError, match="more steps"):
        run.extend(0)


def test_the_hypervolume_grows_from_the_crossfade_on() -> None:
    run = Run(small_image(), small_track(), RunConfig(candidates=3, steps=12))
    run.step()
    crossfade = run.hypervolume
    for _ in run.steps():
        pass
    assert 0 < crossfade < run.hypervolume < 1


def test_the_knee_lies_inside_the_front() -> None:
    run = Run(small_image(), small_track(), RunConfig(candidates=5, steps=12))
    for _ in run.steps():
        pass
    candidates = run.candidates()
    knee = knee_of(candidates, run.objectives, run.scorer.active)
    (found,) = [c for c in candidates if c.index == knee]
    assert not found.dominated
    assert found not in (candidates[0], candidates[-1])
