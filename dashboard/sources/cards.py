"""What a page shows of an image or a track."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import PIL.Image
import PIL.ImageOps
import torch

from moss_core.machine import on_one_core
from moss_core.synthesis import (
    STFT,
    Track,
    allows_two_images,
    channel_choices,
    decibels,
    encode_flac,
    power,
)
from sources.source import Source

THUMBNAIL = 208
"""Side of a thumbnail in pixels, twice what a card shows."""
RAMP = np.array(
    [[18, 10, 36], [78, 32, 128], [176, 50, 122], [242, 120, 80], [252, 232, 170]], dtype=float
)
"""Colours of a spectrogram from quiet to loud: dark violet, violet, magenta, orange, yellow."""
_RANGE_DB = 70.0
_SECONDS_SHOWN = 30.0
_MOST_CROPPED = 1.7  # longer images are shown whole, on black


@dataclass(frozen=True)
class Card:
    """What a page shows of a source.

    Args:
        id: differs between all cards of a kind.
        source: the file.
        thumbnail: WebP, square.
        facts: size, or length and channels, for people; short.
        seconds: a track's length; 0 for an image.
        sample_rate: a track's rate in Hz; 0 for an image.
        sound: FLAC of a track's first half minute; b"" for an image.
        choices: what of a track's channels may be painted (`CHANNEL_CHOICES`), the usual first.
        two_images: whether a track's left and right channel may show an image each.
    """

    id: str
    source: Source
    thumbnail: bytes
    facts: str
    seconds: float = 0.0
    sample_rate: int = 0
    sound: bytes = b""
    choices: tuple[str, ...] = ()
    two_images: bool = False


def image_card(source: Source) -> Card:
    """Read an image and describe it; raises MossError for what is not one."""
    image = source.as_image()
    height, width = image.pixels.shape
    picture = PIL.Image.fromarray(np.uint8(image.pixels.numpy() * 255))
    side = (THUMBNAIL, THUMBNAIL)
    narrow = max(width, height) > _MOST_CROPPED * min(width, height)
    thumbnail = PIL.ImageOps.pad(picture, side) if narrow else PIL.ImageOps.fit(picture, side)
    facts = f"{width} x {height}"
    return Card(image.sha256, source, _webp(thumbnail), facts)


@on_one_core()
def track_card(source: Source) -> Card:
    """Read a track and describe it; raises MossError for what is not one."""
    track = source.as_track()
    channels = {1: "mono", 2: "stereo"}.get(len(track.samples), f"{len(track.samples)} channels")
    rate = track.sample_rate
    return Card(
        track.sha256,
        source,
        _spectrogram(track),
        f"{length_text(track.duration)}, {channels}",
        seconds=track.duration,
        sample_rate=rate,
        sound=encode_flac(track.samples[:, : int(_SECONDS_SHOWN * rate)], rate),
        choices=channel_choices(track.samples),
        two_images=allows_two_images(track.samples),
    )


def length_text(seconds: float) -> str:
    """Return a length for people: "9.6 s", "35 s" or "3 min 5 s"."""
    if seconds < 20:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _spectrogram(track: Track) -> bytes:
    """Draw the track's first half minute up to 8 kHz, low frequencies at the bottom."""
    mono = track.samples[:, : int(_SECONDS_SHOWN * track.sample_rate)].mean(0)
    with torch.no_grad():
        levels = decibels(power(STFT(1024, 256).forward(mono[None])[0]), 1e-12).numpy()
    high = int(len(levels) * min(1.0, 16_000 / track.sample_rate))
    levels = levels[:high][::-1]
    shade = np.clip((levels - levels.max() + _RANGE_DB) / _RANGE_DB, 0, 1)
    stops = np.linspace(0, 1, len(RAMP))
    colours = np.stack([np.interp(shade, stops, RAMP[:, k]) for k in range(3)], axis=-1)
    return _webp(PIL.Image.fromarray(np.uint8(colours)).resize((THUMBNAIL, THUMBNAIL)))


def _webp(picture: PIL.Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85)
    return file.getvalue()
