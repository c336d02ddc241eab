"""Sounds and pictures as the files that people and pages take."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import PIL.Image
import soundfile
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from moss_core.errors import MossError
from moss_core.machine import on_one_core
from moss_core.synthesis.canvas import STANDARD_RATES
from moss_core.synthesis.files.packets import PACKINGS, pack
from moss_core.synthesis.sound import resample
from moss_core.synthesis.soundfiles import MAX_CHANNELS


@dataclass(frozen=True)
class SoundFormat:
    """A kind of sound file to take home.

    Args:
        label: for people.
        note: what it is good for.
        mimetype: of the file.
        subtype: libsndfile's word for how samples are kept.
        rates: sample rates that it can have, Hz; others become 48 kHz. Empty: all.
        channels: most that it can have.
        compression: libsndfile's level from 0 (best) to 1, of what is lossy and written by it.
    """

    label: str
    note: str
    mimetype: str
    subtype: str
    rates: tuple[int, ...] = ()
    channels: int = MAX_CHANNELS
    compression: float | None = None


_OPUS_RATE = 48_000
_USUAL_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
FORMATS = {
    "wav": SoundFormat("WAV", "24 bit, for audio editors", "audio/wav", "PCM_24"),
    "flac": SoundFormat("FLAC", "24 bit, lossless and smaller", "audio/flac", "PCM_24"),
    # libsndfile's Vorbis encoder crashes above 200 kHz. From three channels on Vorbis has an order
    # of its own, which libsndfile does not follow: the last of six would come without its highs.
    "ogg": SoundFormat(
        "OGG", "Vorbis, high quality", "audio/ogg", "VORBIS", STANDARD_RATES, 2, 0.2
    ),
    "mp3": SoundFormat(
        "MP3",
        "up to 320 kbit/s, plays everywhere",
        "audio/mpeg",
        "MPEG_LAYER_III",
        _USUAL_RATES,
        2,
        0.0,
    ),
    # Of more channels libsndfile keeps Opus' own order, FFmpeg does not: editors would disagree.
    "opus": SoundFormat(
        "Opus", "256 kbit/s, 48 kHz, for the web", "audio/ogg", "OPUS", (_OPUS_RATE,), 2
    ),
    # The last of six is for lows, and AAC keeps no others of it.
    "m4a": SoundFormat("M4A", "AAC, 256 kbit/s, for phones", "audio/mp4", "AAC", _USUAL_RATES, 6),
}
_LOSSY_RATE = 48_000
_BLOCK = 65_536  # libsndfile's Vorbis encoder crashes on very long writes


def encode_flac(samples: Tensor, sample_rate: int) -> bytes:
    """Return a 16-bit FLAC file of `(channels, samples)`, full scale = 1."""
    return _encode(samples, sample_rate, "FLAC", "PCM_16")


@on_one_core()
def encode_sound(
    samples: Tensor,
    sample_rate: int,
    kind: str,
    compression: float | None = None,
    bitrate: int | None = None,
) -> bytes:
    """Return a file of `(channels, samples)`, full scale = 1.

    Args:
        samples: at `sample_rate`.
        sample_rate: Hz; one that the kind cannot have becomes 48 kHz.
        kind: a key of `FORMATS`.
        compression: libsndfile's level in the place of the format's, 0 (best) to 1.
        bitrate: of Opus and AAC, kbit/s of all channels, in the place of the format's.

    Raises:
        MossError: for another kind, or more channels or another rate than it can have.
    """
    if kind not in FORMATS:
        raise MossError(
            "kind of sound file", f"must be one of {', '.join(FORMATS)}", repr(kind), "Use wav."
        )
    chosen = FORMATS[kind]
    if len(samples) > chosen.channels:
        raise MossError(
            f"{chosen.label} file",
            f"must have at most {chosen.channels} channels",
            len(samples),
            "Mix it down." if chosen.channels == MAX_CHANNELS else "Use WAV or FLAC.",
        )
    if chosen.rates and sample_rate not in chosen.rates:
        # One at a time: the transform takes many times the memory of what it is given.
        channels = [resample(channel, sample_rate, _LOSSY_RATE) for channel in samples]
        samples, sample_rate = torch.stack(channels), _LOSSY_RATE
    if kind in PACKINGS:
        return pack(samples, sample_rate, kind, bitrate)
    level = chosen.compression if compression is None else compression
    return _encode(samples, sample_rate, kind.upper(), chosen.subtype, level)


def _encode(
    samples: Tensor,
    sample_rate: int,
    container: str,
    subtype: str,
    compression: float | None = None,
) -> bytes:
    file = io.BytesIO()
    try:
        with soundfile.SoundFile(
            file,
            "w",
            sample_rate,
            len(samples),
            subtype,
            format=container,
            compression_level=compression,
            bitrate_mode="CONSTANT" if container == "MP3" else None,
        ) as writer:
            for block in torch.split(samples.T, _BLOCK):
                writer.write(_in_steps(block, subtype).numpy())
    except soundfile.LibsndfileError as error:  # FLAC: above 65,535 Hz only multiples of 10
        raise MossError(
            f"{container} file",
            "must have a rate that it can hold",
            f"{sample_rate:,} Hz",
            "Use WAV.",
        ) from error
    return file.getvalue()


def _in_steps(samples: Tensor, subtype: str) -> Tensor:
    """Return samples for a PCM subtype rounded to its steps, as 32-bit integers; others as is.

    libsndfile rounds down in WAV files, which is up to a whole step and a constant offset.
    """
    if not subtype.startswith("PCM_"):
        return samples
    bits = int(subtype.removeprefix("PCM_"))
    full = 2 ** (bits - 1)
    return samples.mul(full).round().clamp(-full, full - 1).int() << (32 - bits)


def encode_picture(picture: Tensor) -> bytes:
    """Return an 8-bit grayscale PNG of `(H, W)` in [0, 1], row 0 = top."""
    file = io.BytesIO()
    _gray(picture).save(file, "PNG")
    return file.getvalue()


def encode_preview(picture: Tensor) -> bytes:
    """Return a grayscale WebP of `(H, W)` in [0, 1]: a third of the PNG, for a screen."""
    file = io.BytesIO()
    _gray(picture).save(file, "WEBP", quality=85, method=0)
    return file.getvalue()


def shrink(picture: Tensor, height: int, width: int) -> Tensor:
    """Return a picture `(H, W)` in [0, 1] at another size, without aliasing."""
    small = interpolate(picture[None, None], (height, width), mode="bilinear", antialias=True)
    return small[0, 0].clamp(0, 1)


def _gray(picture: Tensor) -> PIL.Image.Image:
    pixels = picture.mul(255).round().to(torch.uint8).numpy()
    return PIL.Image.fromarray(np.ascontiguousarray(pixels))
