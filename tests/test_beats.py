"""Beats of click tracks, of the samples, and of what has none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from moss_core import Track, load_track
from moss_core.machine import sample_track
from moss_core.synthesis import find_beats
from samples import small_track

RATE = 22_050
OFFSET = 0.2


def clicks(tempo: float, seconds: float = 10.0, every: int = 4) -> Track:
    """Decaying noise on each beat after `OFFSET`, and a low thump on the first of each bar."""
    generator = torch.Generator().manual_seed(0)
    sound = 0.001 * torch.randn(round(seconds * RATE), generator=generator)
    time = torch.arange(2000) / RATE
    for beat in range(int((seconds - OFFSET - 0.1) * tempo / 60)):
        first = round((OFFSET + 60 * beat / tempo) * RATE)
        click = 0.3 * torch.randn(2000, generator=generator) * torch.exp(-80 * time)
        if beat % every == 1:  # the first bar begins with the second beat
            click += torch.sin(2 * torch.pi * 60 * time) * torch.exp(-30 * time)
        sound[first : first + 2000] += click[: len(sound) - first]
    return Track(sound[None], RATE, "clicks.wav", "0" * 64)


@pytest.mark.parametrize("tempo", [72, 96.5, 120, 141])
def test_a_click_tracks_tempo_and_beats_are_found(tempo):
    beats = find_beats(clicks(tempo))
    assert beats
    assert beats.tempo == pytest.approx(tempo, rel=0.02)
    apart = (np.array(beats.times) - OFFSET) * tempo / 60
    assert np.abs(apart - apart.round()).max() * 60 / tempo < 0.035
    assert list(beats.times) == sorted(set(beats.times))


def test_bars_begin_where_the_low_onsets_are():
    beats = find_beats(clicks(120))
    assert beats
    assert set(beats.bars) <= set(beats.times)
    assert np.diff(beats.bars) == pytest.approx(2.0, abs=0.05)
    assert (np.array(beats.bars) - OFFSET) % 2 == pytest.approx(0.5, abs=0.05)


def test_a_rate_that_hundredths_do_not_divide_keeps_the_tempo():
    track = clicks(120)
    found = find_beats(Track(track.samples[:, ::2], 11_025, "clicks.wav", "0" * 64))
    assert found
    assert found.tempo == pytest.approx(120, rel=0.01)
    assert found.times[-1] == pytest.approx(find_beats(track).times[-1], abs=0.06)


@pytest.mark.parametrize(
    "name", ["speech-poem.flac", "sea-waves.flac", "rain-storm.flac", "organ-toccata.flac"]
)
def test_where_no_beat_is_clear_there_is_none(name):
    assert find_beats(load_track(sample_track(name))) is None


def test_noise_silence_and_a_moment_have_no_beat(generator):
    noise = 0.1 * torch.randn(2, 5 * RATE, generator=generator)
    assert find_beats(Track(noise, RATE, "noise.wav", "0" * 64)) is None
    assert find_beats(Track(torch.zeros(1, 5 * RATE), RATE, "none.wav", "0" * 64)) is None
    assert find_beats(small_track(0.5)) is None


@pytest.mark.parametrize("name", ["drums-groove.flac", "piano-prelude.flac", "synth-arpeggio.flac"])
def test_it_agrees_with_librosa(name):
    import librosa

    track = load_track(sample_track(name))
    beats = find_beats(track)
    assert beats
    tempo, frames = librosa.beat.beat_track(y=track.mono.numpy(), sr=track.sample_rate)
    assert beats.tempo == pytest.approx(float(tempo[0]), rel=0.02)
    theirs = librosa.frames_to_time(frames, sr=track.sample_rate)
    apart = [np.abs(np.array(beats.times) - time).min() for time in theirs]
    assert np.mean(np.array(apart) < 0.07) >= 0.9  # the tolerance of MIREX's F-measure
