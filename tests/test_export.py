from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import soundfile
import torch

from moss_core import Canvas, MossError, Run, RunConfig, Track, load_track
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.exports.measuring import score_files
from moss_core.synthesis.files.encoding import (
    FORMATS,
    encode_flac,
    encode_picture,
    encode_preview,
    encode_sound,
)
from moss_core.synthesis.hybrid import MASK_SHAPE
from moss_core.synthesis.sound import CEILING, limiter_gain, loudness
from samples import RATE, small_image, small_track, wav_file


def run_of(
    track: Track, canvas: Canvas | None = None, steps: int = 2, channels: str = "every"
) -> Run:
    canvas = canvas or Canvas()
    config = RunConfig(candidates=3, steps=steps, canvas=canvas, channels=channels)
    run = Run(small_image(), track, config)
    for _ in run.steps():
        pass
    return run


@pytest.fixture(scope="module")
def stereo_run() -> Run:
    return run_of(small_track(rate=44_100, channels=2))


def test_mask_0_exports_the_track(stereo_run: Run) -> None:
    model = stereo_run.model
    waveform = model.render(torch.zeros(1, *MASK_SHAPE), model.starting_offsets(torch.zeros(1)))
    state = replace(stereo_run.state, waveform=waveform)
    content = wav_file(hybrid(stereo_run, state.waveform[0]), 44_100)
    exported, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    original = stereo_run.track.samples.T.numpy()
    assert rate == 44_100
    assert exported.shape == original.shape
    noise = np.square(exported - original).sum()
    assert 10 * np.log10(np.square(original).sum() / noise) >= 60
    level = 10 * np.log10(np.square(exported).sum() / np.square(original).sum())
    assert abs(level) < 0.1


def test_export_keeps_rate_channels_length_and_stereo_image() -> None:
    track = small_track(rate=48_000, channels=6, level=0.1)
    run = run_of(track, channels="mono")
    sound = hybrid(run, run.state.waveform[1])
    assert sound.shape == track.samples.shape
    difference = sound - track.samples
    assert difference.abs().max() > 1e-3
    torch.testing.assert_close(difference, difference[:1].expand_as(difference), atol=1e-6, rtol=0)


def test_master_is_bit_exact_outside_the_canvas() -> None:
    track = small_track(seconds=2, rate=44_100, channels=2, level=1.0)
    run = run_of(track, Canvas(start=0.5, duration=1.0))
    sound = hybrid(run, run.state.waveform[2])
    assert torch.equal(sound[:, :22_050], track.samples[:, :22_050])
    assert torch.equal(sound[:, 66_150:], track.samples[:, 66_150:])
    assert not torch.equal(sound, track.samples)


def test_loud_hybrid_is_limited_not_clipped(stereo_run: Run) -> None:
    loud = replace(stereo_run.state, waveform=stereo_run.state.waveform * 20)
    sound = hybrid(stereo_run, loud.waveform[2])
    assert float(sound.abs().max()) <= CEILING + 1e-6
    flat = (sound.abs() > CEILING - 1e-4).float().mean()
    assert flat < 0.01


def test_limiter_leaves_quiet_sound_alone_and_never_lets_a_peak_through() -> None:
    noise = torch.randn(2, 8000, generator=torch.Generator().manual_seed(0))
    quiet = 0.1 * noise
    assert torch.equal(quiet * limiter_gain(quiet, 16_000), quiet)
    loud = noise * limiter_gain(noise, 16_000)
    assert float(loud.abs().max()) <= CEILING + 1e-6
    spike = torch.zeros(1, 8000)
    spike[0, 4000] = 4.0
    gain = limiter_gain(spike, 16_000)
    assert float(gain[3000]) == 1
    assert float(gain[4000]) == pytest.approx(CEILING / 4)
    assert float(gain.diff().abs().max()) < 0.02


def rendered_losses(run: Run) -> torch.Tensor:
    """The losses in whole of all candidates, over all that is heard and all lenses: `(N, K)`."""
    model, found = run.model, []
    for heard in range(len(model.targets)):
        sounds = model.heard(run.state.waveform, heard)
        for sight in model.sights:
            rendered = model.observe(sounds, sight)
            calls = run.scorer.measurements(rendered, lone=True, heard=heard)
            losses = run.scorer.gather(rendered, [call.function() for call in calls])[0]
            found.append(losses)
    return torch.stack(found).mean(0)


@pytest.mark.parametrize(
    ("subtype", "tolerance"), [("float", 0.02), ("pcm24", 0.02), ("pcm16", 0.03)]
)
def test_losses_of_the_files_are_those_of_what_was_rendered(
    stereo_run: Run, subtype: str, tolerance: float, tmp_path: Path
) -> None:
    candidates = stereo_run.candidates()
    files = [tmp_path / f"{c.index}.wav" for c in candidates]
    for file, c in zip(files, candidates, strict=True):
        sound = hybrid(stereo_run, stereo_run.state.waveform[c.index])
        file.write_bytes(wav_file(sound, 44_100, subtype))
    measured = score_files(stereo_run, files)
    expected = rendered_losses(stereo_run)[[c.index for c in candidates]]
    torch.testing.assert_close(measured, expected, rtol=tolerance, atol=1e-4)


@pytest.mark.parametrize("subtype", ["float", "pcm24", "pcm16"])
def test_wav_subtypes(subtype: str) -> None:
    samples = small_track(channels=2).samples
    read, _ = soundfile.read(io.BytesIO(wav_file(samples, 16_000, subtype)), dtype="float32")
    np.testing.assert_allclose(read.T, samples.numpy(), atol=2**-15)


