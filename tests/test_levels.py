"""How loud exports are: by MOSS, by FFmpeg's meter, and on files read back."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
import torch
from click.testing import CliRunner

from ffmpeg_meter import measured_by_ffmpeg
from moss_core import Canvas, Image, Run, RunConfig, Track, save
from moss_core.cli import main
from moss_core.runs.exports import ear_safety as safety_module
from moss_core.runs.exports.ear_safety import EarSafety, ear_safety
from moss_core.runs.exports.full_rate import hybrid, hybrid_stretch
from moss_core.runs.reports import kept
from moss_core.synthesis.files.encoding import encode_picture
from moss_core.synthesis.sound import loudness, resample, true_peak
from samples import small_image, small_track

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
"""Quick ones: how loud a hybrid is does not depend on what it was learned by."""


def noise(channels: int, rate: int, seconds: float = 3.0, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.1 * torch.randn(channels, round(seconds * rate), generator=generator)


def quiet_then_loud(channels: int, rate: int) -> torch.Tensor:
    """Noise with a tone between samples, whose middle is too quiet to count."""
    sound = noise(channels, rate)
    sound[:, rate : 2 * rate] *= 0.01
    tone = torch.sin(math.tau * 0.25 * torch.arange(sound.shape[1]) + math.pi / 4)
    return sound + 0.5 * tone


def bright(image: Image) -> Image:
    return replace(image, pixels=(0.3 * image.pixels + 0.7).clamp(0, 1))


def run_of(track: Track, image: Image | None = None, steps: int = 0, **config: object) -> Run:
    settings = RunConfig(OBJECTIVES, candidates=2, steps=steps, **config)  # type: ignore[arg-type]
    run = Run(image or bright(small_image()), track, settings)
    for _ in run.steps():
        pass
    return run


def assert_allowed(track: torch.Tensor, sound: torch.Tensor, rate: int) -> None:
    """Assert by FFmpeg's meter, which tells hundredths, that a section is no louder than it may."""
    loud, peak = measured_by_ffmpeg(sound, rate)
    own_loud, own_peak = measured_by_ffmpeg(track, rate)
    assert loud <= own_loud + 1.0 + 0.01
    assert peak <= max(-1.0, own_peak) + 0.1  # another filter sees other peaks between samples


@pytest.mark.parametrize(("channels", "rate"), [(1, 8_000), (2, 44_100), (6, 48_000), (2, 96_000)])
def test_loudness_and_true_peak_are_those_of_ffmpeg(rate: int, channels: int) -> None:
    for sound in (quiet_then_loud(channels, rate), small_track(3.0, rate, channels).samples):
        loud, peak = measured_by_ffmpeg(sound, rate)
        assert loudness(sound, rate) == pytest.approx(loud, abs=0.03)
        assert 20 * math.log10(true_peak(sound, rate)) == pytest.approx(peak, abs=0.2)


def test_a_tone_between_the_samples_has_its_true_peak() -> None:
    tone = math.sqrt(0.5) * torch.tensor([[1.0, 1, -1, -1]]).repeat(1, 12_000)
    tone *= torch.hann_window(48_000) ** 0.1
    assert float(tone.abs().max()) == pytest.approx(math.sqrt(0.5), abs=1e-3)
    assert true_peak(tone, 48_000) == pytest.approx(1, abs=0.01)


def test_a_sound_shorter_than_a_block_has_a_loudness() -> None:
    sound = noise(2, 48_000)
    assert loudness(sound[:, :14_400], 48_000) == pytest.approx(loudness(sound, 48_000), abs=0.5)


LOUD = Canvas(start=0.5, duration=1.0, top=60.0)


def as_rendered(run: Run, waveform: torch.Tensor) -> torch.Tensor:
    """The section of a hybrid as it would be if it was not turned down."""
    track = run.track.samples[:, run.model.section]
    change = resample(waveform - run.model.track, run.model.sample_rate, run.track.sample_rate)
    return track + run.model.painted.give @ change


