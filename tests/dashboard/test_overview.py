"""A whole track, drawn: what is heard when and how high is seen there."""

import io
from collections.abc import Callable

import numpy as np
import PIL.Image
import pytest
import torch

from moss_core import Adjustments, Canvas, MossError
from moss_core.synthesis import PlacedCanvas
from sources.overview import TILE, Overview, overlay, overview, view_of
from sources.sound import MOST_SECONDS_HEARD, section_of_track
from sources.source import Source


def tones(rate: int, seconds: float, *notes: tuple[float, float, float]) -> np.ndarray:
    """Faint noise, and sines of (hertz, from, to)."""
    time = np.arange(round(rate * seconds)) / rate
    sound = 1e-4 * np.random.default_rng(0).standard_normal(len(time))
    for hertz, first, last in notes:
        sound += 0.5 * np.sin(2 * np.pi * hertz * time) * ((time >= first) & (time < last))
    return sound[:, None].astype(np.float32)


def brightness(tile: bytes) -> np.ndarray:
    with PIL.Image.open(io.BytesIO(tile)) as picture:
        return np.asarray(picture.convert("L"), dtype=float)


@pytest.fixture
def drawn(encode_sound: Callable[..., bytes]) -> Callable[..., Overview]:
    def draw(samples: np.ndarray, rate: int, **canvas: object) -> Overview:
        source = Source("a.wav", "a", encode_sound(samples, rate, "WAV"))
        return overview(source, view_of(Canvas(**canvas), rate))

    return draw


@pytest.mark.parametrize(("axis", "share"), [("linear", 0.25), ("mel", 0.574), ("log", 0.783)])
def test_a_tone_is_bright_where_it_is_and_nowhere_else(drawn, axis, share):
    shown = drawn(tones(44_100, 4, (3000, 1, 2)), 44_100, axis=axis)
    assert (shown.high, shown.axis) == (12_000, axis)
    (tile,) = shown.tiles
    assert not shown.parts
    bright = brightness(tile)
    rows, columns = bright.shape
    middle = bright[:, int(0.3 * columns) : int(0.45 * columns)]  # its sudden ends are clicks
    row = int(middle.mean(1).argmax())
    assert 1 - (row + 0.5) / rows == pytest.approx(share, abs=0.02)
    assert bright[:, : int(0.24 * columns)].max() < 0.5 * bright.max()
    assert bright[:, int(0.52 * columns) :].max() < 0.5 * bright.max()
    assert middle[: row - 20].max() < 0.5 * middle.max()


def test_the_parts_of_a_long_track_are_in_order_and_without_gap(drawn):
    shown = drawn(tones(8000, 400, *((hertz, 200, 240) for hertz in range(200, 4000, 200))), 8000)
    assert len(shown.parts) == len(shown.tiles) - 1 >= 2
    ends = [first for first, _ in shown.parts[1:]]
    assert ends == [last for _, last in shown.parts[:-1]]
    assert shown.parts[0][0] == 0
    assert shown.parts[-1][1] == pytest.approx(1, abs=1e-3)
    assert brightness(shown.tiles[0]).shape[1] == TILE
    # The tone is half way in the whole, and in the part that holds the middle.
    for tile, (first, last) in zip(shown.tiles, ((0, 1), *shown.parts), strict=True):
        columns = brightness(tile).max(0)
        seen = first + (np.flatnonzero(columns > 150) + 0.5) / len(columns) * (last - first)
        assert all((seen > 0.498) & (seen < 0.602))
        if first <= 0.5 and last >= 0.6:
            assert len(seen) == pytest.approx(0.1 / (last - first) * len(columns), rel=0.05)


def test_the_wave_is_least_and_greatest(drawn):
    sound = np.zeros((80_000, 1), np.float32)
    sound[40_000:] = 0.5
    sound[60_000] = -1
    wave = np.frombuffer(drawn(sound, 8000).wave, np.int8).reshape(TILE, 2)
    assert not wave[: TILE // 2].any()
    assert (wave[TILE // 2 + 1 :, 1] == 63).all()
    assert (wave[:, 0] == -127).nonzero()[0].tolist() == [round(0.75 * TILE)]


def test_the_view_stays_while_a_canvas_moves_and_grows_with_it():
    assert view_of(Canvas(high=4000), 48_000).high == view_of(Canvas(high=10_000), 48_000).high
    assert view_of(Canvas(high=15_000), 48_000).high == 24_000
    assert view_of(Canvas(high=None), 8000).high == 4000
    assert view_of(Canvas(axis="log"), 8000).low == 20


def test_the_overlay_is_the_adjusted_image(encode_image):
    pixels = np.zeros((600, 900), np.uint8)
    pixels[:300] = 200
    source = Source("a.png", "a", encode_image(pixels, "PNG"))
    box = PlacedCanvas(0.0, 10.0, 0.0, 8000.0, aspect=1.5)
    upright, turned = (
        brightness(overlay(source, Adjustments(rotate=turn), box).picture) for turn in (0, 180)
    )
    assert upright[10].mean() > 250
    assert turned[10].mean() < 5
    with pytest.raises(MossError, match="must have light"):
        overlay(source, Adjustments(brightness=1.0), box)


def test_the_overlay_shows_what_of_the_box_stays_the_tracks(encode_image):
    pixels = np.full((600, 900), 255, np.uint8)
    pixels[:300] = 0
    source = Source("a.png", "a", encode_image(pixels, "PNG"))

    def covered(aspect: float, fit: str) -> tuple[float, float]:
        box = PlacedCanvas(0.0, 10.0, 0.0, 8000.0, aspect=aspect)
        content = overlay(source, Adjustments(fit=fit), box).picture
        alpha = np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGBA"))[:, :, 3] > 128
        return alpha.any(0).mean(), alpha.any(1).mean()

    assert covered(3.0, "fit") == pytest.approx((0.5, 1.0), abs=0.01)
    assert covered(0.75, "fit") == pytest.approx((1.0, 0.5), abs=0.01)
    assert covered(3.0, "stretch") == (1.0, 1.0)


def test_the_section_is_the_tracks_own_sound_and_its_first_minute_at_most(encode_sound, sine):
    import soundfile

    samples = sine(rate=8000, seconds=70, channels=2)
    source = Source("a.wav", "a", encode_sound(samples, 8000, "WAV", "FLOAT"))
    sound = section_of_track(source, PlacedCanvas(2.5, 1.5, 0, 4000))
    found, rate = soundfile.read(io.BytesIO(sound.content), dtype="float32")
    assert rate == 8000
    assert torch.tensor(found).allclose(torch.tensor(samples[20_000:32_000]), atol=2**-15)
    long = section_of_track(source, PlacedCanvas(1.0, 69.0, 0, 4000))
    assert soundfile.info(io.BytesIO(long.content)).duration == MOST_SECONDS_HEARD
