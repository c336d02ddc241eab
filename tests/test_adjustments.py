from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from moss_core import Adjustments, MossError, Run, RunConfig, load
from moss_core.runs.layout import FILE
from moss_core.runs.manifest import read_manifest
from moss_core.runs.saving import save_progress
from samples import small_image, small_track

OFF = Adjustments(levels=False)
EACH = [
    Adjustments(),
    OFF,
    Adjustments(brightness=0.3),
    Adjustments(brightness=-0.3),
    Adjustments(contrast=0.5),
    Adjustments(contrast=3),
    Adjustments(gamma=0.4),
    Adjustments(gamma=2.5),
    Adjustments(invert=True),
    Adjustments(False, 0.2, 1.7, 0.8, True),
]
CHANGED = Adjustments(False, 0.125, 1.5, 0.75, True, 90, True, (0.125, 0, 0.75, 1), "stretch")
"""Nothing as it is by default."""


def ramp(darkest: float = 0, lightest: float = 1) -> Tensor:
    """Every gray between two, in 100 x 100 pixels."""
    return torch.linspace(darkest, lightest, 10_000).view(100, 100)


@pytest.mark.parametrize("adjustments", EACH, ids=str)
def test_grays_stay_grays_in_their_order(adjustments: Adjustments) -> None:
    before = ramp(0.02, 0.7)
    found = adjustments.apply(before)
    assert found.shape == before.shape
    assert found.dtype == before.dtype
    assert 0 <= float(found.min()) < float(found.max()) <= 1
    steps = found.flatten().diff() * (-1 if adjustments.invert else 1)
    assert bool((steps >= 0).all())
    assert not torch.equal(found, before) or adjustments == OFF


def test_an_image_that_uses_its_white_stays_as_it_is_to_the_last_bit() -> None:
    image = ramp()
    image[:1] = 1  # a hundredth of it
    assert torch.equal(Adjustments().apply(image), image)
    assert torch.equal(OFF.apply(ramp(0.1, 0.3)), ramp(0.1, 0.3))


def test_levels_make_the_brightest_half_percent_white_and_leave_black() -> None:
    found = Adjustments().apply(ramp(0, 0.2))
    assert float((found == 1).float().mean()) == pytest.approx(0.005, abs=2e-4)
    assert float(found.min()) == 0
    assert float(found[50, 0]) == pytest.approx(0.5 / 0.995, abs=1e-4)


def test_a_single_spark_is_not_the_white() -> None:
    image = ramp(0, 0.2)
    image[0, 0] = 1
    assert float(Adjustments().apply(image).median()) > 0.49
    assert float(Adjustments(contrast=0.5).apply(image).max()) == 0.75


def test_strokes_on_black_are_the_white_however_few() -> None:
    image = torch.zeros(100, 100)
    image[3, 4] = 0.5
    found = Adjustments().apply(image)
    assert float(found[3, 4]) == 1
    assert int((found == 0).sum()) == 9_999
    grain = torch.full((100, 100), 1 / 255)
    grain[3, 4], grain[5, 6] = 0.5, 0
    found = Adjustments().apply(grain)
    assert float(found[3, 4]) == 1
    assert float(found.median()) < 0.01


def test_few_dark_pixels_on_white_stay_as_they_are() -> None:
    image = torch.ones(100, 100)
    image[3, 4] = 0.25
    assert torch.equal(Adjustments().apply(image), image)


def test_the_definitions() -> None:
    image = torch.tensor([[0.0, 0.25, 0.5, 0.81, 1.0]])

    def grays(**settings: float) -> list[float]:
        return Adjustments(levels=False, **settings).apply(image)[0].tolist()  # type: ignore[arg-type]

    assert grays(brightness=0.25) == pytest.approx([0.25, 0.5, 0.75, 1, 1])
    assert grays(contrast=2) == pytest.approx([0, 0, 0.5, 1, 1])
    assert grays(contrast=0.5) == pytest.approx([0.25, 0.375, 0.5, 0.655, 0.75])
    assert grays(gamma=2) == pytest.approx([0, 0.5, 0.5**0.5, 0.9, 1])
    assert grays(invert=True) == pytest.approx([1, 0.75, 0.5, 0.19, 0])


