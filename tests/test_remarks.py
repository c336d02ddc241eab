"""What is said of images that are dark, flat or full of fine noise, and that what it says helps."""

from __future__ import annotations

from pathlib import Path

import PIL.Image
import pytest
import soundfile
import torch
from click.testing import CliRunner
from torch import Tensor

from moss_core import Adjustments, load_image
from moss_core.cli import main
from moss_core.machine import sample_image
from moss_core.synthesis import remarks
from moss_core.synthesis.images.remarks import legibility
from samples import small_track

PORTRAIT = load_image(sample_image("portrait-astronaut.jpg")).pixels
GOOD = (
    "animal-cat.jpg",
    "landscape-mountains.jpg",
    "lettering-moss.png",
    "line-drawing-face.png",
    "line-drawing-rose.png",
    "moon-gibbous.jpg",
    "portrait-astronaut.jpg",
    "still-life-coffee.jpg",
)


def kinds(pixels: Tensor, adjustments: Adjustments) -> list[str]:
    said = remarks(adjustments.apply(pixels), adjustments)
    return [remark.partition(":")[0] for remark in said]


def noise(side: int, seed: int = 0) -> Tensor:
    return torch.rand(side, side, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("levels", [True, False])
def test_nothing_is_said_of_what_shows_well(name: str, levels: bool) -> None:
    assert kinds(load_image(sample_image(name)).pixels, Adjustments(levels=levels)) == []


def test_lines_and_dots_on_black_or_white_are_neither_flat_nor_dark() -> None:
    dot, stroke = torch.zeros(96, 96), torch.ones(96, 96)
    dot[40:44, 60:64], stroke[10:12] = 1, 0
    for pixels in (dot, stroke):
        assert kinds(pixels, Adjustments(levels=False)) == []


def test_a_dark_image_is_told_and_light_helps() -> None:
    dark = 0.2 * PORTRAIT.square()
    off = Adjustments(levels=False)
    (said,) = remarks(off.apply(dark), off)
    assert said.startswith("Dark: half of what is not black in this image is below 10% gray")
    assert said.endswith("Switch on automatic levels.")
    assert kinds(dark, Adjustments()) == []
    lamp = dark.clone()
    lamp[:8] = 1  # white is there already
    (said,) = remarks(Adjustments().apply(lamp), Adjustments())
    assert said.endswith("Lighten its midtones (gamma).")
    assert kinds(lamp, Adjustments(gamma=3)) == []


def test_a_flat_image_is_told_and_darker_midtones_help() -> None:
    flat = 0.45 + 0.06 * PORTRAIT
    (said,) = remarks(Adjustments().apply(flat), Adjustments())
    assert said.startswith("Flat: this image uses 12% of the grays")
    assert "Darken its midtones (gamma)." in said
    assert kinds(flat, Adjustments(gamma=0.25)) == []
    off = Adjustments(levels=False)
    (said,) = remarks(off.apply(flat), off)
    assert "Switch on automatic levels, then darken" in said
    assert kinds(0.3 + 0.4 * PORTRAIT, off) == []


def test_fine_noise_is_told_and_blur_and_crop_help() -> None:
    grain = torch.randn(PORTRAIT.shape, generator=torch.Generator().manual_seed(0))
    grainy = (PORTRAIT + 0.4 * grain).clamp(0, 1)
    for pixels in (noise(256), noise(512) * 3 - 1, grainy):
        clear = pixels.clamp(0, 1)
        (said,) = remarks(clear, Adjustments())
        assert said.startswith("Full of fine noise: ")
    blurred = torch.nn.functional.avg_pool2d(grainy[None, None], 9, 1, 4)[0, 0]
    assert kinds(blurred, Adjustments()) == []
    assert kinds(noise(256), Adjustments(crop=(0, 0, 0.4, 0.4))) == []


def test_the_measures_do_not_depend_on_how_many_pixels_show_the_same() -> None:
    for pixels in (PORTRAIT, load_image(sample_image("animal-cat.jpg")).pixels):
        large = pixels.repeat_interleave(2, 0).repeat_interleave(2, 1)
        one, other = legibility(pixels), legibility(large)
        assert other.light == pytest.approx(one.light)
        assert other.spread == pytest.approx(one.spread, abs=0.02)
        assert other.noise == pytest.approx(one.noise, abs=0.05)


def test_the_command_line_says_the_same(tmp_path: Path) -> None:
    image, track = tmp_path / "hiss.png", tmp_path / "track.wav"
    PIL.Image.fromarray((noise(256).numpy() * 255).astype("uint8")).save(image)
    soundfile.write(track, small_track().samples.T.numpy(), 16_000)
    words = ["optimize", image, track, "--out", tmp_path / "out", "--candidates", 1, "--steps", 0]
    words += ["--objectives", "ssim,multi_resolution_stft"]
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    (said,) = remarks(Adjustments().apply(load_image(image).pixels), Adjustments())
    assert f"moss: image hiss.png: {said}\n" in done.stderr