@pytest.mark.parametrize(
    ("channels", "rate", "canvas", "level"),
    [
        (2, 44_100, Canvas(), 0.3),
        (2, 48_000, LOUD, 1.0),
        (1, 48_000, Canvas(start=0.5, duration=0.5, top=60.0), 0.02),
        (6, 48_000, LOUD, 1.0),
    ],
)
def test_no_candidate_is_louder_than_it_may_be_and_its_picture_is_the_same(
    channels: int, rate: int, canvas: Canvas, level: float
) -> None:
    run = run_of(small_track(2, rate, channels, level=level), canvas=canvas)
    track, model = run.track.samples[:, run.model.section], run.model
    waveform = run.state.waveform[1]
    assert loudness(as_rendered(run, waveform), rate) > loudness(track, rate) + 2
    sound = hybrid_stretch(run, waveform)
    assert_allowed(track, sound, rate)
    assert loudness(sound, rate) > loudness(track, rate) + 0.5 - 3 * (canvas.duration == 0.5)
    again = resample(model.painted.take @ sound, rate, model.sample_rate)
    shown = [run.picture(run.heard(channels)) for channels in (again, waveform)]
    assert float((shown[0] - shown[1]).abs().mean()) < 0.02


def test_a_hybrid_that_is_turned_down_meets_the_track_at_the_canvass_ends() -> None:
    run = run_of(small_track(2, 44_100, 2), canvas=LOUD)
    track, section = run.track.samples, run.model.section
    change = hybrid(run, run.state.waveform[1]) - track
    inside = change[:, section]
    assert float(change[:, : section.start].abs().max()) == 0
    assert float(change[:, section.stop :].abs().max()) == 0
    assert float(inside.abs().max()) > 0.1
    for end in (inside, inside.flip(1)):
        assert float(end[:, 0].abs().max()) == 0
        assert float(end[:, :44].abs().max()) < 0.01  # of the first millisecond


def test_what_is_not_too_loud_is_not_touched() -> None:
    run = run_of(small_track(2, 44_100, 2), canvas=Canvas(start=0.5, duration=1.0))
    quiet = torch.lerp(run.model.track, run.state.waveform[1], 1e-3)
    assert torch.equal(hybrid_stretch(run, quiet), as_rendered(run, quiet))


@pytest.mark.parametrize("choice", ["left", "sides", "mono"])
def test_only_what_is_painted_is_turned_down(choice: str) -> None:
    run = run_of(small_track(2, 44_100, 2), canvas=LOUD, channels=choice)
    track = run.track.samples[:, run.model.section]
    sound = hybrid_stretch(run, run.state.waveform[1])
    assert_allowed(track, sound, 44_100)
    assert float((sound - track).abs().max()) > 1e-2
    if choice == "left":
        assert torch.equal(sound[1], track[1])
    else:
        kept = torch.tensor([[0.5, 0.5 if choice == "sides" else -0.5]])
        torch.testing.assert_close(kept @ sound, kept @ track, atol=1e-6, rtol=0)


def test_in_a_part_too_quiet_to_be_measured_the_whole_tracks_loudness_counts() -> None:
    track = small_track(2, 44_100, 2)
    track.samples[:, 22_050:66_150] *= 1e-5
    run = run_of(track, canvas=LOUD)
    sound = hybrid_stretch(run, run.state.waveform[1])
    assert loudness(track.samples[:, run.model.section], 44_100) == -70
    allowed = measured_by_ffmpeg(track.samples, 44_100)[0] + 1
    assert allowed - 1 < measured_by_ffmpeg(sound, 44_100)[0] <= allowed + 0.01


@pytest.mark.parametrize("subtype", ["pcm24", "pcm16"])
def test_files_of_a_bright_image_are_no_louder_than_they_may_be(
    subtype: str, tmp_path: Path
) -> None:
    track = small_track(2, 44_100, 2, level=0.9)
    run = run_of(track, steps=2, canvas=Canvas(start=0.4, duration=1.2))
    told = save(run, tmp_path / "out", subtype=subtype)
    section = run.model.section
    for number, safety in enumerate((written.safety for written in told), 1):
        samples, rate = soundfile.read(
            tmp_path / "out" / "audio" / f"{number:03}.wav", dtype="float32", always_2d=True
        )
        sound = torch.from_numpy(samples.T)[:, section]
        assert_allowed(track.samples[:, section], sound, rate)
        loud, peak = measured_by_ffmpeg(sound, rate)
        assert safety.loudness == pytest.approx(loud, abs=0.05)
        assert safety.true_peak == pytest.approx(peak, abs=0.1)
    about = (tmp_path / "out" / "about.txt").read_text()
    assert f"{told[-1].safety.louder:+4.1f} LU" in about