def test_an_image_is_turned_clockwise_and_then_flipped() -> None:
    image = torch.tensor([[0.0, 0.25, 0.5], [0.6, 0.8, 1.0]])

    def pixels(**settings: object) -> list[list[float]]:
        found = Adjustments(levels=False, **settings).apply(image)  # type: ignore[arg-type]
        return [[round(gray, 2) for gray in row] for row in found.tolist()]

    assert pixels(rotate=90) == [[0.6, 0], [0.8, 0.25], [1, 0.5]]
    assert pixels(rotate=180) == [[1, 0.8, 0.6], [0.5, 0.25, 0]]
    assert pixels(rotate=270) == [[0.5, 1], [0.25, 0.8], [0, 0.6]]
    assert pixels(flip=True) == [[0.5, 0.25, 0], [1, 0.8, 0.6]]
    assert pixels(rotate=90, flip=True) == [[0, 0.6], [0.25, 0.8], [0.5, 1]]


def test_the_order_is_invert_levels_gamma_and_the_straight_lines() -> None:
    image = ramp(0.6, 0.9)
    everything = Adjustments(True, 0.1, 1.5, 2, True)
    found = image
    for one in (
        Adjustments(levels=False, invert=True),
        Adjustments(),
        Adjustments(levels=False, gamma=2),
        Adjustments(levels=False, brightness=0.1, contrast=1.5),
    ):
        found = one.apply(found)
    torch.testing.assert_close(everything.apply(image), found)
    # Ink on gray paper: what is seen is the ink, and the ink is white.
    assert float(Adjustments(invert=True).apply(image).max()) == 1


@pytest.mark.parametrize(
    ("adjustments", "remedy"),
    [
        (Adjustments(brightness=1), "Bring brightness (1) closer to 0."),
        (
            Adjustments(brightness=-0.9, contrast=0.5, gamma=0.5),
            "Bring brightness (-0.9) closer to 0 or contrast (0.5) closer to 1 or gamma",
        ),
    ],
)
def test_one_gray_is_an_error_that_names_what_to_change(
    adjustments: Adjustments, remedy: str
) -> None:
    with pytest.raises(MossError) as error:
        adjustments.apply_to(small_image())
    assert error.value.thing == "image disc.png, adjusted"
    assert error.value.rule == "must have light and dark parts"
    assert "1.00 to 1.00" in str(error.value.found) or "0.00 to 0.00" in str(error.value.found)
    assert remedy in error.value.remedy


def test_levels_that_leave_one_gray_are_named() -> None:
    image = torch.full((100, 100), 0.5)
    image[0, 0] = 1
    assert torch.equal(OFF.apply(image), image)
    with pytest.raises(MossError, match=r"Switch levels off, or choose an image with contrast\."):
        Adjustments().apply(image)
    with pytest.raises(MossError, match=r"found .* Choose an image with contrast\."):
        OFF.apply(torch.zeros(100, 100))
    with pytest.raises(MossError, match=r"found grays from 0\.00 to 0\.00 only"):
        Adjustments().apply(torch.zeros(100, 100))


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("brightness", 1.01, "must be a number from -1 to 1"),
        ("brightness", float("nan"), "must be a number from -1 to 1"),
        ("contrast", 0, "must be a number from 0.25 to 4"),
        ("contrast", 4.1, "must be a number from 0.25 to 4"),
        ("gamma", -1, "must be a number from 0.25 to 4"),
        ("gamma", float("inf"), "must be a number from 0.25 to 4"),
        ("levels", 1, "must be on or off"),
        ("invert", "yes", "must be on or off"),
        ("flip", 1, "must be on or off"),
        ("rotate", 45, "must be 0, 90, 180 or 270 degrees"),
        ("rotate", True, "must be 0, 90, 180 or 270 degrees"),
    ],
)
def test_values_outside_their_range(name: str, value: object, rule: str) -> None:
    with pytest.raises(MossError) as error:
        Adjustments(**{name: value})  # type: ignore[arg-type]
    assert error.value.thing == name
    assert error.value.rule == rule
    assert str(value) in str(error.value.found)


