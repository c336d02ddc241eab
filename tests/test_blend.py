"""How an image sits in the song: what each mode may change, how black black is, and soft edges."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner
from scipy.signal import butter, sosfilt

from moss_core import Canvas, Image, MossError, Run, RunConfig, Track, load, load_track, save
from moss_core.cli.commands import main
from moss_core.machine import sample_track
from moss_core.runs.exports.full_rate import hybrid
from moss_core.synthesis.blend import MODES, Blend
from moss_core.synthesis.files.encoding import encode_sound
from moss_core.synthesis.hybrid import HybridModel
from moss_core.synthesis.stft import power
from samples import small_image, small_track

MIDDLE = Canvas(start=1.0, duration=2.0)


def song(channels: int = 1) -> Track:
    """Four seconds of notes in noise that nobody would call silence."""
    made = small_track(4.0, channels=channels)
    generator = torch.Generator().manual_seed(3)
    noise = 0.01 * torch.randn(made.samples.shape, generator=generator)
    return replace(made, samples=made.samples + noise)


def model_of(blend: Blend, track: Track | None = None, canvas: Canvas = MIDDLE) -> HybridModel:
    return HybridModel(small_image(), track or song(), canvas, blend=blend)


def cells(model: HybridModel, sound: torch.Tensor) -> torch.Tensor:
    return power(model.stft.forward(sound)[:, model.grid.bins]).sqrt()


@pytest.mark.parametrize("mode", MODES)
def test_a_mask_of_0_is_the_track_in_every_mode(mode):
    model = model_of(Blend(mode, soft_time=0.1))
    torch.testing.assert_close(model.crossfade(torch.zeros(1))[0], model.track, atol=1e-6, rtol=0)


@pytest.mark.parametrize("mode", MODES)
def test_a_mask_of_1_looks_more_like_the_image_in_every_mode(mode):
    model = model_of(Blend(mode))
    with torch.no_grad():
        track, painted = model.picture(model.crossfade(torch.tensor([0.0, 1.0]))[:, 0])
    wanted = model.targets[0].picture[0]
    assert (painted - wanted).square().mean() < 0.9 * (track - wanted).square().mean()


def changed(mode: str, **blend: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What is changed of each cell where the mask is 1, the track's cells, the image's."""
    model = model_of(Blend(mode, **blend))
    track = model._track_spectrum[:, model.grid.bins]
    angle = model._track_phase[:, model.grid.bins][None]
    mask = torch.ones(1, 1, *track.shape[1:])
    change = model.blend.change(
        mask, track, model._track_db, model._image_db, model._white_db, angle
    )[0]
    return change, track.abs(), 10 ** (model._image_db / 20)


def test_glow_only_adds_and_only_where_the_image_is_louder():
    change, track, image = changed("glow")
    louder = image > 1.01 * track
    assert float(change[~louder].abs().max()) < 0.02 * float(track.max())
    assert (change.abs()[louder] > 0).all()
    # What is added is what is missing: on the track's own phase it ends at the image's level.
    torch.testing.assert_close((track + change.abs())[louder], image[louder], rtol=0.02, atol=1e-3)


def test_carve_only_turns_down_and_only_where_the_image_is_darker():
    change, track, image = changed("carve")
    assert float(change[image > track].abs().max()) == 0
    left = track - change.abs()
    assert (left <= track).all()
    cut = (image < track) & (track < image.max())
    torch.testing.assert_close(left[cut], image[cut], rtol=0.05, atol=1e-3)


def test_carving_learns_no_phases():
    config = RunConfig(
        (("ssim", 1.0), ("log_mel", 1.0)),
        candidates=2,
        steps=3,
        canvas=MIDDLE,
        blend=Blend("carve"),
    )
    run = Run(small_image(), song(), config)
    before = run.optimizer.learned()[0][3].clone()
    losses = [record.losses for record in run.steps()]
    assert torch.equal(run.optimizer.learned()[0][3], before)
    assert losses[-1][1][0] < losses[0][1][0]


def test_black_is_as_dark_as_the_music_around_and_silence_where_that_is_asked():
    half = small_image()
    half = replace(half, pixels=torch.cat([half.pixels, torch.zeros(64, 64)], dim=1))
    track = song()

    def level(blend: Blend) -> tuple[float, float]:
        """Of the image's black half, dB: as it is painted, and as it comes out."""
        model = HybridModel(half, track, MIDDLE, blend=blend)
        found = cells(model, model.crossfade(torch.ones(1))[0])[0]
        black = slice(int(0.6 * found.shape[1]), -8)
        painted, out = model._image_db[0, :, black], 20 * found[:, black].log10()
        return float(painted.median()), float(out.median())

    model = model_of(Blend())
    around = track.samples[:, : track.sample_rate]
    usual = float(20 * cells(model, around).median().log10())
    assert level(Blend(black=0))[0] == pytest.approx(usual, abs=3)
    assert level(Blend(black=12))[0] == pytest.approx(usual - 12, abs=3)
    # Before phases are learned, cells cancel each other a little.
    assert usual - 10 < level(Blend(black=0))[1] < usual + 3
    assert level(Blend(black=140))[1] < usual - 25


def test_what_objectives_compare_with_has_the_black_that_is_painted():
    plain, matched = model_of(Blend(black=140)), model_of(Blend(black=0))
    assert float(plain.targets[0].picture.min()) < 0.1
    dark = plain.targets[0].picture < 0.1
    assert float(matched.targets[0].picture[dark].mean()) > 0.2
    bright = plain.targets[0].picture > 0.95
    torch.testing.assert_close(
        matched.targets[0].picture[bright], plain.targets[0].picture[bright], atol=0.03, rtol=0
    )


