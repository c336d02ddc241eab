"""The two targets of a run, read from a path or from bytes: an image and a track."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageOps
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor

from moss_core.errors import MossError

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MIN_IMAGE_SIDE = 8
MAX_IMAGE_PIXELS = 50_000_000
MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 8_000, 384_000
MAX_CHANNELS = 8
MIN_TRACK_SECONDS, MAX_TRACK_SECONDS = 0.5, 900.0
MAX_TRACK_VALUES = 200_000_000
SILENCE_DB = -100.0
_STREAMED_WAV_BYTES = 0xFFFFF000  # writers to a pipe put a data size from here up to 2^32 - 1
_UNKNOWN_FRAMES = 2**63 - 1  # libsndfile's word for a header without a length

_GRAY_16_BIT = ("I;16", "I;16B", "I;16L", "I")


@dataclass(frozen=True)
class Image:
    """The target picture.

    Args:
        pixels: grayscale `(H, W)` float32 in [0, 1], row 0 = top.
        name: the file's name, for people.
        sha256: hash of the file's bytes, in hexadecimal.
    """

    pixels: Tensor
    name: str
    sha256: str


@dataclass(frozen=True)
class Track:
    """The target audio, all its channels at its own sample rate.

    Args:
        samples: `(channels, samples)` float32, full scale = 1.
        sample_rate: Hz.
        name: the file's name, for people.
        sha256: hash of the file's bytes, in hexadecimal.
    """

    samples: Tensor
    sample_rate: int
    name: str
    sha256: str

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
    lowest, highest = float(pixels.min()), float(pixels.max())
    if not highest - lowest >= 1 / 64:
        raise MossError(
            thing,
            "must have light and dark parts",
            f"grays from {lowest:.2f} to {highest:.2f} only (0 = black, 1 = white)",
            "Choose an image with contrast.",
        )
    return Image(torch.from_numpy(pixels), name, hashlib.sha256(content).hexdigest())


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
    """Read a track: WAV, FLAC, OGG or MP3, 1 to 8 channels, any sample rate from 8 kHz.

    Args:
        source: a path, or the file's bytes.
        name: the name to use for it in messages; a path's last part by default.

    Raises:
        MossError: for what is not such a sound, is damaged or cut off, is silent, holds values
            that are not numbers, is shorter than 0.5 s or longer than 15 minutes.
    """
    content, name = _read(source, name, "track")
    thing = f"track {name}"
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check_track_header(thing, file)
            _check_track_complete(thing, file, content)
            samples = torch.from_numpy(file.read(dtype="float32", always_2d=True).T.copy())
            if samples.shape[1] < file.frames:
                raise _cut_off(thing, file.frames, samples.shape[1], file.samplerate)
            sample_rate = file.samplerate
    except soundfile.LibsndfileError as error:
        if content[:4] in (b"RIFF", b"fLaC", b"OggS") or content[:3] == b"ID3":
            rule, found = "must be a complete sound file", "a damaged or cut-off one"
        else:
            rule, found = "must be a WAV, FLAC, OGG or MP3 file", "something else"
        raise MossError(
            thing,
            rule,
            f"{found} ({len(content):,} bytes)",
            "Save it again as WAV or FLAC, or choose another file.",
        ) from error
    _check_track_samples(thing, samples)
    if samples.shape[1] < MIN_TRACK_SECONDS * sample_rate:
        raise MossError(
            thing,
            f"must be at least {MIN_TRACK_SECONDS} s long",
            f"{samples.shape[1] / sample_rate:.3f} s",
            "Choose a longer one; 5 to 30 s work well.",
        )
    return Track(samples, sample_rate, name, hashlib.sha256(content).hexdigest())


def _check_track_header(thing: str, file: soundfile.SoundFile) -> None:
    rate, channels = file.samplerate, file.channels
    if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
        raise MossError(
            thing,
            f"must have a sample rate of {MIN_SAMPLE_RATE:,} to {MAX_SAMPLE_RATE:,} Hz",
            f"{rate:,} Hz",
            "Resample it, to 44,100 Hz for example.",
        )
    if channels > MAX_CHANNELS:
        raise MossError(
            thing,
            f"must have at most {MAX_CHANNELS} channels",
            channels,
            "Mix it down to stereo.",
        )
    if file.frames == _UNKNOWN_FRAMES:
        raise MossError(
            thing,
            "must give its length in its header",
            "no length (as in a FLAC file that was written to a pipe)",
            "Save it again, from an audio editor for example.",
        )
    seconds = file.frames / rate
    if seconds > MAX_TRACK_SECONDS or file.frames * channels > MAX_TRACK_VALUES:
        raise MossError(
            thing,
            f"must be at most {MAX_TRACK_SECONDS:.0f} s long, with at most "
            f"{MAX_TRACK_VALUES:,} samples over all channels",
            f"{seconds:,.0f} s, {file.frames * channels:,} samples",
            "Cut out the part that you want to use.",
        )


def _check_track_complete(thing: str, file: soundfile.SoundFile, content: bytes) -> None:
    """Raise for a file that ends before its header says; libsndfile reads those quietly."""
    cut = re.search(r"^data : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if cut and int(cut[2]) < int(cut[1]) < _STREAMED_WAV_BYTES:
        announced = file.frames * int(cut[1]) // max(1, int(cut[2]))
        raise _cut_off(thing, announced, file.frames, file.samplerate)
    if file.format == "OGG":
        # RFC 3533: the flag of a stream's last page, and the sizes of the segments in it.
        page = content[content.rfind(b"OggS") :]
        whole = len(page) > 26 and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])
        if not (whole and page[5] & 4):
            raise MossError(
                thing,
                "must be a complete sound file",
                f"one that stops at {file.frames / file.samplerate:.1f} s without its end",
                "Save or download it again.",
            )


def _cut_off(thing: str, announced: int, present: int, rate: int) -> MossError:
    return MossError(
        thing,
        f"must hold the {announced / rate:,.1f} s that its header announces",
        f"{present / rate:,.1f} s (the file is cut off)",
        "Save or download it again.",
    )


def _check_track_samples(thing: str, samples: Tensor) -> None:
    bad = int((~torch.isfinite(samples)).sum())
    if bad:
        raise MossError(
            thing,
            "must hold finite samples",
            f"{bad:,} that are not a number or infinite",
            "Export it again from your audio editor.",
        )
    if samples.numel() == 0:
        raise MossError(
            thing, "must hold sound", "0 samples", "Choose a file that plays in a player."
        )
    mono_rms_db = 20 * float(torch.log10(samples.mean(0).square().mean().sqrt() + 1e-12))
    if mono_rms_db < SILENCE_DB:
        cancels = float(samples.abs().max()) > 1e-4
        raise MossError(
            thing,
            f"must be louder than {SILENCE_DB:.0f} dBFS in its mono mix",
            "channels that cancel each other out" if cancels else "silence",
            "Invert one channel, or choose one." if cancels else "Choose a track with sound.",
        )
