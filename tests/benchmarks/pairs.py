"""Pairs of an image and a track: samples, and what is hard: dark, flat, empty, wide, quiet, noisy.

What is not a sample is made here, from samples and seeded noise, and written as files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import soundfile
from numpy.typing import NDArray

from moss_core import Adjustments

ASSETS = Path(__file__).parents[2] / "assets"
SECONDS = 10
STRETCHED = Adjustments(fit="stretch")
"""The whole canvas is painted whatever shape an image has: figures stay comparable."""
Gray = NDArray[np.float64]

SAMPLES = (
    ("portrait-astronaut.jpg", "piano-prelude.flac"),
    ("landscape-mountains.jpg", "strings-canon.flac"),
    ("lettering-moss.png", "drums-groove.flac"),
    ("animal-cat.jpg", "choir-chorale.flac"),
    ("line-drawing-face.png", "speech-poem.flac"),
    ("night-sky-hubble.jpg", "synth-arpeggio.flac"),
    ("still-life-coffee.jpg", "rain-storm.flac"),
    ("line-drawing-rose.png", "organ-toccata.flac"),
)
"""Pairs of sample files."""

HARD = (
    ("dark portrait", "sea-waves.flac"),
    ("flat cat", "wide duet"),
    ("white dot", "clicks"),
    ("noise", "choir-chorale.flac"),
    ("lettering-moss.png", "white noise"),
    ("moon-gibbous.jpg", "quiet piano"),
    ("line-drawing-face.png", "sine"),
    ("dark portrait", "telephone speech"),
)
"""Pairs of which one side or both are made here."""


def image_file(name: str, folder: Path) -> Path:
    """Return where an image is; one that is made is written into a folder."""
    if name not in _IMAGES:
        return ASSETS / "images" / name
    path = folder / f"{name}.png"
    PIL.Image.fromarray((255 * _IMAGES[name]()).round().astype(np.uint8)).save(path)
    return path


def track_file(name: str, folder: Path) -> Path:
    """Return where a track is; one that is made is written into a folder."""
    if name not in _TRACKS:
        return ASSETS / "audio" / name
    samples, rate = _TRACKS[name]()
    path = folder / f"{name}.wav"
    soundfile.write(path, samples, rate, "FLOAT")
    return path


def _gray(name: str) -> Gray:
    return np.asarray(PIL.Image.open(ASSETS / "images" / name).convert("L")) / 255


def _dark_portrait() -> Gray:
    """A portrait of which the brightest is 18 %, and most is black."""
    return 0.18 * _gray("portrait-astronaut.jpg") ** 1.8


def _flat_cat() -> Gray:
    return 0.45 + 0.1 * _gray("animal-cat.jpg")


def _white_dot() -> Gray:
    rows, columns = np.mgrid[:256, :256]
    return (np.hypot(rows - 100, columns - 150) < 12).astype(float)


def _noise() -> Gray:
    return np.random.default_rng(0).random((256, 256))


def _sound(name: str) -> tuple[NDArray[np.float64], int]:
    return soundfile.read(ASSETS / "audio" / name, always_2d=True)


def _wide_duet() -> tuple[NDArray[np.float64], int]:
    """A piano on the left, strings on the right: the channels have nothing in common."""
    (left, rate), (right, _) = _sound("piano-prelude.flac"), _sound("strings-canon.flac")
    length = SECONDS * rate
    return np.stack([left.mean(1)[:length], right.mean(1)[:length]], axis=1), rate


def _clicks() -> tuple[NDArray[np.float64], int]:
    """Silence with a click now and then, at other times in either channel."""
    samples = np.zeros((SECONDS * 44_100, 2))
    samples[20_000::44_100, 0] = samples[35_000::60_000, 1] = 0.5
    return samples, 44_100


def _white_noise() -> tuple[NDArray[np.float64], int]:
    return 0.1 * np.random.default_rng(1).standard_normal((SECONDS * 48_000, 2)), 48_000


def _quiet_piano() -> tuple[NDArray[np.float64], int]:
    samples, rate = _sound("piano-prelude.flac")
    return samples * 10 ** (-60 / 20) / np.abs(samples).max(), rate


def _sine() -> tuple[NDArray[np.float64], int]:
    return 0.3 * np.sin(2 * np.pi * 440 * np.arange(SECONDS * 48_000) / 48_000)[:, None], 48_000


def _telephone_speech() -> tuple[NDArray[np.float64], int]:
    """Speech at 8 kHz; its canvas ends at 4 kHz."""
    samples, rate = _sound("speech-poem.flac")
    spectrum = np.fft.rfft(samples[:, 0])
    length = round(len(samples) * 8000 / rate)
    low = np.fft.irfft(spectrum[: length // 2 + 1], n=length) * length / len(samples)
    return low[:, None], 8000


_IMAGES: dict[str, Callable[[], Gray]] = {
    "dark portrait": _dark_portrait,
    "flat cat": _flat_cat,
    "white dot": _white_dot,
    "noise": _noise,
}
_TRACKS: dict[str, Callable[[], tuple[NDArray[np.float64], int]]] = {
    "wide duet": _wide_duet,
    "clicks": _clicks,
    "white noise": _white_noise,
    "quiet piano": _quiet_piano,
    "sine": _sine,
    "telephone speech": _telephone_speech,
}
