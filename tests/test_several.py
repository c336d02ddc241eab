"""Several images on one track: each on its canvas, learned together, one export."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
import torch
from click.testing import CliRunner

from moss_core import Canvas, Image, MossError, Run, RunConfig, Track, load, save
from moss_core.cli.commands import main
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.exports.settings import read_settings
from moss_core.runs.exports.width import WidthMeter
from moss_core.synthesis.adjustments import Adjustments
from moss_core.synthesis.blend import Blend
from moss_core.synthesis.files.encoding import encode_picture
from moss_core.synthesis.placing.placement import MAX_PLACEMENTS, Placement
from samples import small_image, small_track

OBJECTIVES = (("ssim", 1.0), ("log_mel", 1.0))
STRETCH = Adjustments(fit="stretch")
FIRST = Canvas(start=0.5, duration=1.0)


def other_image() -> Image:
    return replace(small_image(), pixels=small_image().pixels.flip(0), name="flipped.png")


def place(start: float, duration: float = 1.0, image: int = 0, **more: object) -> Placement:
    return Placement(image, Canvas(start=start, duration=duration, **more), STRETCH)  # type: ignore[arg-type]


def song(channels: int = 2) -> Track:
    return small_track(4.0, channels=channels)


def run_of(*others: Placement, steps: int = 3, track: Track | None = None, **more: object) -> Run:
    config = RunConfig(
        OBJECTIVES,
        candidates=2,
        steps=steps,
        canvas=FIRST,
        adjustments=STRETCH,
        others=others,
        **more,  # type: ignore[arg-type]
    )
    given = [other_image()] if any(place.image for place in others) else []
    run = Run(small_image(), track or song(), config, others=given)
    for _ in run.steps():
        pass
    return run


def test_images_learned_together_are_those_learned_alone():
    """Far apart, they have nothing to do with each other: each is what it would be by itself."""
    together = run_of(place(2.5, image=1), steps=4)
    alone = [
        run_of(steps=4),
        Run(
            other_image(),
            song(),
            RunConfig(
                OBJECTIVES,
                candidates=2,
                steps=4,
                canvas=Canvas(start=2.5, duration=1.0),
                adjustments=STRETCH,
            ),
        ),
    ]
    for _ in alone[1].steps():
        pass
    scales = [run.optimizer.worst for run in (together, *alone)]
    for mean, one, other in zip(*scales, strict=True):
        assert mean == pytest.approx((one + other) / 2, rel=1e-4)
    masks = together.state.mask
    assert masks.shape[1:] == (256, 256)
    for number, run in enumerate(alone):
        own = masks[:, 128 * number : 128 * (number + 1)]
        # Adam's steps do not depend on a gradient's size, only the scales of objectives differ.
        assert (own - run.state.mask).abs().mean() < 0.02
        assert (own - run.state.mask).abs().mean() < 0.1 * (own - own.flip(2)).abs().mean()


def test_the_export_is_the_track_outside_of_every_canvas_and_not_inside():
    run = run_of(place(2.5), steps=2)
    change = hybrid(run, run.state.waveform[1]) - run.track.samples
    inside = torch.zeros(change.shape[1], dtype=torch.bool)
    for start in (0.5, 2.5):
        inside[round(start * 16_000) : round((start + 1) * 16_000)] = True
    assert float(change[:, ~inside].abs().max()) == 0
    first, second = (change[:, round(s * 16_000) : round((s + 1) * 16_000)] for s in (0.5, 2.5))
    assert float(first.abs().max()) > 1e-3
    assert float(second.abs().max()) > 1e-3


def test_images_over_each_other_in_one_stretch_of_time_are_both_exported():
    low, high = Canvas(0.5, 1.0, 0, 3000), Canvas(1.0, 1.0, 4000, 8000)
    config = RunConfig(
        OBJECTIVES,
        candidates=2,
        steps=1,
        canvas=low,
        adjustments=STRETCH,
        others=(Placement(0, high, STRETCH),),
    )
    run = Run(small_image(), song(1), config)
    for _ in run.steps():
        pass
    assert [(s.start, s.stop) for s in run.model.stretches] == [(8000, 32_000)]
    change = (hybrid(run, run.state.waveform[1]) - run.track.samples)[0]
    energy = torch.fft.rfft(change[24_000:32_000]).abs().square()  # where only the upper one lies
    hertz = torch.fft.rfftfreq(8000, 1 / 16_000)
    assert energy[hertz > 3900].sum() > 100 * energy[hertz < 3000].sum()


def test_a_run_of_several_is_saved_opened_and_goes_on(tmp_path):
    run = run_of(place(2.5, image=1), steps=2)
    save(run, tmp_path / "run")
    again = load(tmp_path / "run")
    assert again.config == run.config
    assert [image.name for image in again.others] == ["flipped.png"]
    torch.testing.assert_close(again.state.mask, run.state.mask)
    again.extend(1)
    run.extend(1)
    found, wanted = (torch.tensor(one.step().losses) for one in (again, run))
    torch.testing.assert_close(found, wanted)
    names = sorted(path.name for path in (tmp_path / "run" / "pictures").iterdir())
    assert "001-left-image-2.png" in names
    sound, _ = soundfile.read(tmp_path / "run" / "audio" / "002.wav", always_2d=True)
    assert len(sound) == run.track.samples.shape[1]
    told = read_settings(tmp_path / "run" / "audio" / "002.wav")
    assert told.config == run.config
    assert told.inputs["other1"][0] == "flipped.png"
    about = (tmp_path / "run" / "about.txt").read_text()
    assert "Image 2 lies at 2.5 to 3.5 s" in about
    manifest = json.loads((tmp_path / "run" / "run.json").read_text())
    assert manifest["used"]["other_canvases"][0]["start"] == 2.5


def test_each_image_is_shown_and_heard_on_its_own_canvas():
    run = run_of(place(2.5, duration=0.6), steps=1)
    names = run.model.painted.heard
    assert names[0] == "left, image 1"
    assert len(names) == 6
    lengths = [run.heard(run.state.waveform[0], number).shape[-1] for number in range(6)]
    assert lengths == [16_000] * 3 + [9_600] * 3
    shapes = {run.picture(run.heard(run.state.waveform[0], n), n).shape for n in range(6)}
    assert len(shapes) == 2
    assert WidthMeter(run).width(run.state.waveform[0]) == pytest.approx(1, abs=0.3)


def test_each_image_has_its_own_blend():
    glow = replace(place(2.5), blend=Blend("glow"))
    run = run_of(glow, steps=1)
    assert [part.blend.mode for part in run.model.parts] == ["mix", "glow"]


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ((place(1.2),), "images 1 and 2: must not overlap; found 1.20 to 1.50 s at 0 to 8,000 Hz"),
        ((place(2.5, image=3),), "placed image: must be 0 to 1, one of the run's; found 3"),
        ((place(3.5),), "canvas: must lie on the track, 0 to 4.00 s; found 3.50 to 4.50 s"),
        ((place(2.5, high=9000),), "canvas low and high: must lie in 0 to 8000 Hz"),
        ((place(2.5, duration=0.0),), "canvas duration: must be 0.5 to 300 s"),
        ((place(2.5),) * MAX_PLACEMENTS, "placed images: must be 1 to 8; found 9"),
    ],
)
def test_what_cannot_be_placed_is_said(others, told):
    config = RunConfig(OBJECTIVES, canvas=FIRST, adjustments=STRETCH, others=others)
    with pytest.raises(MossError) as caught:
        Run(small_image(), song(), config, others=[other_image()])
    assert told in str(caught.value)


@pytest.mark.parametrize("others", [(), (place(2.5),)])
def test_a_canvas_on_pure_silence_is_told(others):
    track = song()
    silent = track.samples.clone()
    silent[:, 8_000:24_000] = 0
    config = RunConfig(OBJECTIVES, canvas=FIRST, adjustments=STRETCH, others=others)
    with pytest.raises(MossError, match=r"pure silence from 0\.50 to 1\.50 s\. Move it"):
        Run(small_image(), replace(track, samples=silent), config)


def test_two_images_left_and_right_stand_alone():
    config = RunConfig(OBJECTIVES, canvas=FIRST, adjustments=STRETCH, others=(place(2.5),))
    with pytest.raises(MossError, match="right image: must be the only one beside the left"):
        Run(small_image(), song(), config, right=other_image())


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two images and a song."""
    found = tmp_path / "image.png", tmp_path / "logo.png", tmp_path / "song.wav"
    found[0].write_bytes(encode_picture(small_image().pixels))
    found[1].write_bytes(encode_picture(other_image().pixels))
    soundfile.write(found[2], song(1).samples[0].numpy(), 16_000)
    return found


