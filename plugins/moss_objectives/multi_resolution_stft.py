"""Multi-resolution STFT loss: does the sound have the track's spectrum, fine and coarse?"""

from __future__ import annotations

import torch
from torch import Tensor

from moss_core import Objective, Rendered, Target, hookimpl

FFT_SIZES = (512, 1024, 2048)
_HOPS = 4  # in a window
_SMALLEST_POWER = 1e-8


def _magnitude(waveform: Tensor, fft_size: int) -> Tensor:
    window = torch.hann_window(fft_size, dtype=waveform.dtype, device=waveform.device)
    spectrum = torch.stft(waveform, fft_size, fft_size // _HOPS, window=window, return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    return power.clamp(min=_SMALLEST_POWER).sqrt()  # N x bins x frames


class MultiResolutionSTFT:
    """Spectral convergence plus log-magnitude L1, mean over FFT sizes 512, 1024 and 2048.

    Yamamoto et al., Parallel WaveGAN, ICASSP 2020, https://arxiv.org/abs/1910.11480, with hops
    of a quarter; agrees with `auraloss.freq.MultiResolutionSTFTLoss` per item.
    """

    def __init__(self, target: Target) -> None:
        self._targets = [_magnitude(target.waveform, size) for size in FFT_SIZES]

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N,)`."""
        loss = torch.zeros_like(rendered.waveform[:, 0])  # N
        for size, target in zip(FFT_SIZES, self._targets, strict=True):
            magnitude = _magnitude(rendered.waveform, size)
            difference = torch.linalg.vector_norm(magnitude - target, dim=(1, 2))
            convergence = difference / torch.linalg.vector_norm(target)
            log_magnitude = (magnitude.log() - target.log()).abs().mean((1, 2))
            loss = loss + (convergence + log_magnitude) / len(FFT_SIZES)
        return loss


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer the multi-resolution STFT loss."""
    return [
        Objective(
            name="multi_resolution_stft",
            label="Multi-resolution STFT",
            domain="audio",
            reference="https://arxiv.org/abs/1910.11480",
            build=MultiResolutionSTFT,
            description="Keeps the track's spectrum, from short transients to single partials.",
            parameters={
                "FFT sizes": f"{', '.join(map(str, FFT_SIZES))} samples",
                "Hops": f"{', '.join(str(size // _HOPS) for size in FFT_SIZES)} samples",
            },
        )
    ]
