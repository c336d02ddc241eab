"""What leaves MOSS: hybrids at the track's own rate and in all its channels, and pictures.

The optimizer works on the mono mix at a working rate. The export adds the difference (hybrid
minus mono mix), brought back to the track's rate, to every channel of the original, so the
master stays bit-exact outside the canvas and keeps its rate, its stereo image and its level.
"""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import soundfile
import torch
import torchaudio
from torch import Tensor
from torch.nn.functional import avg_pool1d, max_pool1d

from moss_core.errors import MossError
from moss_core.model import change_rate
from moss_core.run import Run
from moss_core.targets import load_track

SUBTYPES = {"float": "FLOAT", "pcm24": "PCM_24", "pcm16": "PCM_16"}
CEILING = 10 ** (-0.1 / 20)
"""Highest peak that the limiter lets through: -0.1 dBFS."""

_LIMITER_SECONDS = 0.005
_SILENCE_LUFS = -70.0


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


def loudness(samples: Tensor, sample_rate: int) -> float:
    """Return the loudness of `(channels, samples)` in LUFS (ITU-R BS.1770-4), at least -70.

    Sounds of more than five channels are measured on their mono mix.
    """
    if len(samples) > 5:
        samples = samples.mean(0, keepdim=True)
    return max(_SILENCE_LUFS, float(torchaudio.functional.loudness(samples, sample_rate)))


def encode_flac(samples: Tensor, sample_rate: int) -> bytes:
    """Return a 16-bit FLAC file of `(channels, samples)`, full scale = 1."""
    file = io.BytesIO()
    soundfile.write(file, samples.T.numpy(), sample_rate, "PCM_16", format="FLAC")
    return file.getvalue()


def encode_wav(samples: Tensor, sample_rate: int, subtype: str = "float") -> bytes:
    """Return a WAV file of `(channels, samples)`: "float" (32-bit), "pcm24" or "pcm16"."""
    if subtype not in SUBTYPES:
        raise MossError(
            "subtype", f"must be one of {', '.join(SUBTYPES)}", repr(subtype), "Use float."
        )
    file = io.BytesIO()
    soundfile.write(file, samples.T.numpy(), sample_rate, SUBTYPES[subtype], format="WAV")
    return file.getvalue()


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


def _gray(picture: Tensor) -> PIL.Image.Image:
    pixels = picture.mul(255).round().to(torch.uint8).numpy()
    return PIL.Image.fromarray(np.ascontiguousarray(pixels))


def score_files(run: Run, files: list[bytes]) -> Tensor:
    """Measure exported sound files by the run's objectives: `(len(files), K)` losses.

    The files are read as anyone would read them, mixed down and brought to the working rate.
    """
    losses = []
    for content in files:
        track = load_track(content)
        mono = track.mono[run.model.section]
        waveform = change_rate(mono, track.sample_rate, run.model.sample_rate)[None]
        rendering = run.model.analyse(waveform.to(run.model.device))
        losses.append(run.scorer.losses(run.model.observe(rendering)))
    return torch.cat(losses).cpu()
