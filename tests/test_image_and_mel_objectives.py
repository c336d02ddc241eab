"""Objectives of a picture and log-mel: against published code, and what is special to each."""

from __future__ import annotations

from dataclasses import replace

import librosa
import piq
import pytest
import pytorch_msssim
import torch

from moss_core import Rendered, Target
from moss_core.objectives.discovery import discover


@pytest.fixture(scope="module")
def objectives():
    return {name: found.objective for name, found in discover().installed.items()}


def build(objective, target, **given):
    return objective.build(target, **objective.settings(given))


def doubled(given):
    return replace(given, picture=given.picture.double(), waveform=given.waveform.double())


def mel_of_librosa(waveform, bands, rate):
    size = 2 * round(0.064 * rate / 2)
    window = torch.hann_window(size, dtype=waveform.dtype)
    spectrum = torch.stft(waveform, size, size // 4, window=window, return_complex=True).abs()
    bank = librosa.filters.mel(sr=rate, n_fft=size, n_mels=bands, dtype="float64")
    return (torch.from_numpy(bank).to(spectrum) @ spectrum).clamp(min=1e-5).log()


def published(name, given, target, rendered):
    image = target.picture.expand_as(rendered.picture)
    if name == "ms_ssim":
        found = pytorch_msssim.ms_ssim(rendered.picture, image, data_range=1, size_average=False)
        return 1 - found
    if name == "gradient_similarity":
        return piq.gmsd(rendered.picture, image, reduction="none")
    if name == "haarpsi":
        return 1 - piq.haarpsi(rendered.picture, image, reduction="none")
    theirs, ours = (
        mel_of_librosa(waveform, given["bands"], 16_000)
        for waveform in (rendered.waveform, target.waveform)
    )
    return (theirs - ours).abs().mean((1, 2))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("ms_ssim", {}),
        ("gradient_similarity", {"pooling": "deviation"}),
        ("haarpsi", {}),
        ("log_mel", {"bands": 64}),
        ("log_mel", {"bands": 16}),
    ],
)
def test_agrees_with_published_code(name, given, objectives, target, rendered):
    domain = "picture" if objectives[name].domain == "image" else "waveform"
    target, rendered = doubled(target), doubled(rendered)
    leaf = getattr(rendered, domain).requires_grad_()
    ours = build(objectives[name], target, **given)(rendered)
    theirs = published(name, given, target, rendered)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=0)
    for row in range(3):
        mine, reference = (
            torch.autograd.grad(values[row], leaf, retain_graph=True)[0][row]
            for values in (ours, theirs)
        )
        assert reference.abs().max() > 0
        assert (mine - reference).norm() <= 1e-3 * reference.norm()


def test_ms_ssim_sees_large_structure_where_ssim_does_not(objectives, target):
    coarse = torch.nn.functional.interpolate(torch.rand(1, 1, 8, 8), (256, 256), mode="bicubic")
    fine = torch.rand(1, 1, 256, 256)
    image = (0.5 + 0.4 * (coarse - 0.5) + 0.2 * (fine - 0.5)).clamp(0, 1)
    without_fine = (0.5 + 0.4 * (coarse - 0.5)).clamp(0, 1)
    given = Target(image, target.waveform, 16_000)
    seen = Rendered(without_fine, target.waveform, 16_000)
    assert build(objectives["ms_ssim"], given)(seen) < build(objectives["ssim"], given)(seen)


def test_ms_ssim_of_a_negative_is_finite_and_so_is_its_gradient(objectives, target):
    picture = (1 - target.picture).requires_grad_()
    loss = build(objectives["ms_ssim"], target)(Rendered(picture, target.waveform, 16_000))
    assert 0.9 < float(loss.detach()) <= 1
    assert torch.autograd.grad(loss.sum(), picture)[0].isfinite().all()


def test_the_deviation_misses_what_is_wrong_everywhere_alike_and_the_mean_does_not(
    objectives, target
):
    columns = torch.arange(256)
    stripes = ((columns // 4) % 2).float().expand(1, 1, 256, 256)
    flat = torch.full_like(stripes, 0.5)
    given, seen = Target(stripes, target.waveform, 16_000), Rendered(flat, target.waveform, 16_000)
    mean, deviation = (
        float(build(objectives["gradient_similarity"], given, pooling=pooling)(seen))
        for pooling in ("mean", "deviation")
    )
    assert mean > 0.4
    assert mean > 2 * deviation


def test_haarpsi_is_for_edges_and_not_for_light(objectives, target):
    def loss(picture):
        seen = Rendered(picture, target.waveform, 16_000)
        return float(build(objectives["haarpsi"], given)(seen))

    line = torch.linspace(0.2, 0.8, 256)
    given = Target(line.expand(1, 1, 256, 256), target.waveform, 16_000)
    brighter, striped = given.picture + 0.1, given.picture.clone()
    striped[..., 100:110, :] += 0.1  # a tenth of what is added elsewhere
    assert 5 * loss(brighter) < loss(striped)


def test_haarpsi_of_black_on_black_is_that_of_the_same(objectives, target):
    black = torch.zeros_like(target.picture)
    loss = build(objectives["haarpsi"], Target(black, target.waveform, 16_000))
    found = loss(Rendered(torch.cat([black, black + 1e-4]), target.waveform.expand(2, -1), 16_000))
    assert found[0] == 0
    assert 0 <= found[1] < 0.01


@pytest.mark.parametrize("rate", [8000, 22_050, 48_000])
@pytest.mark.parametrize("bands", [16, 64, 128])
@pytest.mark.parametrize("seconds", [0.03, 0.5])
def test_log_mel_works_at_any_rate_and_length(rate, bands, seconds, objectives, generator):
    sound = 0.1 * torch.randn(1, round(seconds * rate), generator=generator)
    target = Target(torch.zeros(1, 1, 256, 256), sound, rate)
    louder = Rendered(target.picture, 2 * sound, rate)
    louder.waveform.requires_grad_()
    loss = build(objectives["log_mel"], target, bands=bands)(louder)
    # Twice as loud is log 2 more in every cell.
    torch.testing.assert_close(loss, torch.tensor([2.0]).log(), rtol=0.02, atol=0)
    assert torch.autograd.grad(loss, louder.waveform)[0].isfinite().all()
