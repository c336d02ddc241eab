"""Legible lines, and what a codec keeps: against real codecs, and what is special to each."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from moss_objectives.codec import sent
from torch.nn.functional import avg_pool2d, interpolate

from moss_core import Rendered, Target
from moss_core.objectives.discovery import discover
from moss_core.runs.certificates.codec import Codec as Way

RATE = 16_000


@pytest.fixture(scope="module")
def objectives():
    return {name: found.objective for name, found in discover().installed.items()}


@pytest.fixture(scope="module")
def letters():
    """White strokes of two pixels on black, on a twelfth of the picture."""
    picture = torch.zeros(1, 1, 256, 256)
    for row in range(60, 200, 30):
        picture[..., row : row + 2, 40:220] = 1
        picture[..., row : row + 20, 40:220:24] = 1
    return picture


@pytest.fixture(scope="module")
def track():
    place = torch.arange(2 * RATE, dtype=torch.float64) / RATE
    notes = sum(torch.sin(2 * torch.pi * 220 * k * place) / k for k in range(1, 20))
    noise = torch.randn(len(place), generator=torch.Generator().manual_seed(0))
    return (0.1 * notes * torch.exp(-3 * (4 * place % 1)) + 0.003 * noise).float()[None]


def lettering(objectives, image, *pictures, **given):
    objective = objectives["lettering"]
    nothing = torch.zeros(1, 8)
    loss = objective.build(Target(image, nothing, RATE), **objective.settings(given))
    seen = torch.cat(pictures)
    return loss(Rendered(seen, nothing.expand(len(seen), -1), RATE)).tolist()


def test_what_is_lost_of_letters_costs_more_than_of_the_ground(objectives, letters):
    ink = (letters > 0).float()
    lost, spread = letters * 0.5, letters.clone()
    ground = torch.zeros_like(letters)
    ground[..., 220:, :] = 1
    spread += ground * 0.5 * (ink.sum() / ground.sum())  # as much, where nothing is written
    assert float((lost - spread).sum()) == pytest.approx(-float(ink.sum()), rel=1e-4)  # alike away
    for direction in (0.0, 0.5):
        of_letters, of_ground = lettering(objectives, letters, lost, spread, direction=direction)
        assert of_letters > 10 * of_ground


def test_brightness_alone_is_a_weighed_mean(objectives, letters):
    (found,) = lettering(objectives, letters, letters + 0.1, direction=0.0)
    assert found == pytest.approx(0.1, rel=1e-4)


def test_an_edge_that_is_turned_round_costs_twice_one_that_is_missing(objectives, letters):
    gray = torch.full_like(letters, 0.5)
    missing, turned = lettering(objectives, letters, gray, 1 - letters, direction=1.0)
    assert turned == pytest.approx(2 * missing, rel=0.1)


def test_letters_that_run_into_each_other_cost_more_than_dim_ones(objectives, letters):
    """As far away in the mean square; only the dim ones can be read."""
    small = avg_pool2d(letters, 16)
    run_together = interpolate(small, (256, 256), mode="bilinear")
    away = (run_together - letters).square().mean()
    dim = letters * (1 - (away / letters.square().mean()).sqrt())
    blurred, dimmed = lettering(objectives, letters, run_together, dim)
    assert blurred > dimmed


@pytest.mark.parametrize(
    ("kind", "rate"), [*product(("mp3", "opus"), (8000, 11_025, 16_000, 44_100, 48_000))]
)
def test_what_a_codec_returns_is_as_long_and_where_it_was(kind, rate, track):
    sound = track[0].double().numpy()[: rate // 2]
    assert sent(sound, rate, kind, 12).shape == sound.shape
    for bitrate in (24, 96):
        came = sent(sound, rate, kind, bitrate)
        assert came.shape == sound.shape
        spectra = (np.fft.rfft(one, 2 * len(sound)) for one in (came, sound))
        delay = np.fft.irfft(np.prod([next(spectra), next(spectra).conj()], axis=0)).argmax()
        assert min(delay, 2 * len(sound) - delay) <= 1


def test_the_codec_is_the_one_that_files_go_through(track):
    there, _ = Way("mp3", "MP3", "mp3", bitrate=48).send(track, RATE)
    here = sent(track[0].double().numpy(), RATE, "mp3", 48)
    lost = float((there - track).square().mean())
    assert np.square(here - there[0].numpy()).mean() < 1e-3 * lost


@pytest.mark.parametrize("kind", ["mp3", "opus"])
def test_what_the_codec_does_to_the_track_costs_little(kind, objectives, track, generator):
    objective = objectives["codec"]
    target = Target(torch.zeros(1, 1, 256, 256), track, RATE)
    loss = objective.build(target, **objective.settings({"kind": kind}))
    came = torch.from_numpy(sent(track[0].double().numpy(), RATE, kind, 48)).float()[None]
    noise = torch.randn(track.shape, generator=generator)
    noisy = track + noise * (came - track).square().mean().sqrt()
    sounds = torch.cat([came, noisy])
    through, as_much = loss(Rendered(target.picture.expand(2, -1, -1, -1), sounds, RATE)).tolist()
    assert through < 0.7 * as_much


def test_differences_are_ranked_as_after_the_real_codec(objectives, track, generator):
    """Noise in bands, from far below what MP3 keeps to far above it."""
    target = Target(torch.zeros(1, 1, 256, 256), track, RATE)
    objective = objectives["codec"]
    loss = objective.build(target, **objective.settings({"bitrate": 24}))
    sounds = []
    for level, low in product((1e-4, 1e-3, 1e-2, 1e-1), (10, 200)):
        noise = torch.randn(track.shape, generator=generator)
        spectrum = torch.fft.rfft(noise)
        spectrum[:, : 2 * low], spectrum[:, 2 * low + 4000 :] = 0, 0
        sounds.append(track + level * torch.fft.irfft(spectrum, track.shape[1]))
    model = loss(Rendered(target.picture.expand(8, -1, -1, -1), torch.cat(sounds), RATE))
    came = [
        torch.from_numpy(sent(one[0].double().numpy(), RATE, "mp3", 24)) for one in (track, *sounds)
    ]
    window = torch.hann_window(1024, dtype=torch.float64)
    whole, *others = (
        (torch.stft(one, 1024, window=window, return_complex=True).abs().square() + 1e-8).log10()
        for one in came
    )
    real = torch.stack([(other - whole).abs().mean() for other in others])
    ranks = torch.stack([model, real.float()]).argsort(1).argsort(1).double()
    assert float(torch.corrcoef(ranks)[0, 1]) > 0.9