def test_the_command_line_places_more_images(files, tmp_path):
    words = "--duration 1 --fit stretch --steps 0 --candidates 1 --objectives ssim,log_mel"
    call = ["optimize", str(files[0]), str(files[2]), *words.split()]
    second = f"image={files[1]},start=1.5,low=200,blend=glow,black=6,invert=on,crop=0/0/0.9/1"
    out = tmp_path / "out"
    result = CliRunner().invoke(
        main, [*call, "--out", str(out), "--also", second, "--also", "start=3,duration=0.8"]
    )
    assert result.exit_code == 0, result.output
    run = load(out)
    first, again = run.config.others
    assert (first.image, again.image) == (1, 0)
    assert (first.canvas.start, first.canvas.duration, first.canvas.low) == (1.5, 1.0, 200.0)
    assert first.blend == Blend("glow", 6.0)
    assert first.adjustments.invert
    assert first.adjustments.crop == (0, 0, 0.9, 1)
    assert (again.canvas.start, again.canvas.duration) == (3.0, 0.8)
    assert [image.name for image in run.others] == ["logo.png"]
    for wrong, told in (
        ("start", "must be names with values, as start=40,duration=8; found 'start'"),
        ("begin=3", "must hold options among image, start, duration"),
        ("start=soon", "must be a number; found 'soon'"),
        ("invert=maybe", "must be on or off"),
        ("image=none.png", "must be a file; found nothing at this path"),
    ):
        wrong_call = [*call, "--out", str(tmp_path / "other"), "--also", wrong]
        result = CliRunner().invoke(main, wrong_call)
        assert result.exit_code == 2
        assert told in result.output
    assert not (tmp_path / "other").exists()