def test_unknown_subtype_is_refused() -> None:
    with pytest.raises(MossError, match="subtype"):
        wav_file(small_track().samples, 16_000, "mp3")


def test_picture_png_has_the_pictures_pixels() -> None:
    picture = torch.linspace(0, 1, 12).view(3, 4)
    read = np.asarray(PIL.Image.open(io.BytesIO(encode_picture(picture))))
    np.testing.assert_allclose(read / 255, picture.numpy(), atol=0.5 / 255 + 1e-6)


def test_loudness_follows_the_level_and_silence_has_a_floor() -> None:
    samples = small_track(channels=2).samples
    loud = loudness(samples, 16_000)
    assert -40 < loud < 0
    assert loudness(samples / 10, 16_000) == pytest.approx(loud - 20, abs=0.1)
    assert loudness(torch.zeros(2, 16_000), 16_000) == -70
    assert -70 < loudness(samples.repeat(4, 1), 16_000) < 0


def test_flac_keeps_what_16_bits_can_keep() -> None:
    samples = small_track(channels=2).samples
    found, rate = soundfile.read(io.BytesIO(encode_flac(samples, 44_100)), dtype="float32")
    assert rate == 44_100
    torch.testing.assert_close(torch.from_numpy(found.T), samples, atol=2**-15, rtol=0)


def test_a_preview_looks_like_the_picture() -> None:
    picture = torch.linspace(0, 1, 64 * 96).reshape(64, 96)
    with PIL.Image.open(io.BytesIO(encode_preview(picture))) as shown:
        found = torch.from_numpy(np.asarray(shown.convert("L")).copy()) / 255
    assert found.shape == picture.shape
    assert float((found - picture).abs().mean()) < 0.02


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_every_kind_of_sound_file_reads_back_as_what_was_written(kind: str, rate: int) -> None:
    samples = small_track(1.0, rate, channels=2).samples
    track = load_track(encode_sound(samples, rate, kind))
    wanted_rate = rate if not FORMATS[kind].rates or rate in FORMATS[kind].rates else 48_000
    lossless = kind in ("wav", "flac")
    assert track.sample_rate == wanted_rate
    assert track.samples.shape[0] == 2
    assert track.duration == pytest.approx(1, abs=0.15 if kind == "mp3" else 0.002)
    if lossless:
        torch.testing.assert_close(track.samples, samples, atol=2**-24 + 1e-12, rtol=0)
    else:
        level = 10 * torch.log10(track.samples.square().sum() / wanted_rate)
        wanted = 10 * torch.log10(samples.square().sum() / rate)
        assert float(level - wanted) == pytest.approx(0, abs=0.5)


def test_an_mp3_is_the_sound_and_not_only_as_loud() -> None:
    samples = small_track(2.0, 44_100).samples[0]
    found = load_track(encode_sound(samples[None], 44_100, "mp3")).samples[0]
    count = samples.numel() + found.numel()
    spectra = torch.fft.rfft(samples, count).conj() * torch.fft.rfft(found, count)
    correlation = torch.fft.irfft(spectra, count).max() / (samples.norm() * found.norm())
    assert float(correlation) > 0.98


def test_a_long_sound_does_not_crash_the_vorbis_encoder() -> None:
    samples = 0.1 * torch.randn(1, 16_000 * 600, generator=torch.Generator().manual_seed(0))
    assert soundfile.info(io.BytesIO(encode_sound(samples, 16_000, "ogg"))).frames == 9_600_000


def test_sounds_beyond_what_vorbis_holds_are_brought_down() -> None:
    track = load_track(encode_sound(small_track(0.6, 384_000).samples, 384_000, "ogg"))
    assert track.sample_rate == 48_000


@pytest.mark.parametrize(
    ("channels", "kind", "message"),
    [
        (3, "mp3", "MP3 file: must have at most 2 channels; found 3"),
        (6, "ogg", "OGG file: must have at most 2 channels; found 6"),
        (3, "opus", "Opus file: must have at most 2 channels; found 3"),
        (8, "m4a", "M4A file: must have at most 6 channels; found 8"),
        (1, "aac", "must be one of"),
    ],
)
def test_what_a_sound_file_cannot_be_is_a_message(channels: int, kind: str, message: str) -> None:
    with pytest.raises(MossError, match=message):
        encode_sound(torch.zeros(channels, 16_000), 16_000, kind)


def test_the_same_sound_gives_the_same_file_at_any_time() -> None:
    content = wav_file(small_track().samples, RATE)
    time.sleep(1.1)  # the header's clock counts seconds
    assert wav_file(small_track().samples, RATE) == content


def test_a_rate_that_flac_cannot_hold_is_a_message() -> None:
    with pytest.raises(MossError, match="FLAC file: must have a rate"):
        encode_sound(0.1 * torch.ones(1, 9_000), 88_201, "flac")


@pytest.mark.parametrize(("subtype", "bits"), [("pcm24", 24), ("pcm16", 16)])
def test_pcm_rounds_to_the_nearest_step(subtype: str, bits: int) -> None:
    samples = 0.1 * torch.randn(1, 50_000, generator=torch.Generator().manual_seed(0))
    read, _ = soundfile.read(io.BytesIO(wav_file(samples, 48_000, subtype)))
    steps = (read - samples[0].double().numpy()) * 2 ** (bits - 1)
    assert np.abs(steps).max() <= 0.5
    assert abs(steps.mean()) < 0.01
