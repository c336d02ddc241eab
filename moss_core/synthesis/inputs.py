"""The two targets of a run, read from a path or from bytes: an image and a track."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.files.pixels import decode_image
from moss_core.synthesis.soundfiles import decode

_MOST_BYTES = 2_000_000_000
"""Of a file: the longest track as 64-bit numbers has 1.6 GB."""


@dataclass(frozen=True)
class Image:
    """The target picture.

    Args:
        pixels: grayscale `(H, W)` float32 in [0, 1], row 0 = top.
        name: the file's name, for people.
        sha256: hash of the file's bytes, in hexadecimal.
        content: the file's bytes, to keep with a run; b"" if there is no file.
    """

    pixels: Tensor
    name: str
    sha256: str
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Track:
    """The target audio, all its channels at its own sample rate.

    Args:
        samples: `(channels, samples)` float32, full scale = 1.
        sample_rate: Hz.
        name: the file's name, for people.
        sha256: hash of the file's bytes, in hexadecimal.
        content: the file's bytes, to keep with a run; b"" if there is no file.
    """

    samples: Tensor
    sample_rate: int
    name: str
    sha256: str
    content: bytes = field(default=b"", repr=False)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples.shape[1] / self.sample_rate

    @property
    def mono(self) -> Tensor:
        """The mean of the channels, `(samples,)`."""
        return self.samples.mean(0)


def _read(source: str | Path | bytes, name: str | None, kind: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        content, name = source, name or f"the {kind}"
    else:
        path = Path(source)
        name = name or path.name
        try:
            if not path.is_file():
                raise MossError(
                    f"{kind} {path}",
                    "must be a file",
                    "a folder" if path.is_dir() else "nothing at this path",
                    "Check the path.",
                )
            if path.stat().st_size > _MOST_BYTES:
                raise MossError(
                    f"{kind} {path}",
                    f"must have at most {_MOST_BYTES:,} bytes",
                    f"{path.stat().st_size:,}",
                    "Save it smaller, as PNG or FLAC for example.",
                )
            content = path.read_bytes()
        except OSError as error:
            raise MossError(
                f"{kind} {path}",
                "must be readable",
                error.strerror,
                "Check the path and its permissions.",
            ) from error
    if not content:
        raise MossError(
            f"{kind} {name}", "must not be empty", "0 bytes", "Choose a file with content."
        )
    return content, name


def load_image(source: str | Path | bytes, name: str | None = None) -> Image:
    """Read an image: PNG, JPEG, WebP, GIF (first frame), BMP or TIFF.

    The EXIF orientation is applied, transparency lies over black (black is silence), colour
    becomes luma (ITU-R BT.601), and 16-bit grays keep their depth.

    Args:
        source: a path, or the file's bytes.
        name: the name to use for it in messages; a path's last part by default.

    Raises:
        MossError: for what is not such an image, is damaged, has a side under 8 pixels, more
            pixels than are allowed (50 million, fewer on a shared machine), or the same gray
            everywhere.
    """
    content, name = _read(source, name, "image")
    pixels = decode_image(content, f"image {name}")
    return Image(pixels, name, hashlib.sha256(content).hexdigest(), content)


def load_track(source: str | Path | bytes, name: str | None = None) -> Track:
    """Read a track of 1 to 8 channels, at any sample rate from 8 kHz.

    WAV, FLAC, OGG, Opus, MP3 and M4A; AIFF, CAF and AU too.

    Args:
        source: a path, or the file's bytes.
        name: the name to use for it in messages; a path's last part by default.

    Raises:
        MossError: for what is not such a sound, is damaged or cut off, is silent, holds values
            that are not numbers, is shorter than 0.5 s or longer than 15 minutes, or has more
            samples than the memory is for.
    """
    content, name = _read(source, name, "track")
    samples, sample_rate = decode(content, f"track {name}")
    return Track(samples, sample_rate, name, hashlib.sha256(content).hexdigest(), content)
