"""Original minus export: nothing is left of the music outside the canvas, in any file."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from moss_core import Canvas, Run, RunConfig, load_track
from moss_core.runs.exports.full_rate import hybrid, hybrid_stretch
from moss_core.synthesis.files.encoding import encode_sound
from moss_core.synthesis.files.wav import write_wav
from samples import small_image, small_track

MASTERS = {"PCM_16": "pcm16", "PCM_24": "pcm24", "FLOAT": "float"}
"""What a master is kept in, and what keeps it exactly."""
_CANVAS = Canvas(start=0.5, duration=0.5)
_OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@cache
def master(subtype: str, rate: int, channels: int) -> tuple[bytes, Run]:
    """A WAV file with sound up to full scale, and a run on it."""
    file = io.BytesIO()
    samples = small_track(1.5, rate, channels, level=1.0).samples.T.numpy()
    soundfile.write(file, samples, rate, subtype, format="WAV")
    config = RunConfig(_OBJECTIVES, candidates=1, steps=0, canvas=_CANVAS)
    run = Run(small_image(), load_track(file.getvalue()), config)
    run.step()
    return file.getvalue(), run


def read(content: bytes) -> NDArray[np.float64]:
    """Samples as they are kept, `(samples, channels)`: doubles hold each kind exactly."""
    samples: NDArray[np.float64] = soundfile.read(io.BytesIO(content), always_2d=True)[0]
    return samples


def wav(run: Run, subtype: str) -> bytes:
    """A WAV file as `save` writes it."""
    track, section, file = run.track.samples, run.model.section, io.BytesIO()
    painted = hybrid_stretch(run, run.state.waveform[0])
    parts = track[:, : section.start], painted, track[:, section.stop :]
    write_wav(file, parts, run.track.sample_rate, subtype)
    return file.getvalue()


def flac(run: Run) -> bytes:
    return encode_sound(hybrid(run, run.state.waveform[0]), run.track.sample_rate, "flac")


def assert_null(run: Run, original: NDArray[np.generic], export: NDArray[np.generic]) -> None:
    section = run.model.section
    assert export.shape == original.shape
    assert np.array_equal(export[: section.start], original[: section.start])
    assert np.array_equal(export[section.stop :], original[section.stop :])
    assert not np.array_equal(export[section], original[section])


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("subtype", MASTERS)
def test_nothing_is_left_outside_the_canvas(subtype: str, rate: int, channels: int) -> None:
    content, run = master(subtype, rate, channels)
    original = read(content)
    names = list(MASTERS)
    for deeper in names[names.index(subtype) :]:  # what is at least as deep holds it too
        assert_null(run, original, read(wav(run, MASTERS[deeper])))
    if subtype != "FLOAT":
        assert_null(run, original, read(flac(run)))


def test_the_parts_of_a_wav_file_are_what_libsndfile_writes() -> None:
    samples = torch.cat([small_track(channels=3, level=1.2).samples, torch.zeros(3, 1)], 1)
    for subtype, bits in (("PCM_16", 16), ("PCM_24", 24)):
        file, wanted = io.BytesIO(), io.BytesIO()
        write_wav(file, samples.split([7, 0, 9_000, 6_994], 1), 44_100, MASTERS[subtype])
        full = 2 ** (bits - 1)
        steps = samples.mul(full).round().clamp(-full, full - 1).int() << (32 - bits)
        soundfile.write(wanted, steps.T.numpy(), 44_100, subtype, format="WAV")
        assert file.getvalue() == wanted.getvalue()


def test_chunks_that_follow_a_sound_do_not_change_it() -> None:
    samples = small_track(channels=1).samples[:, :9_001]
    for subtype in MASTERS.values():
        plain, more = io.BytesIO(), io.BytesIO()
        write_wav(plain, [samples], 44_100, subtype)
        title = b"LIST" + (16).to_bytes(4, "little") + b"INFOINAM" + (4).to_bytes(4, "little")
        write_wav(more, [samples], 44_100, subtype, title + b"Hey\0")
        sounds = [soundfile.read(io.BytesIO(f.getvalue()))[0] for f in (plain, more)]
        assert np.array_equal(*sounds)
        with soundfile.SoundFile(io.BytesIO(more.getvalue())) as file:
            assert file.title == "Hey"


def test_a_float_master_beyond_full_scale_stays_exact_in_floats_and_is_cut_off_in_pcm() -> None:
    track = small_track(1.5, 44_100, level=2.0)
    run = Run(small_image(), track, RunConfig(_OBJECTIVES, candidates=1, steps=0, canvas=_CANVAS))
    run.step()
    original = track.samples.T.double().numpy()
    assert_null(run, original, read(wav(run, "float")))
    cut = read(wav(run, "pcm24"))
    outside = np.r_[: run.model.section.start, run.model.section.stop : len(original)]
    np.testing.assert_allclose(cut[outside], original[outside].clip(-1, 1), atol=2**-23)
