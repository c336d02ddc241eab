"""A preview never costs more than its pixels."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from moss_core import Adjustments, Canvas, Image, MossError, Track
from moss_core.machine import on_one_core
from moss_core.synthesis import HybridModel, encode_preview
from samples import small_image, small_track
from sources import thinning
from sources.preview import crossfade
from sources.source import Source
from sources.thinning import thinned

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "long_canvas.py"


class _Made(Source):
    def as_image(self) -> Image:
        return small_image()

    def as_track(self) -> Track:
        return self.content


def _preview(track: Track, canvas: Canvas) -> bytes:
    image, sound = _Made("disc.png", "Disc", b""), _Made("notes.wav", "Notes", track)
    return crossfade([image], sound, canvas, Adjustments(levels=False, fit="stretch")).picture


def _shades(picture: bytes) -> np.ndarray:
    small = PIL.Image.open(BytesIO(picture)).convert("L").resize((20, 32), PIL.Image.BOX)
    return np.asarray(small) / 255


def test_a_short_canvas_is_seen_as_the_run_starts():
    track, canvas = small_track(3.0, channels=2), Canvas(0.5, 2.0)
    with torch.no_grad(), on_one_core():
        model = HybridModel(small_image(), track, canvas)
        first = model.crossfade(torch.tensor([0.5]))[:, 0]
        expected = encode_preview(model.display(first)[0, 0])
    assert _preview(track, canvas) == expected


def test_a_long_canvas_is_seen_alike_in_fewer_columns(monkeypatch):
    track, canvas = small_track(11.0, channels=2), Canvas(1.0, 10.0)
    whole = _preview(track, canvas)
    monkeypatch.setattr(thinning, "_MOST_ANALYSED", 100_000)
    thin = _preview(track, canvas)
    columns = [PIL.Image.open(BytesIO(picture)).size[0] for picture in (whole, thin)]
    assert columns[1] < 0.35 * columns[0]
    whole, thin = _shades(whole), _shades(thin)
    assert np.corrcoef(whole.ravel(), thin.ravel())[0, 1] > 0.95
    assert abs(whole.mean() - thin.mean()) < 0.03


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (192_000, 1), (8_000, 8)])
def test_what_is_left_is_bounded_and_has_its_surroundings(monkeypatch, rate, channels):
    monkeypatch.setattr(thinning, "_MOST_ANALYSED", 60_000 * channels)
    sound = Track(torch.rand(channels, 30 * rate), rate, "noise.wav", "0" * 64)
    placed = Canvas(2.0, 20.0, high=4000.0).on(sound)
    track, canvas = thinned(sound, placed, channels, 8000)
    where = canvas.section(rate)
    assert where.stop - where.start <= 60_000 * rate / 8000
    assert torch.equal(track.samples[:, : where.start + 9], sound.samples[:, : 2 * rate + 9])
    end = sound.samples[:, 22 * rate - 9 : 22 * rate + 9]
    assert torch.equal(track.samples[:, where.stop - 9 : where.stop + 9], end)
    assert (canvas.on(track).aspect, canvas.high) == (placed.aspect, placed.high)


def test_a_lone_sound_in_a_long_silence_is_found(monkeypatch):
    monkeypatch.setattr(thinning, "_MOST_ANALYSED", 100_000)
    samples = torch.zeros(1, 20 * 16_000)
    samples[0, 123_456:123_556] = 0.5
    assert _preview(Track(samples, 16_000, "click.wav", "0" * 64), Canvas())
    with pytest.raises(MossError, match="canvas: must lie where the track sounds"):
        _preview(Track(samples, 16_000, "click.wav", "0" * 64), Canvas(10.0))


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the most memory in use")
def test_the_longest_canvas_takes_less_than_300_mb():
    command = [sys.executable, BENCHMARK, "--minutes", "5.5", "--rate", "44100"]
    done = subprocess.run([*command, "--only", "preview", "300"], capture_output=True, check=True)
    _, megabytes = json.loads(done.stdout)
    assert megabytes < 300
