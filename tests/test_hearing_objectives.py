"""The objectives that model hearing, against published facts and against librosa."""

from __future__ import annotations

import math
from dataclasses import replace

import librosa
import numpy as np
import pytest
import torch
from moss_objectives.loudness import a_weighting, auditory_filters
from moss_objectives.masking import Masking, bark, quiet, spread
from moss_objectives.onset import Onset

from moss_core import STFT, Rendered, Target, power
from moss_core.objectives.discovery import discover
from moss_core.testing import assert_objective_contract

NAMES = ("masking", "loudness", "onset")
RATE = 16_000
PICTURE = torch.zeros(1, 1, 256, 256)
ENDS = [
    ("masking", {}),
    ("masking", {"level": 60.0}),
    ("masking", {"level": 120.0}),
    ("loudness", {}),
    ("loudness", {"weighting": "none"}),
    ("loudness", {"exponent": 0.1}),
    ("loudness", {"exponent": 1.0}),
    ("onset", {}),
    ("onset", {"groups": 1}),
    ("onset", {"groups": 16}),
]


@pytest.fixture(scope="module")
def objectives():
    installed = discover().installed
    return {name: installed[name].objective for name in NAMES}


def _sine(frequency, amplitude, rate=RATE, seconds=1.0):
    time = torch.arange(round(rate * seconds), dtype=torch.float64) / rate
    return amplitude * torch.sin(2 * math.pi * frequency * time)[None]


def _noise(low, high, decibel, seed=0):
    """Noise of one second from `low` to `high` Hz, its power in dB relative to a full sine's."""
    generator = torch.Generator().manual_seed(seed)
    white = torch.randn(1, RATE, generator=generator, dtype=torch.float64)
    spectrum = torch.fft.rfft(white)
    frequencies = torch.arange(spectrum.shape[1])
    spectrum[:, (frequencies < low) | (frequencies >= high)] = 0
    waveform = torch.fft.irfft(spectrum, RATE)
    return waveform * 10 ** (decibel / 20) / (2 * waveform.square().mean()).sqrt()


def _target(waveform, rate=RATE):
    return Target(PICTURE.to(waveform), waveform, rate)


def _rendered(waveform, rate=RATE):
    return Rendered(PICTURE.to(waveform).expand(len(waveform), -1, -1, -1), waveform, rate)


def _threshold(waveform, **settings):
    """A steady sound's masking threshold by band, dB SPL, away from its ends."""
    threshold = Masking(_target(waveform), **settings).threshold[0, 10:-10]
    return 10 * threshold.mean(0).log10()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 7])
def test_keeps_the_contract(name, seed, objectives):
    assert_objective_contract(objectives[name], seed=seed)


@pytest.mark.parametrize(("name", "settings"), ENDS)
def test_keeps_the_contract_at_both_ends_of_every_parameter(name, settings, objectives):
    objective = objectives[name]
    settings = objective.settings(settings)
    set_so = replace(
        objective, build=lambda target: objective.build(target, **settings), parameters={}
    )
    assert_objective_contract(set_so)


def test_ends_are_those_declared(objectives):
    for name, settings in ENDS:
        for key, value in settings.items():
            parameter = objectives[name].parameters[key]
            assert value in (parameter.least, parameter.most, *parameter.choices)