# What ears would mind


@pytest.fixture(scope="module")
def quiet_run() -> Run:
    return run_of(small_track(2, 44_100, 2), canvas=Canvas(start=0.5, duration=1.0))


def safety_with(run: Run, added: torch.Tensor) -> EarSafety:
    return ear_safety(run, run.track.samples[:, run.model.section] + added)


def test_of_the_track_itself_nothing_is_minded(quiet_run: Run) -> None:
    found = safety_with(quiet_run, torch.zeros(2, 44_100))
    assert found.warnings == ()
    assert (found.louder, found.high_rise, found.tone_rise) == pytest.approx((0, 0, 0), abs=1e-6)


def test_a_share_above_8_khz_is_told_with_its_number(quiet_run: Run) -> None:
    spectrum = torch.fft.rfft(noise(2, 44_100, 1.0))
    spectrum[:, :9_000] = 0
    hiss = torch.fft.irfft(spectrum, 44_100)
    track = quiet_run.track.samples[:, quiet_run.model.section]
    power = torch.fft.rfft(track + hiss).abs().square().sum(0)
    share = float(power[8_000:].sum() / power.sum())
    found = safety_with(quiet_run, hiss)
    assert found.high == pytest.approx(share, rel=0.1)
    assert f"{found.high:.0%} of its energy lies above 8 kHz" in found.warnings[0]
    assert safety_with(quiet_run, 0.05 * hiss).warnings == ()


@pytest.mark.parametrize("hertz", [400.0, 3_150.0])
def test_a_single_tone_is_told_with_its_frequency(quiet_run: Run, hertz: float) -> None:
    tone = 0.5 * torch.sin(math.tau * hertz * torch.arange(44_100) / 44_100)
    found = safety_with(quiet_run, tone.expand(2, -1))
    assert found.tone == pytest.approx(hertz, abs=25)
    assert 0.5 < found.tone_share < 1
    assert f"of its energy lies at {found.tone:,.0f} Hz alone" in found.warnings[0]


def test_about_tells_what_ears_would_mind_and_so_does_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety_module, "LEAST_RISE", -200.0)
    monkeypatch.setattr(safety_module, "MOST_SHARE", 0.0)
    image, track = tmp_path / "image.png", tmp_path / "track.wav"
    image.write_bytes(encode_picture(small_image().pixels))
    soundfile.write(track, small_track(1.0, 44_100).samples.T.numpy(), 44_100)
    words = ["optimize", str(image), str(track), "--out", str(tmp_path / "out")]
    words += ["--candidates", "2", "--steps", "0", "--objectives", "ssim,multi_resolution_stft"]
    found = CliRunner().invoke(main, words)
    assert found.exit_code == 0, found.output
    about = (tmp_path / "out" / "about.txt").read_text()
    for sentence in ("of its energy lies above 8 kHz", "Hz alone"):
        assert found.stderr.count(sentence) == 1
        assert about.count(sentence) == 2
    assert "1 other file has some of this too: see about.txt." in found.stderr


@pytest.mark.parametrize(
    ("subtype", "level", "sentence"),
    [
        ("pcm24", 0.3, "The files have 24 bits, to which the track is rounded; `--subtype float`"),
        ("pcm16", 2.0, "The track goes 6.0 dB beyond full scale: 16 bits cut that off"),
        ("float", 2.0, "The files have 32 bits, floating point, which hold the track exactly"),
    ],
)
def test_about_says_how_the_track_is_kept(subtype: str, level: float, sentence: str) -> None:
    assert sentence in kept(run_of(small_track(level=level)), subtype)