def test_every_number_has_a_range_that_holds_what_changes_nothing() -> None:
    numbers = {f.name: f.default for f in fields(Adjustments) if not isinstance(f.default, bool)}
    assert numbers.pop("rotate") in Adjustments.TURNS
    assert numbers.pop("fit") in Adjustments.FITS
    assert numbers.pop("crop") == (0, 0, 1, 1)
    assert set(numbers) == set(Adjustments.RANGES)
    for name, (least, most) in Adjustments.RANGES.items():
        assert least < numbers[name] < most


CONFIG = RunConfig((("ssim", 1.0), ("multi_resolution_stft", 1.0)), 1, 0, adjustments=CHANGED)


def test_a_run_paints_the_adjusted_image_and_keeps_the_file_as_it_was() -> None:
    image = small_image()
    turned = replace(OFF, rotate=90, flip=True, crop=CHANGED.crop, fit="stretch")
    plain = Run(image, small_track(), replace(CONFIG, adjustments=turned))
    run = Run(image, small_track(), CONFIG)
    assert run.image is image
    assert torch.equal(run.adjusted[0].pixels, CHANGED.apply(image.pixels))
    assert torch.equal(plain.adjusted[0].pixels, image.pixels.rot90(-1).flip(1)[:, 8:48])
    # Inverted: where the one is lighter than its mean, the other is darker.
    one, other = run.model.targets[0].picture.flatten(), plain.model.targets[0].picture.flatten()
    assert float(torch.corrcoef(torch.stack([one, other]))[0, 1]) < -0.9


def test_adjustments_that_leave_one_gray_are_told_before_the_run() -> None:
    with pytest.raises(MossError, match=r"image disc\.png, adjusted: must have light and dark"):
        Run(small_image(), small_track(), replace(CONFIG, adjustments=Adjustments(brightness=1)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = Run(small_image(), small_track(), CONFIG)
    run.step()
    save_progress(run, tmp_path / "run")
    return tmp_path / "run"


def rewrite(folder: Path, **adjustments: object) -> None:
    """Change what `run.json` says of the adjustments; nothing: as before there were any."""
    told = json.loads((folder / FILE).read_text())
    assert told["config"].pop("adjustments")
    if adjustments:
        told["config"]["adjustments"] = adjustments
    (folder / FILE).write_text(json.dumps(told))


def test_a_kept_run_opens_with_its_adjustments_and_its_own_image(folder: Path) -> None:
    run = load(folder)
    assert run.config.adjustments == CHANGED
    assert torch.equal(run.image.pixels, small_image().pixels)
    assert torch.equal(run.adjusted[0].pixels, CHANGED.apply(small_image().pixels))


def test_a_run_of_before_there_were_adjustments_opens_as_it_was_learned(folder: Path) -> None:
    rewrite(folder)
    assert read_manifest(folder).config.adjustments == replace(OFF, fit="stretch")
    assert torch.equal(load(folder).adjusted[0].pixels, small_image().pixels)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"levels": "yes"}, "levels: text where it must be true or false"),
        ({"gamma": 9}, "gamma: must be a number from 0.25 to 4"),
        ({"gamma": "two"}, "gamma: text where it must be a number"),
        ({"sharpen": 1}, "an unknown part 'sharpen'"),
    ],
)
def test_adjustments_that_are_none_are_a_damaged_run(
    folder: Path, told: dict[str, object], found: str
) -> None:
    rewrite(folder, **told)
    with pytest.raises(MossError, match=r"run\.json: must be as MOSS wrote it") as error:
        read_manifest(folder)
    assert found in str(error.value.found)
