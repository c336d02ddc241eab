"""How loud a sound is, and how it is kept from being too loud."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, max_pool1d

from moss_core.machine import on_one_core

CEILING = 10 ** (-0.1 / 20)
"""Highest peak that the limiter lets through: -0.1 dBFS."""
_LIMITER_SECONDS = 0.005
_SILENCE_LUFS = -70.0


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
