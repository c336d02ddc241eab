"""Another sample rate for the same sound."""

from __future__ import annotations

import math

import torch
from torch import Tensor


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
