"""Short-time Fourier transform and its inverse, with gradients as fast as the transforms.

Backwards, PyTorch 2.11 takes a real Fourier transform for a complex one of twice the size, and its
own `stft` spends five times as long on the gradient as on the values. The adjoint of a real
transform is a real transform, which is what the two functions here use; their values are those
of `torch.stft` and `torch.istft`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from moss_core.errors import MossError


@dataclass(frozen=True)
class STFT:
    """A short-time Fourier transform and its inverse, Hann window, centred frames.

    Args:
        fft_size: window and FFT length in samples, even.
        hop: distance between frames in samples, at most a quarter of `fft_size`, so that the
            windows overlap enough for phases to be refined (Griffin and Lim, 1984,
            https://doi.org/10.1109/TASSP.1984.1164317).
    """

    fft_size: int = 1024
    hop: int = 256

    def __post_init__(self) -> None:
        if self.fft_size < 64 or self.fft_size % 2:
            raise MossError(
                "fft_size",
                "must be an even number of samples, at least 64",
                self.fft_size,
                "Use 1024, or another power of two.",
            )
        if not 1 <= self.hop <= self.fft_size // 4:
            raise MossError(
                "hop",
                f"must be 1 to {self.fft_size // 4} samples (a quarter of fft_size)",
                self.hop,
                "Use a quarter of fft_size.",
            )

    @property
    def bins(self) -> int:
        """Number of frequency bins, `fft_size // 2 + 1`."""
        return self.fft_size // 2 + 1

    def frames(self, samples: int) -> int:
        """Number of frames of a waveform of `samples` samples."""
        return 1 + samples // self.hop

    def forward(self, waveform: Tensor) -> Tensor:
        """Transform `(N, samples)`, longer than half an FFT, to a complex `(N, bins, frames)`."""
        spectrum: Tensor = _Analysis.apply(waveform, self)  # type: ignore[no-untyped-call]
        return spectrum.transpose(1, 2)

    def inverse(self, spectrum: Tensor, samples: int) -> Tensor:
        """Transform a complex `(N, bins, frames)` back to `(N, samples)`."""
        across = spectrum.transpose(1, 2)
        added: Tensor = _Synthesis.apply(across, self, samples)  # type: ignore[no-untyped-call]
        return added / _envelope(self, samples, added.dtype, added.device)

    def _cut(self, waveform: Tensor) -> Tensor:
        """Cut a padded waveform into windowed frames, `(N, frames, fft_size)`."""
        window = _hann(self.fft_size, waveform.dtype, waveform.device)
        return waveform.unfold(1, self.fft_size, self.hop) * window

    def _overlap_add(self, frames: Tensor, samples: int) -> Tensor:
        """Window frames and add them up: the adjoint of `_cut`, `(N, samples + fft_size)`."""
        frames = frames * _hann(self.fft_size, frames.dtype, frames.device)
        overlap = -(-self.fft_size // self.hop)
        frames = pad(frames, (0, overlap * self.hop - self.fft_size))
        count, length = frames.shape[:2]
        pieces = frames.view(count, length, overlap, self.hop)
        line = frames.new_zeros(count, length + overlap - 1, self.hop)
        for index in range(overlap):
            line[:, index : index + length] += pieces[:, :, index]
        line = line.view(count, -1)
        return pad(line, (0, samples + self.fft_size - line.shape[1]))


@lru_cache(maxsize=16)
def _hann(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.hann_window(size, dtype=dtype, device=device)


@lru_cache(maxsize=8)
def _envelope(stft: STFT, samples: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The sum of the squared windows at each sample, `(samples,)`."""
    window = _hann(stft.fft_size, dtype, device)
    windows = window.expand(1, stft.frames(samples), -1)
    half = stft.fft_size // 2
    return stft._overlap_add(windows, samples)[0, half : half + samples].clamp(min=1e-11)


# The adjoints. For a real loss, PyTorch's gradient of a complex Y is G = dL/dRe(Y) + i dL/dIm(Y).
# With N samples, bins k = 0..N/2 and w = exp(2 pi i / N):
#
# rfft is Y_k = sum_n x_n w^(-kn), so dL/dx_n = sum_k Re(conj(G_k) w^(-kn)) = sum_k Re(G_k w^(kn)).
# irfft without its 1/N (norm="forward") is x_n = sum_k c_k Re(H_k w^(kn)), where c is 1 for the
# first and the last bin and 2 between, since each bin between stands for its mirror image too.
# Hence dL/dx = irfft(G / c).
#
# Likewise irfft is x_n = 1/N sum_k c_k Re(Y_k w^(kn)), so that, with g = dL/dx,
# G_k = c_k/N sum_n g_n (cos - i sin)(2 pi kn / N) = c_k rfft(g)_k / N.
#
# Cutting and windowing read every sample where a frame has it; the adjoint adds it back there,
# which is _overlap_add, and the other way round. Reflecting reads the sample j from an end a second
# time at j beyond that end; the adjoint adds the gradient found beyond it at its mirror image.


class _Analysis(torch.autograd.Function):
    """Reflect the ends, cut into frames, transform: `(N, samples)` to `(N, frames, bins)`."""

    @staticmethod
    def forward(ctx: Any, waveform: Tensor, stft: STFT) -> Tensor:
        ctx.stft, ctx.samples = stft, waveform.shape[1]
        half = stft.fft_size // 2
        ends = pad(waveform[:, None], (half, half), mode="reflect")[:, 0]
        spectrum: Tensor = torch.fft.rfft(stft._cut(ends))
        return spectrum

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        stft, samples, half = ctx.stft, ctx.samples, ctx.stft.fft_size // 2
        bins = _ends_against_rest(gradients[0].contiguous(), 0.5)
        frames = torch.fft.irfft(bins, norm="forward")
        line = stft._overlap_add(frames, samples)
        inside = line[:, half : half + samples].clone()
        inside[:, 1 : half + 1] += line[:, :half].flip(1)
        inside[:, -half - 1 : -1] += line[:, half + samples :].flip(1)
        return inside, None


class _Synthesis(torch.autograd.Function):
    """Transform back and add up: `(N, frames, bins)` to `(N, samples)`, windows not divided out."""

    @staticmethod
    def forward(ctx: Any, spectrum: Tensor, stft: STFT, samples: int) -> Tensor:
        ctx.stft, ctx.half = stft, stft.fft_size // 2
        line = stft._overlap_add(torch.fft.irfft(spectrum.contiguous()), samples)
        return line[:, ctx.half : ctx.half + samples].contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        frames = ctx.stft._cut(pad(gradients[0], (ctx.half, ctx.half)))
        return _ends_against_rest(torch.fft.rfft(frames, norm="forward"), 2), None, None


def _ends_against_rest(spectrum: Tensor, factor: float) -> Tensor:
    """Scale all bins but the first and the last, which have no mirror image, by `factor`."""
    scaled = spectrum * factor
    scaled[..., 0] = spectrum[..., 0]
    scaled[..., -1] = spectrum[..., -1]
    return scaled


class _Power(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, spectrum: Tensor) -> Tensor:
        ctx.save_for_backward(spectrum)
        return spectrum.real.square() + spectrum.imag.square()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        spectrum: Tensor = ctx.saved_tensors[0]
        # |Y|^2 = Re(Y)^2 + Im(Y)^2, so dL/dRe(Y) + i dL/dIm(Y) = g (2 Re(Y) + 2i Im(Y)): 0 at 0,
        # where the gradient of |Y| is not defined.
        return 2 * gradients[0] * spectrum


def power(spectrum: Tensor) -> Tensor:
    """Return `|spectrum|^2`, differentiable at zero."""
    found: Tensor = _Power.apply(spectrum)  # type: ignore[no-untyped-call]
    return found


def wrapped(phase: Tensor) -> Tensor:
    """Return phases in radians within half a turn of 0."""
    return phase - math.tau * (phase / math.tau).round()