@pytest.mark.parametrize(("name", "settings"), ENDS)
def test_gradients_match_numerical_ones(name, settings, objectives, target, rendered, generator):
    loss = objectives[name].build(_target(target.waveform.double()), **settings)
    waveform = rendered.waveform[1:2].double()
    along = torch.randn(waveform.shape, generator=generator, dtype=torch.float64)

    def moved(step):
        return loss(_rendered(waveform + step * along))

    zero = torch.zeros((), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(moved(zero).sum(), zero)[0] != 0
    assert torch.autograd.gradcheck(moved, zero, eps=1e-8, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("name", "settings"), ENDS)
def test_a_silent_track_is_usable(name, settings, objectives, rendered):
    silence = torch.zeros_like(rendered.waveform[:1])
    loss = objectives[name].build(_target(silence), **settings)
    waveform = torch.cat([silence, rendered.waveform]).requires_grad_()
    losses = loss(_rendered(waveform))
    assert losses[0] == 0
    assert (losses[1:] > 0).all()
    assert losses.isfinite().all()
    assert torch.autograd.grad(losses.sum(), waveform)[0].isfinite().all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("rate", "samples"), [(8000, 4000), (RATE, 1024), (22_050, 11_025), (48_000, 24_000)]
)
def test_works_at_every_rate_on_the_shortest_sounds(name, dtype, rate, samples, objectives):
    generator = torch.Generator().manual_seed(2)
    waveform = 0.1 * torch.randn(3, samples, generator=generator).to(dtype)
    loss = objectives[name].build(_target(waveform[:1], rate))
    waveform = torch.stack([waveform[0], 0.8 * waveform[0] + 0.6 * waveform[1], waveform[2]])
    waveform.requires_grad_()
    losses = loss(_rendered(waveform, rate))
    assert losses.dtype == dtype
    same, near, far = losses.tolist()
    assert same == pytest.approx(0, abs=1e-6)
    assert 0 < near < far
    assert torch.autograd.grad(losses.sum(), waveform)[0].isfinite().all()


# Zwicker and Fastl, Psychoacoustics, table 6.1: the upper edges of critical bands 1 to 24, Hz.
CRITICAL_BANDS = [
    *(100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720),
    *(2000, 2320, 2700, 3150, 3700, 4400, 5300, 6400, 7700, 9500, 12_000, 15_500),
]


def test_bark_agrees_with_zwickers_table():
    found = bark(torch.tensor(CRITICAL_BANDS).double())
    torch.testing.assert_close(found, torch.arange(1, 25).double(), rtol=0, atol=0.2)


# ISO 389-7:2005, table 1, threshold in quiet in a free field, dB SPL; up to 4 kHz Terhardt's curve
# keeps within 3 dB of it.
@pytest.mark.parametrize(
    ("frequency", "decibel"),
    [(125, 22.1), (250, 11.4), (500, 4.4), (1000, 2.4), (2000, -1.3), (4000, -5.4)],
)
def test_quiet_is_near_the_standards_threshold(frequency, decibel):
    assert float(quiet(torch.tensor(float(frequency)))) == pytest.approx(decibel, abs=3)


@pytest.mark.parametrize(("frequency", "decibel"), [(100, 22.95), (1000, 3.37), (3300, -4.98)])
def test_quiet_is_terhardts_curve(frequency, decibel):
    assert float(quiet(torch.tensor(float(frequency)))) == pytest.approx(decibel, abs=0.01)


def test_spreading_has_schroeders_slopes():
    found = spread(torch.tensor([-20, -19, 0, 19, 20]).double())
    assert float(found[1] - found[0]) == pytest.approx(25, abs=0.1)  # dB a Bark, below the masker
    assert float(found[2]) == pytest.approx(0, abs=0.01)
    assert float(found[4] - found[3]) == pytest.approx(-10, abs=0.1)  # above the masker


BANDS = 22  # of one Bark up to 8 kHz


def _excess(decibel):
    """What noise so far above the threshold costs in its band."""
    return 10 ** (0.23 * decibel / 10) - 1


def _band(frequency):
    return int(bark(torch.tensor(float(frequency))))


def test_a_tone_masks_upwards_more_than_downwards():
    threshold = _threshold(_sine(1000, 0.1))
    masker = _band(1000)
    assert threshold.argmax() == masker
    assert threshold[masker + 2] > threshold[masker - 2] + 10


def test_a_tone_masks_what_johnston_says():
    threshold = _threshold(_sine(1000, 0.1))[_band(1000)]
    spreading = 10 ** (spread(torch.arange(-20.0, 20.0)) / 10)
    offset = 14.5 + 9  # the ninth critical band
    expected = 96 - 20 - offset - 10 * math.log10(spreading.sum())
    assert float(threshold) == pytest.approx(expected, abs=0.1)


def test_more_at_the_masker_hides_more_by_as_much():
    soft, loud = (_threshold(_sine(1000, amplitude)) for amplitude in (0.01, 0.1))
    bands = slice(_band(1000) - 1, _band(1000) + 3)
    torch.testing.assert_close(loud[bands] - soft[bands], torch.full((4,), 20.0).to(loud))


