from __future__ import annotations

import math

import pytest
import torch

from moss_core import Canvas, MossError, Track
from moss_core.synthesis.canvas import CanvasGrid
from moss_core.synthesis.stft import STFT


def track(seconds=4.0, rate=44_100):
    return Track(torch.zeros(2, round(seconds * rate)), rate, "track", "0" * 64)


def grid(canvas, seconds=2.0, rate=16_000):
    placed = canvas.on(track(seconds, rate))
    return CanvasGrid(placed, STFT(1024, 256), rate, round(placed.duration * rate))


def test_the_default_is_the_whole_track_up_to_8_khz():
    placed = Canvas().on(track())
    assert (placed.start, placed.duration, placed.low, placed.high) == (0, 4, 0, 8000)
    assert (placed.axis, placed.top, placed.range) == ("linear", None, 80)
    assert placed.working_rate == 16_000


def test_the_default_follows_the_track():
    assert Canvas(start=1.5).on(track()).duration == 2.5
    assert Canvas().on(track(rate=11_025)).high == 5512.5
    assert Canvas(axis="log").on(track()).low == 50
    assert Canvas(axis="mel").on(track()).low == 0
    assert Canvas(axis="log", low=100).on(track()).low == 100


@pytest.mark.parametrize(
    ("high", "rate"), [(4000, 8000), (4001, 11_025), (8000, 16_000), (20_000, 44_100),
                       (22_050, 44_100), (90_000, 192_000)]
)  # fmt: skip
def test_the_working_rate_is_the_lowest_that_holds_the_canvas(high, rate):
    assert Canvas(high=high).on(track(rate=192_000)).working_rate == rate


@pytest.mark.parametrize(
    ("canvas", "thing", "rule", "found"),
    [
        (Canvas(start=-0.1), "canvas", "0 to 4.00 s", "-0.10 to 4.00 s"),
        (Canvas(start=5), "canvas", "0 to 4.00 s", "5.00 to 4.00 s"),
        (Canvas(start=1, duration=3.1), "canvas", "0 to 4.00 s", "1.00 to 4.10 s"),
        (Canvas(start=3.6), "canvas duration", "0.5 to 300 s", "0.400 s"),
        (Canvas(duration=0), "canvas duration", "0.5 to 300 s", "0.000 s"),
        (Canvas(duration=-1), "canvas duration", "0.5 to 300 s", "-1.000 s"),
        (Canvas(low=-1), "canvas low and high", "0 to 22050 Hz", "-1 to 8000 Hz"),
        (Canvas(high=22_051), "canvas low and high", "0 to 22050 Hz", "0 to 22051 Hz"),
        (Canvas(low=1000, high=1199), "canvas low and high", "200 Hz apart", "1000 to 1199 Hz"),
        (Canvas(low=3000, high=1000), "canvas low and high", "200 Hz apart", "3000 to 1000 Hz"),
        (Canvas(low=19, axis="log"), "canvas low", "20 Hz on a log axis", "19 Hz"),
        (Canvas(low=0, axis="log"), "canvas low", "20 Hz on a log axis", "0 Hz"),
        (Canvas(axis="bark"), "canvas axis", "linear, log, mel", "bark"),
        (Canvas(range=19), "canvas range", "20 to 140 dB", "19 dB"),
        (Canvas(range=141), "canvas range", "20 to 140 dB", "141 dB"),
        *(
            (Canvas(**{name: bad}), f"canvas {name}", "must be a number", str(bad))
            for name in ("start", "duration", "low", "high", "top", "range")
            for bad in (math.nan, math.inf, -math.inf)
        ),
    ],
    ids=str,
)
def test_a_canvas_that_does_not_fit(canvas, thing, rule, found):
    with pytest.raises(MossError) as error:
        canvas.on(track())
    assert error.value.thing == thing
    assert rule in error.value.rule
    assert found in str(error.value.found)
    assert error.value.remedy.endswith(".")


def test_a_canvas_longer_than_five_minutes():
    with pytest.raises(MossError, match=r"^canvas duration: .*300 s; found 301\.000 s.*section"):
        Canvas().on(track(301, 8000))


def test_too_few_bins():
    placed = Canvas(low=1000, high=1200).on(track(2, 192_000))
    with pytest.raises(MossError, match=r"^canvas: must cover at least 4 .* found 1 of 187\.5 Hz"):
        CanvasGrid(placed, STFT(1024, 256), 192_000, 2 * 192_000)


def test_the_cells_lie_between_low_and_high():
    cells = grid(Canvas(low=1000, high=4000))
    frequencies = torch.arange(513)[cells.bins] * 15.625
    assert float(frequencies[0]) == 1000
    assert float(frequencies[-1]) == 4000
    assert cells.rows == len(frequencies)
    assert cells.frames == 1 + 32_000 // 256


def test_the_bin_at_half_the_rate_stays_the_tracks():
    assert grid(Canvas()).bins == slice(0, 512)


@pytest.mark.parametrize("axis", ["linear", "log", "mel"])
def test_the_top_of_the_image_is_the_highest_frequency(axis):
    cells = grid(Canvas(axis=axis))
    image = torch.zeros(64, 64)
    image[:16, :8] = 1  # top left
    painted = cells.paint(image)
    assert painted.shape == (cells.rows, cells.frames)
    centres = torch.arange(513, dtype=torch.float64)[cells.bins] * 15.625
    quarter = float(cells.axis.frequency(torch.tensor(0.75)))
    early = painted[:, : cells.frames // 16]
    assert (early[centres > quarter + 250] > 0.99).all()
    assert (early[centres < quarter - 250] < 0.01).all()
    assert (painted[:, cells.frames // 5 :] < 0.01).all()


@pytest.mark.parametrize("axis", ["linear", "log", "mel"])
def test_a_painted_image_is_seen_again(axis):
    cells = grid(Canvas(axis=axis), seconds=4.0)
    line = torch.linspace(0, 2 * math.pi, 128)
    image = 0.5 + 0.25 * torch.sin(line)[:, None] + 0.25 * torch.cos(line)
    rows, columns = cells.picture_maps(128, 128)
    seen = rows @ cells.paint(image) @ columns.T
    # A log axis has fewer bins than rows below about 400 Hz, the lowest third of the picture.
    clear = slice(0, 128 if axis != "log" else 80)
    torch.testing.assert_close(seen[clear], image[clear], rtol=0, atol=0.03)


def test_the_maps_keep_a_flat_image_flat():
    for axis in ("linear", "log", "mel"):
        cells = grid(Canvas(axis=axis))
        for rows, columns in (cells.cell_maps(128, 256), cells.picture_maps(256, 256)):
            torch.testing.assert_close(rows.sum(1), torch.ones(len(rows)))
            torch.testing.assert_close(columns.sum(1), torch.ones(len(columns)))
