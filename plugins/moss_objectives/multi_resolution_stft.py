"""Multi-resolution STFT loss: does the sound have the track's spectrum, fine and coarse?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from moss_core import STFT, Needs, Objective, Rendered, Target, hookimpl, power

FFT_SIZES = (512, 1024, 2048)
_HOPS = 4  # in a window
_SMALLEST_POWER = 1e-8
_SHORTEST = 0.13  # seconds: more than half the longest FFT at 8 kHz, to be reflected


def _cells(waveform: Tensor, fft_size: int) -> Tensor:
    return power(STFT(fft_size, fft_size // _HOPS).forward(waveform))  # N x bins x frames


class _Distance(torch.autograd.Function):
    """Spectral convergence plus log-magnitude L1 of powers `(N, bins, frames)`, `(N,)`.

    The gradient is written out, and found with the value: a third of the passes over the cells
    that its parts would take one by one.
    """

    @staticmethod
    def forward(ctx: Any, cells: Tensor, target: Tensor) -> Tensor:
        magnitude = cells.clamp(min=_SMALLEST_POWER).sqrt()
        difference = magnitude - target
        far = torch.linalg.vector_norm(difference, dim=(1, 2), keepdim=True)
        whole = torch.linalg.vector_norm(target)
        logarithmic = (magnitude / target).log_().abs_().mean((1, 2))
        if ctx.needs_input_grad[0]:
            slope = difference.sign().div_(magnitude).div_(target[0].numel())
            slope.addcdiv_(difference, (far * whole).clamp(min=1e-20))
            ctx.save_for_backward(slope.div_(magnitude).mul_(cells >= _SMALLEST_POWER).div_(2))
        found: Tensor = far[:, 0, 0] / whole + logarithmic
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        slope: Tensor = ctx.saved_tensors[0]
        return gradients[0][:, None, None] * slope, None


class MultiResolutionSTFT:
    """Spectral convergence plus log-magnitude L1, mean over FFT sizes 512, 1024 and 2048.

    Yamamoto et al., Parallel WaveGAN, ICASSP 2020, https://arxiv.org/abs/1910.11480, with hops
    of a quarter; agrees with `auraloss.freq.MultiResolutionSTFTLoss` per item.
    """

    def __init__(self, target: Target) -> None:
        self._targets = [
            _cells(target.waveform, size).clamp(min=_SMALLEST_POWER).sqrt() for size in FFT_SIZES
        ]

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N,)`."""
        count = len(FFT_SIZES)
        chosen = range(count) if rendered.turn is None else [rendered.turn % count]
        loss = torch.zeros_like(rendered.waveform[:, 0])  # N
        for index in chosen:
            cells = _cells(rendered.waveform, FFT_SIZES[index])
            distance: Tensor = _Distance.apply(cells, self._targets[index])  # type: ignore[no-untyped-call]
            loss = loss + distance / len(chosen)
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
            facts={
                "FFT sizes": f"{', '.join(map(str, FFT_SIZES))} samples",
                "Hops": f"{', '.join(str(size // _HOPS) for size in FFT_SIZES)} samples",
            },
            needs=Needs(seconds=_SHORTEST),
            thread_safe=True,
        )
    ]