def test_a_tone_masks_less_than_noise():
    band = _band(1000)
    tone, white = _sine(1000, 0.1), _noise(0, 8000, 0)
    spectrum = power(STFT(1024, 256).forward(torch.cat([tone, white])))[:, :, 10:-10].mean(2)
    inside = bark(torch.arange(513) * RATE / 1024).int() == band
    in_band = spectrum[:, inside].sum(1)
    difference = _threshold(white * (in_band[0] / in_band[1]).sqrt())[band] - _threshold(tone)[band]
    assert float(difference) == pytest.approx(14.5 + 9 - 5.5, abs=3)


@pytest.mark.parametrize("frequency", [1375, 1900])
def test_what_a_tone_hides_costs_nothing(frequency):
    tone, band = _sine(1000, 0.1), _band(frequency)
    loss = Masking(_target(tone))
    just = 10 ** ((float(_threshold(tone)[band]) - 96) / 20)  # amplitude of a sine just not heard

    def added(decibel):
        sound = (tone + _sine(frequency, just * 10 ** (decibel / 20))).requires_grad_()
        value = loss(_rendered(sound))
        return value.item(), torch.autograd.grad(value.sum(), sound)[0]

    value, gradient = added(-1)
    assert (value, gradient.abs().max()) == (0, 0)
    # The tone breaks off at the ends, where it masks more; the sine is heard in a band or two.
    assert 0.9 * _excess(20) / BANDS < added(20)[0] < 1.5 * _excess(20) / BANDS
    assert added(20)[0] < added(30)[0]


def test_narrow_noise_below_the_mask_costs_nothing():
    tone = _sine(1000, 0.1)
    threshold = float(_threshold(tone)[_band(1375)]) - 96
    hidden, heard = (tone + _noise(1300, 1450, threshold + by) for by in (-8, 20))
    losses = Masking(_target(tone))(_rendered(torch.cat([hidden, heard])))
    assert losses[0] == 0
    assert losses[1] > _excess(15) / BANDS


@pytest.mark.parametrize("level", [60.0, 96.0, 120.0])
def test_in_silence_only_the_threshold_in_quiet_hides(level):
    silence = torch.zeros(1, RATE, dtype=torch.float64)
    loss = Masking(_target(silence), level=level)
    just = float(quiet(torch.tensor(3500.0))) - level
    inaudible, audible = (_sine(3500, 10 ** ((just + by) / 20)) for by in (-3, 20))
    losses = loss(_rendered(torch.cat([inaudible, audible])))
    assert losses[0] == 0
    assert losses[1] > _excess(18) / BANDS


def test_another_phase_alone_is_not_noise(target):
    loss = Masking(target)
    assert float(loss(_rendered(-target.waveform))) == 0


def test_noise_counts_less_where_the_track_is_loud(target):
    silence = torch.zeros_like(target.waveform)
    added = 0.001 * torch.randn(silence.shape, generator=torch.Generator().manual_seed(3))
    over_silence = Masking(_target(silence))(_rendered(added))
    over_music = Masking(target)(_rendered(target.waveform + added))
    assert float(over_music) < 0.8 * float(over_silence)


def test_a_weighting_agrees_with_librosa():
    frequencies = np.geomspace(10, 20_000, 200)
    found = a_weighting(torch.from_numpy(frequencies))
    expected = torch.from_numpy(librosa.A_weighting(frequencies, min_db=None))
    torch.testing.assert_close(found, expected, rtol=0, atol=0.01)


# IEC 61672-1:2013, table 3: nominal frequency and weighting, which is rounded to 0.1 dB and holds
# for the exact frequency, 1000 Hz x 10^(n / 10).
A_TABLE = {
    10: -70.4,
    20: -50.5,
    31.5: -39.4,
    63: -26.2,
    125: -16.1,
    250: -8.6,
    500: -3.2,
    1000: 0.0,
    2000: 1.2,
    2500: 1.3,
    4000: 1.0,
    8000: -1.1,
    16_000: -6.6,
    20_000: -9.3,
}


@pytest.mark.parametrize("nominal", A_TABLE)
def test_a_weighting_agrees_with_the_standards_table(nominal):
    exact = 1000 * 10 ** (round(10 * math.log10(nominal / 1000)) / 10)
    found = float(a_weighting(torch.tensor(exact, dtype=torch.float64)))
    assert found == pytest.approx(A_TABLE[nominal], abs=0.0501)