def test_what_made_a_file_of_several_is_shown_and_made_again(files, tmp_path):
    words = "--duration 1 --steps 1 --candidates 1 --objectives ssim,log_mel --blend glow"
    call = ["optimize", str(files[0]), str(files[2]), *words.split(), "--out"]
    also = ["--also", f"image={files[1]},start=2.5,blend=carve"]
    first = CliRunner().invoke(main, [*call, str(tmp_path / "first"), *also])
    assert first.exit_code == 0, first.output
    made = tmp_path / "first" / "audio" / "001.wav"
    told = CliRunner().invoke(main, ["show", str(made)]).output
    assert "In the song" in told
    assert "mode glow" in told
    assert "further image 1, from 2.5 s, 1 s long, mode carve" in told
    assert "--other-image logo.png" in told
    like = ["optimize", str(files[0]), str(files[2]), "--like", str(made)]
    again = CliRunner().invoke(
        main, [*like, "--other-image", str(files[1]), "--out", str(tmp_path / "again")]
    )
    assert again.exit_code == 0, again.output
    assert (tmp_path / "again" / "audio" / "001.wav").read_bytes() == made.read_bytes()
    without = CliRunner().invoke(main, [*like, "--out", str(tmp_path / "without")])
    assert without.exit_code == 2
    assert "placed image: must be 0 to 0" in without.output