def test_where_nothing_is_around_black_is_silence():
    whole = Canvas()
    one, other = (model_of(Blend(black=black), canvas=whole) for black in (0.0, 140.0))
    assert torch.equal(one._image_db, other._image_db)
    assert torch.equal(one.targets[0].picture, other.targets[0].picture)


def test_soft_edges_leave_the_track_at_the_edges_and_nothing_else():
    model = model_of(Blend(soft_time=0.2, soft_frequency=0.1))
    counted = model.on_cells(torch.ones(1, 128, 256))[0]
    assert float(counted[0].max()) < 0.05
    assert float(counted[-1].max()) < 0.05
    assert float(counted[:, 0].max()) < 0.05
    assert float(counted[:, -1].max()) < 0.05
    rows, frames = counted.shape
    inner = counted[round(0.12 * rows) : round(0.88 * rows), round(0.22 * frames) :]
    assert float(inner[:, : round(0.55 * frames)].min()) > 0.999
    assert (model_of(Blend()).on_cells(torch.ones(1, 128, 256)) > 0.999).all()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"mode": "burn"}, "blend mode: must be one of mix, glow, carve; found 'burn'"),
        ({"black": -1}, "black level: must be 0 to 140 dB below the surroundings"),
        ({"black": float("nan")}, "black level"),
        ({"soft_time": 0.6}, "soft time: must be 0 to 0.5 of the canvas"),
        ({"soft_frequency": -0.1}, "soft frequency: must be 0 to 0.5"),
    ],
)
def test_what_cannot_be_is_said(values, told):
    with pytest.raises(MossError) as caught:
        Blend(**values)
    assert told in str(caught.value)


def test_a_run_keeps_its_blend_and_an_older_one_has_silence_for_black(tmp_path):
    blend = Blend("glow", 6.0, 0.1, 0.05)
    config = RunConfig(
        (("ssim", 1.0), ("log_mel", 1.0)), candidates=1, steps=0, canvas=MIDDLE, blend=blend
    )
    run = Run(small_image(), song(), config)
    run.step()
    save(run, tmp_path / "run")
    assert load(tmp_path / "run").config.blend == blend
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    del told["config"]["blend"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(told))
    assert load(tmp_path / "run").config.blend == Blend("mix", 140.0)


def test_the_command_line_has_the_same_words(tmp_path):
    image, track = tmp_path / "image.png", tmp_path / "song.wav"
    from moss_core.synthesis import encode_picture

    image.write_bytes(encode_picture(small_image().pixels))
    soundfile.write(track, song().samples[0].numpy(), 16_000)
    words = "--start 1 --duration 2 --steps 0 --candidates 1 --objectives ssim,log_mel"
    blend = "--blend carve --black 30 --soft-time 0.1 --soft-frequency 0.2"
    out = tmp_path / "out"
    call = ["optimize", str(image), str(track), "--out", str(out), *words.split(), *blend.split()]
    result = CliRunner().invoke(main, call)
    assert result.exit_code == 0, result.output
    assert load(out).config.blend == Blend("carve", 30.0, 0.1, 0.2)
    wrong = CliRunner().invoke(main, [*call, "--overwrite", "--black", "-3"])
    assert wrong.exit_code == 2
    assert "black level: must be 0 to 140 dB" in wrong.output


def excess(before: np.ndarray, after: np.ndarray, rate: int) -> float:
    """How many dB a third octave of `after` is above the one of `before` at most, in any 100 ms.

    By Butterworth filters of scipy's, in windows an eighth of one apart, from 90 dB below full
    scale on.
    """
    size, worst = round(0.1 * rate), -100.0
    for number in range(-13, 14):
        low, high = (1000 * 10 ** ((number + edge) / 10) for edge in (-0.5, 0.5))
        if high > 0.49 * rate:
            break
        band = butter(4, [low, high], "bandpass", fs=rate, output="sos")
        sums = [
            np.cumsum(np.pad(sosfilt(band, x) ** 2, ((0, 0), (1, 0))), 1) for x in (before, after)
        ]
        starts = np.arange(0, before.shape[1] - size, size // 8)
        one, other = ((s[:, starts + size] - s[:, starts]) / size for s in sums)
        heard = one > 1e-9
        if heard.any():
            worst = max(worst, float((10 * np.log10(other[heard] / one[heard])).max()))
    return worst


@pytest.mark.parametrize("name", ["drums-groove.flac", "speech-poem.flac"])
def test_a_carved_file_is_nowhere_louder_than_the_track(name):
    whole = load_track(sample_track(name))
    track = replace(whole, samples=whole.samples[:, : 4 * whole.sample_rate])
    config = RunConfig(
        (("ssim", 1.0), ("log_mel", 1.0)),
        candidates=2,
        steps=2,
        canvas=Canvas(start=1.0, duration=2.0),
        blend=Blend("carve"),
    )
    run = Run(small_image(), track, config)
    for _ in run.steps():
        pass
    content = encode_sound(hybrid(run, run.state.waveform[1]), track.sample_rate, "wav")
    after, rate = soundfile.read(io.BytesIO(content), always_2d=True)
    before = track.samples.numpy().astype(float)
    assert excess(before, after.T, rate) <= 0.5
    section = run.model.section
    change = np.sqrt(np.square(after.T - before)[:, section].mean())
    assert change > 0.3 * np.sqrt(np.square(before[:, section]).mean())


def test_an_image_that_is_white_carves_nothing_and_glows_everywhere():
    white = Image(torch.ones(64, 64), "white", "0" * 64)
    model = HybridModel(white, song(), MIDDLE, blend=Blend("carve"))
    sound = model.crossfade(torch.ones(1))[0]
    assert float((sound - model.track).square().mean()) < 0.01 * float(model.track.square().mean())
