"""A sound at another rate, how loud it is, and how it is kept from being too loud."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, max_pool1d

from moss_core.machine import on_one_core

CEILING = 10 ** (-0.1 / 20)
"""Highest peak that the limiter lets through: -0.1 dBFS."""
_LIMITER_SECONDS = 0.005
_SILENCE_LUFS = -70.0


def resample(waveform: Tensor, old: int, new: int) -> Tensor:
    """Resample `(..., samples)` from `old` to `new` Hz, to `round(samples * new / old)` samples.

    Band-limited by the discrete Fourier transform of the waveform and its mirror image, which is
    periodic without a jump: flat up to the lower of the two Nyquist frequencies, exact for any
    pair of rates, and the way down undoes the way up. Sample k stands for the time
    (k + 0.5) / rate, so that both rates cover the same time and have the same mirrors.
    """
    # The mirrored waveform has 2N samples. Its DFT is, for k < N (bin N is 0, by symmetry),
    #   X_k = sum_n x_n (exp(-i pi k n / N) + exp(i pi k (n + 1) / N))
    #       = exp(i pi k / 2N) * 2 sum_n x_n cos(pi k (n + 1/2) / N) = exp(i pi k / 2N) C_k,
    # a cosine at the time (n + 1/2) / rate for every k, of a frequency that does not depend on the
    # rate. So M samples of the same sound have the same C_k, as far as both rates have the bin, but
    # exp(i pi k / 2M) for exp(i pi k / 2N), and M / N times the size, since irfft divides by 2M.
    if old == new:
        return waveform
    length = waveform.shape[-1]
    wanted = round(length * new / old)
    mirrored = torch.cat([waveform, waveform.flip(-1)], dim=-1).double()
    spectrum = torch.fft.rfft(mirrored)[..., : min(length, wanted)]
    bins = torch.arange(spectrum.shape[-1], dtype=torch.float64, device=waveform.device)
    half_a_sample = torch.polar(
        torch.full_like(bins, wanted / length), math.pi / 2 * bins * (1 / wanted - 1 / length)
    )
    resampled: Tensor = torch.fft.irfft(spectrum * half_a_sample, n=2 * wanted)
    return resampled[..., :wanted].type_as(waveform)


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
