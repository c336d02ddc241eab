"""What leaves MOSS: hybrids at the track's own rate and in all its channels, and pictures.

The optimizer works on the mono mix at a working rate. The export adds the difference (hybrid
minus mono mix), brought back to the track's rate, to every channel of the original, so the
master stays bit-exact outside the canvas and keeps its rate, its stereo image and its level.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import PIL.Image
import soundfile
import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, interpolate, max_pool1d

from moss_core.canvas import STANDARD_RATES
from moss_core.cores import on_one_core
from moss_core.errors import MossError
from moss_core.model import change_rate
from moss_core.run import Run
from moss_core.soundfiles import MAX_CHANNELS

SUBTYPES = {"float": "FLOAT", "pcm24": "PCM_24", "pcm16": "PCM_16"}
CEILING = 10 ** (-0.1 / 20)
"""Highest peak that the limiter lets through: -0.1 dBFS."""


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
        compression: libsndfile's level from 0 (best) to 1, of what is lossy.
    """

    label: str
    note: str
    mimetype: str
    subtype: str
    rates: tuple[int, ...] = ()
    channels: int = MAX_CHANNELS
    compression: float | None = None


_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
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
        _MP3_RATES,
        2,
        0.0,
    ),
}
_LOSSY_RATE = 48_000
_BLOCK = 65_536  # libsndfile's Vorbis encoder crashes on very long writes
_LIMITER_SECONDS = 0.005
_SILENCE_LUFS = -70.0
_BYTES_A_SAMPLE = 100  # of the canvas's section, in double precision and mirrored


@on_one_core()
def hybrid(run: Run, waveform: Tensor) -> Tensor:
    """Return a rendered sound at the track's rate, `(channels, samples)`, full scale = 1.

    Where the hybrid would exceed full scale inside the canvas, a look-ahead limiter (gain
    smoothed over 10 ms) turns it down to -0.1 dBFS; outside the canvas nothing changes.

    Args:
        run: whose track and canvas it is.
        waveform: `(samples,)` at the working rate, a row of `State.waveform`.
    """
    model = run.model
    difference = change_rate(
        (waveform - model.track[0]).cpu(), model.sample_rate, run.track.sample_rate
    )
    samples = run.track.samples.clone()
    section = samples[:, model.section]
    length = min(section.shape[1], len(difference))
    section[:, :length] += difference[:length]
    section *= limiter_gain(section, run.track.sample_rate)
    return samples


def bytes_to_export(run: Run) -> int:
    """Return how much memory the export of a candidate takes, about."""
    section = run.model.section.stop - run.model.section.start
    return _BYTES_A_SAMPLE * section + 2 * run.track.samples.nbytes


def limiter_gain(samples: Tensor, sample_rate: int) -> Tensor:
    """Return the gain `(samples,)`, 1 almost everywhere, that keeps `(channels, samples)` in range.

    The gain that each sample needs, its minimum over 5 ms to both sides, then the mean over the
    same window: the mean of values that are all low enough, so no sample passes the ceiling.
    """
    peaks = samples.abs().amax(0)[None]  # 1 x samples
    if float(peaks.max()) <= CEILING:
        return torch.ones_like(peaks[0])
    needed = torch.where(peaks > CEILING, CEILING / peaks, 1)
    reach = round(_LIMITER_SECONDS * sample_rate)
    window = 2 * reach + 1
    reduction = max_pool1d(1 - needed, window, stride=1, padding=reach)
    smooth = 1 - avg_pool1d(reduction, window, stride=1, padding=reach, count_include_pad=False)
    return torch.minimum(smooth, needed)[0]


@on_one_core()
def loudness(samples: Tensor, sample_rate: int) -> float:
    """Return the loudness of `(channels, samples)` in LUFS (ITU-R BS.1770-4), at least -70.

    Sounds of more than five channels are measured on their mono mix.
    """
    # Here, so that the command line can still tell of a torchaudio that does not load.
    from torchaudio.functional import loudness as measured

    if len(samples) > 5:
        samples = samples.mean(0, keepdim=True)
    return max(_SILENCE_LUFS, float(measured(samples, sample_rate)))


def encode_flac(samples: Tensor, sample_rate: int) -> bytes:
    """Return a 16-bit FLAC file of `(channels, samples)`, full scale = 1."""
    return _encode(samples, sample_rate, "FLAC", "PCM_16")


@on_one_core()
def encode_sound(samples: Tensor, sample_rate: int, kind: str) -> bytes:
    """Return a file of `(channels, samples)`, full scale = 1.

    Args:
        samples: at `sample_rate`.
        sample_rate: Hz; one that the kind cannot have becomes 48 kHz.
        kind: a key of `FORMATS`.

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
        channels = [change_rate(channel, sample_rate, _LOSSY_RATE) for channel in samples]
        samples, sample_rate = torch.stack(channels), _LOSSY_RATE
    return _encode(samples, sample_rate, kind.upper(), chosen.subtype, chosen.compression)


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


def encode_wav(samples: Tensor, sample_rate: int, subtype: str = "float") -> bytes:
    """Return a WAV file of `(channels, samples)`: "float" (32-bit), "pcm24" or "pcm16"."""
    if subtype not in SUBTYPES:
        raise MossError(
            "subtype", f"must be one of {', '.join(SUBTYPES)}", repr(subtype), "Use float."
        )
    content = bytearray(_encode(samples, sample_rate, "WAV", SUBTYPES[subtype]))
    peak = content.find(b"PEAK", 0, 200)
    if peak >= 0:
        # The time of writing: without it the same sound gives the same file.
        content[peak + 12 : peak + 16] = bytes(4)
    return bytes(content)


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
