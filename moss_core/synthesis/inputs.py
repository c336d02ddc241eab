"""The two targets of a run, read from a path or from bytes: an image and a track."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageOps
import torch
from numpy.typing import NDArray
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.soundfiles import decode

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MIN_IMAGE_SIDE = 8
MAX_IMAGE_PIXELS = 50_000_000
LEAST_CONTRAST = 1 / 64
"""Darkest to lightest gray of an image in which something can be seen."""
_GRAY_16_BIT = ("I;16", "I;16B", "I;16L", "I")


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
        MossError: for what is not such an image, is damaged, has a side under 8 pixels or more
            than 50 million pixels, or has the same gray everywhere.
    """
    content, name = _read(source, name, "image")
    thing = f"image {name}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow warns of is checked or raised below
            with PIL.Image.open(io.BytesIO(content), formats=IMAGE_FORMATS) as opened:
                _check_image_size(thing, *opened.size)
                opened.load()
                pixels = _gray(PIL.ImageOps.exif_transpose(opened))
    except MossError:
        raise
    except PIL.Image.DecompressionBombError as error:
        raise _too_many_pixels(thing, _first_number(str(error))) from error
    except PIL.UnidentifiedImageError as error:
        raise MossError(
            thing,
            "must be a PNG, JPEG, WebP, GIF, BMP or TIFF image",
            f"{len(content):,} bytes of something else",
            "Convert it to PNG, or choose another file.",
        ) from error
    except Exception as error:  # Pillow's decoders raise many kinds of error on damaged files
        raise MossError(
            thing,
            "must be a complete image file",
            f"a damaged one ({error})",
            "Save or download it again.",
        ) from error
    read = torch.from_numpy(pixels)
    check_contrast(read, thing, "Choose an image with contrast.")
    return Image(read, name, hashlib.sha256(content).hexdigest(), content)


def check_contrast(pixels: Tensor, thing: str, remedy: str) -> None:
    """Raise `MossError` if an image `(H, W)` has the same gray everywhere, or nearly."""
    lowest, highest = float(pixels.min()), float(pixels.max())
    if not highest - lowest >= LEAST_CONTRAST:
        found = f"grays from {lowest:.2f} to {highest:.2f} only (0 = black, 1 = white)"
        raise MossError(thing, "must have light and dark parts", found, remedy)


def _check_image_size(thing: str, width: int, height: int) -> None:
    if width * height > MAX_IMAGE_PIXELS:
        raise _too_many_pixels(thing, f"{width:,} x {height:,}")
    if min(width, height) < MIN_IMAGE_SIDE:
        raise MossError(
            thing,
            f"must have at least {MIN_IMAGE_SIDE} pixels on each side",
            f"{width} x {height}",
            "Choose a larger image; 256 x 256 or more shows well.",
        )


def _too_many_pixels(thing: str, found: str) -> MossError:
    return MossError(
        thing,
        f"must have at most {MAX_IMAGE_PIXELS:,} pixels",
        f"{found} pixels",
        "Make it smaller; more than 1024 x 1024 is not seen.",
    )


def _first_number(text: str) -> str:
    match = re.search(r"\d+", text)
    return f"{int(match.group()):,}" if match else "far more"


def _gray(image: PIL.Image.Image) -> NDArray[np.float32]:
    if image.mode in _GRAY_16_BIT:
        return _scaled(np.asarray(image).clip(0, 65535), 65535)
    if image.mode == "F":
        pixels = np.nan_to_num(np.asarray(image), posinf=1, neginf=0).clip(min=0)
        return _scaled(pixels, max(1.0, float(pixels.max())))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        black = PIL.Image.new("RGBA", image.size, "black")
        image = PIL.Image.alpha_composite(black, image)
    return _scaled(np.asarray(image.convert("RGB").convert("L")), 255)


def _scaled(values: NDArray[Any], white: float) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = values.astype(np.float32) / np.float32(white)
    return scaled


def load_track(source: str | Path | bytes, name: str | None = None) -> Track:
    """Read a track: WAV, FLAC, OGG, Opus, MP3 or M4A, 1 to 8 channels, any sample rate from 8 kHz.

    Args:
        source: a path, or the file's bytes.
        name: the name to use for it in messages; a path's last part by default.

    Raises:
        MossError: for what is not such a sound, is damaged or cut off, is silent, holds values
            that are not numbers, is shorter than 0.5 s or longer than 15 minutes.
    """
    content, name = _read(source, name, "track")
    samples, sample_rate = decode(content, f"track {name}")
    return Track(samples, sample_rate, name, hashlib.sha256(content).hexdigest(), content)
