"""How an image and a canvas of different shapes meet: fit, fill, stretch, and what is cropped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest
import soundfile
import torch
from click.testing import CliRunner, Result

from moss_core import Adjustments, Canvas, Image, MossError, Run, RunConfig, load
from moss_core.cli import main
from moss_core.runs.certificates.folders import showing_in
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.layout import FILE
from moss_core.runs.manifest import read_manifest
from moss_core.runs.saving import save_progress
from moss_core.synthesis.canvas import PlacedCanvas
from moss_core.synthesis.spectrogram import AXIS_NAMES, Axis, AxisName
from samples import small_track

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
PORTRAIT, PANORAMA = (96, 64), (32, 96)


def image_of(height: int, width: int, name: str = "image.png") -> Image:
    """Every pixel differs from its neighbours, and the halves differ from each other."""
    pixels = torch.linspace(0, 1, height * width).view(height, width)
    pixels[: height // 2] = pixels[: height // 2].flip(1)
    return Image(pixels, name, "0" * 64)


def room(axis: AxisName = "linear", **settings: object) -> PlacedCanvas:
    canvas = Canvas(low=100, axis=axis, **settings)  # type: ignore[arg-type]
    return canvas.on(small_track(4.0))


@pytest.mark.parametrize("axis", AXIS_NAMES)
@pytest.mark.parametrize(("height", "width"), [PORTRAIT, PANORAMA, (64, 64), (64, 96)])
def test_a_canvas_that_is_fitted_has_the_images_shape_around_the_same_centre(
    axis: AxisName, height: int, width: int
) -> None:
    before = room(axis)
    _, after = Adjustments().place([image_of(height, width)], before)
    assert after.aspect == pytest.approx(width / height)
    position = Axis(axis, before.low, before.high).position
    low, high = position(torch.tensor([after.low, after.high])).tolist()
    across = after.duration / before.duration
    # What the viewer sees: so many times as wide as the whole canvas, and so many times as high.
    assert before.aspect * across / (high - low) == pytest.approx(width / height)
    assert max(across, high - low) == pytest.approx(1)
    assert low + high == pytest.approx(1)
    middle = after.start + after.duration / 2
    assert middle == pytest.approx(before.start + before.duration / 2)
    assert (after.axis, after.range, after.top) == (before.axis, before.range, before.top)


def test_what_was_placed_once_stays_where_it_is() -> None:
    for fit in Adjustments.FITS:
        adjustments = Adjustments(fit=fit)
        for shape in (PORTRAIT, PANORAMA):
            images, canvas = adjustments.place([image_of(*shape)], room("mel"))
            again, after = adjustments.place([image_of(*shape)], canvas)
            assert after == canvas
            assert torch.equal(again[0].pixels, images[0].pixels)


def test_a_canvas_is_never_too_small_to_paint_on() -> None:
    brief, flat = room(duration=1.0), room(high=700.0)
    _, tall = Adjustments().place([image_of(800, 8)], brief)
    assert tall.duration == pytest.approx(0.5)
    assert tall.aspect == pytest.approx(0.75)
    _, wide = Adjustments().place([image_of(8, 800)], flat)
    assert wide.high - wide.low == pytest.approx(200)
    assert wide.aspect == pytest.approx(1.5 * 3)
    # Four bins of an STFT of 64 samples at 16 kHz are 1000 Hz wide.
    config = RunConfig(OBJECTIVES, 1, 0, fft_size=64)
    assert Run(image_of(8, 160), small_track(), config).model.grid.rows >= 4


def test_fill_is_the_middle_of_the_image_on_the_whole_canvas() -> None:
    fill = Adjustments(levels=False, fit="fill")
    for height, width, part in ((96, 64, [slice(26, 69)]), (32, 96, [slice(None), slice(24, 72)])):
        image = image_of(height, width)
        (painted,), canvas = fill.place([image], room())
        assert canvas == room()
        assert torch.equal(painted.pixels, image.pixels[tuple(part)])
    (painted,), _ = fill.place([image_of(8, 8)], room())
    assert painted.pixels.shape == (8, 8)  # smaller than an image may be


def test_stretch_is_the_whole_image_on_the_whole_canvas() -> None:
    image = image_of(*PORTRAIT)
    (painted,), canvas = Adjustments(levels=False, fit="stretch").place([image], room())
    assert canvas == room()
    assert torch.equal(painted.pixels, image.pixels)


def test_of_two_images_the_first_decides_and_the_second_fills() -> None:
    first, second = image_of(*PORTRAIT), image_of(*PANORAMA, name="second.png")
    images, canvas = Adjustments(levels=False).place([first, second], room())
    assert canvas.aspect == pytest.approx(2 / 3)
    assert torch.equal(images[0].pixels, first.pixels)
    assert torch.equal(images[1].pixels, second.pixels[:, 37:58])
    assert [image.name for image in images] == ["image.png", "second.png"]


def test_an_image_is_cropped_as_it_is_seen_after_turning_and_flipping() -> None:
    image = torch.arange(800.0).div(799).view(20, 40)
    crop = (0.25, 0.0, 1.0, 0.5)
    options = {"levels": False, "crop": crop}
    assert torch.equal(Adjustments(**options).apply(image), image[:10, 10:])  # type: ignore[arg-type]
    flipped = Adjustments(flip=True, **options)  # type: ignore[arg-type]
    assert torch.equal(flipped.apply(image), image.flip(1)[:10, 10:])
    turned = Adjustments(rotate=90, **options)  # type: ignore[arg-type]
    assert torch.equal(turned.apply(image), image.rot90(-1)[:20, 5:])


def test_levels_are_those_of_what_is_left() -> None:
    image = torch.linspace(0, 0.5, 400).view(20, 20).clone()
    image[:, 10:] += 0.5
    assert float(Adjustments(crop=(0, 0, 0.5, 1)).apply(image).max()) == 1
    # What fill leaves of it: the white at its top and bottom is not there.
    tall = torch.linspace(0, 0.5, 900).view(90, 10).clone()
    tall[:5] = 1
    (painted,), _ = Adjustments(fit="fill").place([Image(tall, "tall.png", "0" * 64)], room())
    assert float(painted.pixels.max()) == 1


def test_the_part_that_is_painted_is_told() -> None:
    image = image_of(*PORTRAIT)
    for fit in Adjustments.FITS:
        chosen = Adjustments(levels=False, crop=(0.25, 0.125, 1, 0.75), rotate=270, fit=fit)
        (painted,), canvas = chosen.place([image], room())
        turned = image.pixels.rot90(1)
        height, width = turned.shape
        assert torch.equal(turned[chosen.part(height, width, canvas.aspect)], painted.pixels)


@pytest.mark.parametrize(
    "crop",
    [
        (-0.1, 0, 1, 1),
        (0, 0, 1.1, 1),
        (0.5, 0, 0.5, 1),
        (0, 0.9, 1, 0.1),
        (0, 0, 1),
        (0, 0, 1, float("nan")),
        "all",
        None,
    ],
    ids=str,
)
def test_a_crop_that_is_none(crop: object) -> None:
    with pytest.raises(MossError) as error:
        Adjustments(crop=crop)  # type: ignore[arg-type]
    assert error.value.thing == "crop"
    assert "must" in error.value.rule
    assert "0, 0, 1, 1" in error.value.remedy


def test_too_little_left_and_one_gray_left_are_told() -> None:
    image = image_of(20, 20)
    with pytest.raises(MossError, match=r"cropped: must have at least 8 .* found 2 x 20 of 20 x"):
        Adjustments(crop=(0, 0, 0.1, 1)).apply_to(image)
    pixels = image.pixels.clone()
    pixels[:, :10] = 0.25
    with pytest.raises(MossError, match=r"must have light and dark .* Crop less of it"):
        Adjustments(crop=(0, 0, 0.5, 1)).apply_to(replace(image, pixels=pixels))
    with pytest.raises(MossError, match=r"fit: must be fit, fill or stretch; found 'cover'"):
        Adjustments(fit="cover")


@pytest.mark.parametrize("shape", [PORTRAIT, PANORAMA], ids=["portrait", "panorama"])
def test_beside_the_image_the_export_is_the_track(shape: tuple[int, int]) -> None:
    track = small_track(2.0, 44_100, channels=2)
    run = Run(image_of(*shape), track, RunConfig(OBJECTIVES, 1, 0))
    run.step()
    canvas = run.model.canvas
    assert canvas.aspect == pytest.approx(shape[1] / shape[0])
    sound = hybrid(run, run.state.waveform[0])
    first = round(canvas.start * 44_100)
    last = first + round(canvas.duration * 44_100)
    changed = sound != track.samples
    assert not changed[:, :first].any()
    assert not changed[:, last:].any()
    assert changed[:, first:last].any()
    if shape == PORTRAIT:
        assert (first, last) == (round(44_100 * 5 / 9), round(44_100 * 13 / 9))
    else:
        assert (canvas.start, canvas.duration) == (0, 2)
        assert (canvas.low, canvas.high) == (2000, 6000)
    # Bands beside the canvas: only what leaks over a window's edge is changed there.
    difference = torch.fft.rfft((sound - track.samples)[0]).abs().square()
    hertz = torch.fft.rfftfreq(sound.shape[1], 1 / 44_100)
    beside = (hertz < canvas.low - 100) | (hertz > canvas.high + 100)
    assert float(difference[beside].sum() / difference.sum()) < 1e-3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = RunConfig(OBJECTIVES, 1, 0, adjustments=Adjustments(crop=(0.25, 0, 1, 1)))
    run = Run(image_of(*PORTRAIT), small_track(2.0), config)
    run.step()
    save_progress(run, tmp_path / "run")
    return tmp_path / "run"


def test_a_kept_run_opens_with_its_crop_and_its_narrow_canvas(folder: Path) -> None:
    run = load(folder)
    assert run.config.adjustments == Adjustments(crop=(0.25, 0, 1, 1))
    assert run.model.canvas.aspect == pytest.approx(48 / 96)
    showing = showing_in(folder)
    images, canvas = showing.adjustments.place(showing.images, showing.canvas.on(run.track))
    assert replace(canvas, top=run.model.canvas.top) == run.model.canvas
    assert torch.equal(images[0].pixels, run.adjusted[0].pixels)


def test_a_run_of_before_there_was_a_fit_opens_stretched_and_whole(folder: Path) -> None:
    told = json.loads((folder / FILE).read_text())
    for key in ("crop", "fit"):
        del told["config"]["adjustments"][key]
    for canvas in (told["config"]["canvas"], told["used"]["canvas"]):
        del canvas["aspect"]
    (folder / FILE).write_text(json.dumps(told))
    adjustments = read_manifest(folder).config.adjustments
    assert adjustments == Adjustments(fit="stretch")


def moss(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def inputs(tmp_path: Path) -> tuple[Path, Path]:
    image, track = tmp_path / "image.png", tmp_path / "track.wav"
    pixels = (image_of(*PORTRAIT).pixels.numpy() * 255).astype("uint8")
    PIL.Image.fromarray(pixels).save(image)
    soundfile.write(track, small_track(2.0).samples.T.numpy(), 16_000)
    return image, track


FEW = ("--candidates", 1, "--steps", 0, "--objectives", "ssim,multi_resolution_stft")


def test_the_command_line_crops_and_fits(inputs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = moss("optimize", *inputs, "--out", out, *FEW, "--crop", "0, 0.25,1,1", "--fit", "fill")
    assert done.exit_code == 0, done.output
    manifest = read_manifest(out)
    assert manifest.config.adjustments == Adjustments(crop=(0, 0.25, 1, 1), fit="fill")
    assert manifest.used.aspect == 1.5
    # What it is compared with is where it was painted.
    said = moss("certify", out / "audio" / "001.wav", "--viewers", "moss", "--codecs", "exported")
    assert said.exit_code == 0, said.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--crop", "0,0,2,1"], "crop: must lie in 0 to 1"),
        (["--crop", "0.9,0,0.1,1"], "crop: must lie in 0 to 1"),
        (["--crop", "0,1"], "crop: must be four numbers"),
        (["--crop", "most"], "crop: must be four numbers"),
        (["--crop", "0,0,0.05,1"], "cropped: must have at least 8 pixels"),
        (["--fit", "cover"], "fit: must be fit, fill or stretch"),
    ],
)
def test_what_cannot_be_cropped_or_fitted_is_one_message(
    inputs: tuple[Path, Path], tmp_path: Path, options: list[str], said: str
) -> None:
    done = moss("optimize", *inputs, "--out", tmp_path / "out", *FEW, *options)
    assert done.exit_code == 2
    assert done.stderr.startswith("moss: ")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("shape", [PORTRAIT, PANORAMA], ids=["portrait", "panorama"])
def test_another_image_is_looked_for_on_the_runs_own_canvas(
    inputs: tuple[Path, Path], tmp_path: Path, shape: tuple[int, int]
) -> None:
    out, other = tmp_path / "out", tmp_path / "other.png"
    assert moss("optimize", *inputs, "--out", out, *FEW).exit_code == 0
    PIL.Image.fromarray((image_of(*shape).pixels.numpy() * 255).astype("uint8")).save(other)
    words = ("certify", out / "audio" / "001.wav", "--image", other)
    said = moss(*words, "--viewers", "sox", "--codecs", "exported", "--out", tmp_path / "seen")
    assert said.exit_code == 0, said.output
    page = (tmp_path / "seen" / "certificate.html").read_text()
    assert "Image at 0.56 to 1.44 s" in page
