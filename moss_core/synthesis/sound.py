"""A sound at another rate, how loud it is, and how it is kept from being too loud."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import conv1d, pad

from moss_core.machine import on_one_core

CEILING = 10 ** (-0.1 / 20)
"""Highest peak that the limiter lets through: -0.1 dBFS."""
SILENCE_LUFS = -70.0
"""Loudness of what is too quiet to have any."""
_LIMITER_SECONDS = 0.005
_LEAST_OVERSAMPLING, _TRUE_PEAK_RATE = 4, 192_000
_SINC_REACH = 16  # samples to both sides that tell what lies between two
_BLOCK = 1 << 18
_OF_NO_WEIGHT = -0.691
_HOP_SECONDS, _HOPS_IN_A_BLOCK, _HOPS_AT_ONCE = 0.1, 4, 49
_REAR = math.sqrt(2)  # 1.41 in the standard: what comes from the side or behind is louder
_WEIGHTS: dict[int, tuple[float, ...]] = {
    4: (1, 1, _REAR, _REAR),
    5: (1, 1, 1, _REAR, _REAR),
    6: (1, 1, 1, 0, _REAR, _REAR),
    7: (1, 1, 1, 0, _REAR, _REAR, _REAR),
    8: (1, 1, 1, 0, _REAR, _REAR, _REAR, _REAR),
}


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


def limiter_gain(
    samples: Tensor, sample_rate: int, peak: float = CEILING, true_peak: float = math.inf
) -> Tensor:
    """Return the gain `(samples,)`, 1 almost everywhere, that keeps `(channels, samples)` in range.

    The gain that each sample needs, its minimum over 5 ms to both sides, then the mean over the
    same window: the mean of values that are all low enough, so no sample passes the ceiling. What
    lies between two samples passes it by a hair where the gain moves.

    Args:
        samples: full scale = 1.
        sample_rate: Hz.
        peak: highest sample that is let through.
        true_peak: highest peak that is let through, between the samples too.
    """
    needed = _gain_to(peak, samples.abs().amax(0))
    if true_peak < math.inf:
        needed = torch.minimum(
            needed, _gain_to(true_peak, _oversampled_peaks(samples, sample_rate))
        )
    if bool((needed == 1).all()):
        return needed
    reach = round(_LIMITER_SECONDS * sample_rate)
    reduction = _highest_around(1 - needed, reach).double()
    sums = pad(reduction.cumsum(0), (1, 0))
    places = torch.arange(len(reduction))
    first, last = (places - reach).clamp(min=0), (places + reach + 1).clamp(max=len(reduction))
    smooth = 1 - (sums[last] - sums[first]) / (last - first)
    return torch.minimum(smooth.type_as(needed), needed)


def _gain_to(ceiling: float, peaks: Tensor) -> Tensor:
    return torch.where(peaks > ceiling, ceiling / peaks, 1)


def _highest_around(values: Tensor, reach: int) -> Tensor:
    """Return the maximum of `(samples,)` over so many to both sides, of values from 0 up."""
    # Of windows that double in length: a handful of passes, where max_pool1d takes hundreds.
    found, width, wanted = pad(values, (reach, reach)), 1, 2 * reach + 1
    while width < wanted:
        step = min(width, wanted - width)
        found = torch.maximum(found[:-step], found[step:])
        width += step
    return found


@on_one_core()
def true_peak(samples: Tensor, sample_rate: int) -> float:
    """Return the highest peak of `(channels, samples)`, between the samples too; full scale = 1.

    Measured as in annex 2 of ITU-R BS.1770-4 (https://www.itu.int/rec/R-REC-BS.1770), at four
    times the rate at least, and at 192 kHz at least.
    """
    return max(float(samples.abs().max()), float(_oversampled_peaks(samples, sample_rate).max()))


def _oversampled_peaks(samples: Tensor, sample_rate: int) -> Tensor:
    """Return the highest value of all channels from each sample to the next, `(samples,)`."""
    times = max(_LEAST_OVERSAMPLING, math.ceil(_TRUE_PEAK_RATE / sample_rate))
    away = torch.arange(1 - _SINC_REACH, _SINC_REACH + 1, dtype=torch.float64)
    away = away - torch.arange(times, dtype=torch.float64)[:, None] / times  # times x taps
    window = torch.cos(math.pi / 2 * away / _SINC_REACH).square()
    kernels = (torch.sinc(away) * window).type_as(samples)[:, None]
    padded = pad(samples, (_SINC_REACH - 1, _SINC_REACH))
    found = []
    for first in range(0, samples.shape[1], _BLOCK):
        block = padded[:, first : first + _BLOCK + 2 * _SINC_REACH - 1]
        found.append(conv1d(block[:, None], kernels).abs().amax((0, 1)))
    return torch.cat(found)


@on_one_core()
def loudness(samples: Tensor, sample_rate: int) -> float:
    """Return the integrated loudness of `(channels, samples)` in LUFS, at least -70.

    ITU-R BS.1770-4 (https://www.itu.int/rec/R-REC-BS.1770): K-weighted, in blocks of 400 ms that
    overlap by three quarters, gated at -70 LUFS and at 10 LU below what that leaves. A sound that
    is shorter than a block is one.

    Args:
        samples: full scale = 1; channels in the order of a WAV file, of six the fourth is the bass,
            which does not count.
        sample_rate: Hz.
    """
    energy = _weighted_energy(samples, sample_rate)
    if len(energy) >= _HOPS_IN_A_BLOCK:
        energy = energy.unfold(0, _HOPS_IN_A_BLOCK, 1).mean(1)
    else:
        energy = energy.mean(0, keepdim=True)
    gate = 10 ** ((SILENCE_LUFS - _OF_NO_WEIGHT) / 10)
    for _ in range(2):
        energy = energy[energy > gate]
        if not len(energy):
            return SILENCE_LUFS
        gate = max(gate, float(energy.mean()) / 10)
    return max(SILENCE_LUFS, _OF_NO_WEIGHT + 10 * math.log10(float(energy.mean())))


def _weighted_energy(samples: Tensor, sample_rate: int) -> Tensor:
    """Return the K-weighted mean square of each whole 100 ms, summed over channels, `(hops,)`."""
    hop = round(_HOP_SECONDS * sample_rate)
    count = max(1, samples.shape[1] // hop)
    # Filtered by FFT, around in a circle: the filters have forgotten all after 100 ms, so of each
    # lot only what is in its first 100 ms is wrong.
    lot_of = min(count, _HOPS_AT_ONCE)
    response = _k_weighting(sample_rate, (lot_of + 1) * hop)
    weights = _WEIGHTS.get(len(samples), (1,) * len(samples))
    found = torch.zeros(count, dtype=torch.float64)
    for channel, weight in zip(samples, weights, strict=True):
        for first in range(0, count, lot_of):
            here = channel[max(0, first - 1) * hop : (first + lot_of) * hop].double()
            before = 0 if first else hop
            lot = pad(here, (before, (lot_of + 1) * hop - before - len(here)))
            filtered = torch.fft.irfft(torch.fft.rfft(lot) * response, n=len(lot))
            energy = filtered.view(-1, hop)[1:].square().mean(1)
            found[first : first + lot_of] += weight * energy[: count - first]
    return found


@lru_cache(maxsize=4)
def _k_weighting(sample_rate: int, length: int) -> Tensor:
    """Return the response of the standard's two filters at the frequencies of a real FFT.

    The standard gives coefficients for 48 kHz; for other rates the analogue filters behind them
    are mapped anew, with the values that FFmpeg and libebur128 use too.
    """
    turn = torch.arange(length // 2 + 1, dtype=torch.float64) * (2 * math.pi / length)
    back = torch.polar(torch.ones_like(turn), -turn)  # a delay of one sample

    def biquad(tops: tuple[float, float, float], k: float, quality: float) -> Tensor:
        scale = 1 + k / quality + k * k
        ones, twos = 2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale
        return (tops[0] + tops[1] * back + tops[2] * back**2) / (1 + ones * back + twos * back**2)

    k, quality = math.tan(math.pi * 1681.974450955533 / sample_rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    middle, scale = high**0.4996667741545416, 1 + k / quality + k * k
    first, last = high + k * k, middle * k / quality
    shelf = (first + last) / scale, 2 * (k * k - high) / scale, (first - last) / scale
    below = math.tan(math.pi * 38.13547087602444 / sample_rate)
    return biquad(shelf, k, quality) * biquad((1.0, -2.0, 1.0), below, 0.5003270373238773)