@pytest.mark.parametrize(("centre", "width"), [(100, 35.5), (1000, 132.6), (4000, 456.5)])
def test_auditory_filters_have_their_bandwidth(centre, width):
    frequencies = torch.arange(0, 3 * centre, 0.1, dtype=torch.float64)
    passed = auditory_filters(frequencies, torch.tensor([float(centre)]).double())
    assert passed.max() == 1
    assert float(passed.sum() * 0.1) == pytest.approx(width, rel=0.01)


@pytest.mark.parametrize("exponent", [0.2, 0.3, 1.0])
def test_loudness_of_what_is_loud_grows_by_the_exponent(exponent, objectives):
    track = _noise(200, 7000, -10)
    loss = objectives["loudness"].build(_target(track), exponent=exponent)
    sounds = torch.cat([torch.zeros_like(track), track * 10**0.5])
    silent, louder = loss(_rendered(sounds)).tolist()
    assert silent == pytest.approx(1)
    assert louder == pytest.approx(10**exponent - 1, rel=0.15)


def test_weighting_makes_deep_sounds_count_less(objectives):
    silence = torch.zeros(1, RATE, dtype=torch.float64)
    sounds = _rendered(torch.cat([_sine(63, 0.01), _sine(1000, 0.01)]))
    build = objectives["loudness"].build
    weighted, same = (build(_target(silence), weighting=word)(sounds) for word in ("A", "none"))
    assert weighted[0] < 0.3 * same[0]
    torch.testing.assert_close(weighted[1], same[1], rtol=0.1, atol=0)


@pytest.mark.parametrize("groups", [1, 4, 5, 16])
def test_onset_strength_agrees_with_librosa(groups):
    seconds = torch.arange(2 * RATE, dtype=torch.float64) / RATE
    noise = _noise(0, 8000, -20).repeat(1, 2)
    track = noise * (0.05 + torch.exp(-8 * (seconds % 0.4)))
    mel = librosa.feature.melspectrogram(
        y=track[0].numpy(), sr=RATE, n_fft=512, hop_length=128, n_mels=48, pad_mode="reflect"
    )
    starts = [-(-48 * group // groups) for group in range(groups + 1)]
    expected = librosa.onset.onset_strength_multi(
        S=librosa.power_to_db(mel), lag=2, channels=starts, center=False
    )
    found = Onset(_target(track), groups=groups).strength(track)
    torch.testing.assert_close(found[0].T, torch.from_numpy(expected[:, 2:]), rtol=1e-3, atol=1e-3)


def test_one_group_is_librosas_single_envelope():
    track = _noise(0, 8000, -20) * (0.05 + torch.exp(-8 * (torch.arange(RATE) / RATE % 0.4)))
    mel = librosa.feature.melspectrogram(
        y=track[0].numpy(), sr=RATE, n_fft=512, hop_length=128, n_mels=48, pad_mode="reflect"
    )
    expected = librosa.onset.onset_strength(S=librosa.power_to_db(mel), lag=2, center=False)
    found = Onset(_target(track), groups=1).strength(track)[0, :, 0]
    torch.testing.assert_close(found, torch.from_numpy(expected[2:]), rtol=1e-3, atol=1e-3)


def test_onsets_that_are_moved_cost_and_levels_do_not(objectives):
    noise = _noise(0, 8000, -20)
    place = torch.arange(RATE) / RATE

    def beats(start):
        return noise * (0.01 + torch.exp(-20 * ((place - start) % 0.5)))

    track = beats(0.1)
    loss = objectives["onset"].build(_target(track))
    softer, moved, none = loss(_rendered(torch.cat([track / 2, beats(0.3), noise]))).tolist()
    assert softer < 0.01 * moved
    assert none > 0.2 * moved


@pytest.mark.parametrize("name", NAMES)
def test_has_what_people_read(name, objectives):
    objective = objectives[name]
    assert objective.domain == "audio"
    assert objective.reference.startswith("https://")
    assert objective.description.endswith(".")
    assert objective.facts
    assert 1 <= len(objective.parameters) <= 2
