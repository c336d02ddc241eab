"""Whatever is brought: a sound, an image, or a message; never much time, memory or a traceback."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import soundfile

from moss_core import MossError, load_image, load_track

BENCHMARK = Path(__file__).parent / "benchmarks" / "bad_files.py"


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the most memory in use")
def test_bad_files_are_answered():
    command = [sys.executable, BENCHMARK, "--count", "150", "--seed", "3", "--light"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| all | 150 |" in done.stdout


def _sound(container, subtype, seconds=1.0, channels=1):
    file, time = io.BytesIO(), np.arange(int(seconds * 16_000)) / 16_000
    tone = 0.3 * np.sin(2000 * time)[:, None].repeat(channels, 1)
    soundfile.write(file, tone, 16_000, subtype, format=container)
    return file.getvalue(), tone.T


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "GSM610"),
        ("WAV", "MS_ADPCM"),
        ("WAV", "IMA_ADPCM"),
        ("WAV", "G721_32"),
        ("WAV", "NMS_ADPCM_32"),
        ("WAV", "ALAW"),
        ("AIFF", "PCM_16"),
        ("CAF", "ALAC_16"),
        ("AU", "ULAW"),
        ("W64", "PCM_24"),
        ("RF64", "DOUBLE"),
    ],
)
def test_old_kinds_of_sound_are_read(container, subtype):
    content, tone = _sound(container, subtype)
    samples = load_track(content).samples.numpy()
    assert abs(samples.shape[1] - tone.shape[1]) < 1000  # they come in packets
    length = min(samples.shape[1], tone.shape[1])
    assert np.corrcoef(samples[0, :length], tone[0, :length])[0, 1] > 0.95


@pytest.mark.parametrize("container", ["SVX", "VOC", "PAF", "MAT5", "HTK", "NIST"])
def test_kinds_that_nobody_has_are_refused_in_words(container):
    content, _ = _sound(container, "PCM_16")
    with pytest.raises(
        MossError, match=r"must be a WAV, FLAC, .* or AU file; found something else"
    ):
        load_track(content, "old")


def test_a_shared_machine_takes_tracks_and_images_that_fit_its_memory(monkeypatch):
    flac, _ = _sound("FLAC", "PCM_16", 20, 2)
    image = io.BytesIO()
    PIL.Image.linear_gradient("L").resize((2100, 1000)).save(image, "PNG")
    assert load_track(flac).samples.shape == (2, 320_000)
    assert load_image(image.getvalue()).pixels.shape == (1000, 2100)
    monkeypatch.setenv("MOSS_MEMORY", "5")
    with pytest.raises(MossError, match=r"at most 250,000 samples .* 20 s, 640,000 samples"):
        load_track(flac)
    monkeypatch.setattr("moss_core.synthesis.files.pixels.limits", _Small)
    with pytest.raises(MossError, match="at most 2,000,000 pixels; found 2,100 x 1,000"):
        load_image(image.getvalue())


class _Small:
    megapixels = 2


def test_a_drawing_is_named():
    with pytest.raises(MossError, match=r"of SVG, a drawing\. Export it to PNG"):
        load_image(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")


def test_what_a_camera_noted_wrongly_harms_nothing():
    picture, file = PIL.Image.linear_gradient("L"), io.BytesIO()
    picture.save(file, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert load_image(file.getvalue()).pixels.shape == (256, 256)
