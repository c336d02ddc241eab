"""The images and tracks that a run starts from: the samples and what people upload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from moss_core.machine import sample_image, sample_track
from moss_core.synthesis import Image, Track, load_image, load_track
from sources.kept import Kept

Kind = Literal["image", "track"]
"""What a source is."""
KINDS: tuple[Kind, ...] = get_args(Kind)

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
_MOST_READ_BYTES = 512_000_000  # a song of ten minutes is 230 MB, and must stay beside its image


def _size(read: Image | Track) -> int:
    tensor = read.pixels if isinstance(read, Image) else read.samples
    return tensor.nbytes + len(read.content)


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
        """Return it as an image, read once for card, preview and run; kept while this is there.

        Raises:
            MossError: for what is not one.
        """
        key = (load_image, id(self))
        return _read.once(key, lambda: load_image(self.content, self.name), owner=self)

    def as_track(self) -> Track:
        """Return it as a track, likewise.

        Raises:
            MossError: for what is not one.
        """
        key = (load_track, id(self))
        return _read.once(key, lambda: load_track(self.content, self.name), owner=self)


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
