"""The images and tracks that a run starts from: the samples and what people upload."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import PIL.Image
import PIL.ImageOps
import torch

from kept import Kept
from moss_core.machine import on_one_core
from moss_core.synthesis import (
    STFT,
    Canvas,
    HybridModel,
    Image,
    PlacedCanvas,
    Track,
    decibels,
    encode_flac,
    encode_preview,
    load_image,
    load_track,
    power,
    sample_image,
    sample_track,
)

Kind = Literal["image", "track"]
"""What a source is."""
THUMBNAIL = 208
"""Side of a thumbnail in pixels, twice what a card shows."""

IMAGE_TITLES = {
    "portrait-astronaut.jpg": "Astronaut",
    "animal-cat.jpg": "Cat",
    "still-life-coffee.jpg": "Coffee",
    "night-sky-hubble.jpg": "Deep field",
    "texture-brick.jpg": "Bricks",
    "landscape-mountains.jpg": "Mountains",
    "moon-gibbous.jpg": "Moon",
    "line-drawing-rose.png": "Rose",
    "line-drawing-face.png": "Profile",
    "lettering-moss.png": "Lettering",
}
TRACK_TITLES = {
    "piano-prelude.flac": "Piano",
    "strings-canon.flac": "Strings",
    "organ-toccata.flac": "Organ",
    "choir-chorale.flac": "Choir",
    "drums-groove.flac": "Drums",
    "speech-poem.flac": "Poem",
    "rain-storm.flac": "Rain",
    "sea-waves.flac": "Sea",
    "synth-arpeggio.flac": "Synth",
}
_MOST_READ_BYTES = 256_000_000
_RAMP = np.array(  # dark violet, violet, magenta, orange, pale yellow: quiet to loud
    [[18, 10, 36], [78, 32, 128], [176, 50, 122], [242, 120, 80], [252, 232, 170]], dtype=float
)
_RANGE_DB = 70.0
_SECONDS_SHOWN = 30.0
_MOST_CROPPED = 1.7  # longer images are shown whole, on black


def _size(read: Image | Track) -> int:
    return (read.pixels if isinstance(read, Image) else read.samples).nbytes


_read = Kept(_MOST_READ_BYTES, _size)


@dataclass(frozen=True)
class Source:
    """A file to start from.

    Args:
        name: the file's name.
        title: what people call it.
        content: its path, or the bytes that were uploaded.
    """

    name: str
    title: str
    content: Path | bytes

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    def as_image(self) -> Image:
        """Return it as an image, read once for card, preview and run.

        Raises:
            MossError: for what is not one.
        """
        return _read.once((load_image, self), lambda: load_image(self.content, self.name))

    def as_track(self) -> Track:
        """Return it as a track, likewise.

        Raises:
            MossError: for what is not one.
        """
        return _read.once((load_track, self), lambda: load_track(self.content, self.name))


@dataclass(frozen=True)
class Card:
    """What a page shows of a source.

    Args:
        id: differs between all cards of a kind.
        source: the file.
        thumbnail: WebP, square.
        facts: size, or length and channels, for people; short.
        aspect: an image's width to its height.
        seconds: a track's length; 0 for an image.
        sample_rate: a track's rate in Hz; 0 for an image.
        sound: FLAC of a track's first half minute; b"" for an image.
    """

    id: str
    source: Source
    thumbnail: bytes
    facts: str
    aspect: float = 1.0
    seconds: float = 0.0
    sample_rate: int = 0
    sound: bytes = b""


def title_of(name: str) -> str:
    """Return what people call a file of this name."""
    return IMAGE_TITLES.get(name) or TRACK_TITLES.get(name) or Path(name).stem


def sample_images() -> tuple[Source, ...]:
    """Return the sample images, the default first."""
    return _samples(sample_image, IMAGE_TITLES)


def sample_tracks() -> tuple[Source, ...]:
    """Return the sample tracks, the default first."""
    return _samples(sample_track, TRACK_TITLES)


def _samples(find: Callable[[str], Path], titles: dict[str, str]) -> tuple[Source, ...]:
    return tuple(Source(name, title, find(name)) for name, title in titles.items())


def image_card(source: Source) -> Card:
    """Read an image and describe it; raises MossError for what is not one."""
    image = source.as_image()
    height, width = image.pixels.shape
    picture = PIL.Image.fromarray(np.uint8(image.pixels.numpy() * 255))
    side = (THUMBNAIL, THUMBNAIL)
    narrow = max(width, height) > _MOST_CROPPED * min(width, height)
    thumbnail = PIL.ImageOps.pad(picture, side) if narrow else PIL.ImageOps.fit(picture, side)
    facts = f"{width} x {height}"
    return Card(image.sha256, source, _webp(thumbnail), facts, width / height)


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
        f"{clock(track.duration)}, {channels}",
        seconds=track.duration,
        sample_rate=rate,
        sound=encode_flac(track.samples[:, : int(_SECONDS_SHOWN * rate)], rate),
    )


def clock(seconds: float) -> str:
    """Return a length for people: "9.6 s", "35 s" or "3 min 5 s"."""
    if seconds < 20:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _spectrogram(track: Track) -> bytes:
    """Draw the track's first half minute up to 8 kHz, low frequencies at the bottom."""
    mono = track.mono[: int(_SECONDS_SHOWN * track.sample_rate)]
    with torch.no_grad():
        levels = decibels(power(STFT(1024, 256).forward(mono[None])[0]), 1e-12).numpy()
    high = int(len(levels) * min(1.0, 16_000 / track.sample_rate))
    levels = levels[:high][::-1]
    shade = np.clip((levels - levels.max() + _RANGE_DB) / _RANGE_DB, 0, 1)
    stops = np.linspace(0, 1, len(_RAMP))
    colours = np.stack([np.interp(shade, stops, _RAMP[:, k]) for k in range(3)], axis=-1)
    return _webp(PIL.Image.fromarray(np.uint8(colours)).resize((THUMBNAIL, THUMBNAIL)))


@on_one_core()
def crossfade(image: Source, track: Source, canvas: Canvas) -> tuple[bytes, PlacedCanvas]:
    """Return what a run starts from half way: the image faded into the track's spectrogram.

    Returns:
        WebP, and the canvas as it lies on the track.

    Raises:
        MossError: for a canvas that does not fit on the track.
    """
    model = HybridModel(image.as_image(), track.as_track(), canvas)
    with torch.no_grad():
        rendering = model.crossfade(torch.tensor([0.5]))
        return encode_preview(model.display(rendering)[0, 0]), model.canvas


def _webp(picture: PIL.Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85)
    return file.getvalue()
