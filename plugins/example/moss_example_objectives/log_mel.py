"""Log-mel distance: has the sound the track's energy in every band that the ear tells apart?"""

from __future__ import annotations

import torch
from torch import Tensor
from torchaudio.functional import melscale_fbanks

from moss_core import STFT, Objective, Rendered, Target, hookimpl, power

_BANDS = 64
_FFT_SECONDS = 0.064
_SMALLEST = 1e-5


class LogMel:
    """Mean absolute difference of log-mel spectrograms, 64 bands.

    The reconstruction loss of HiFi-GAN: Kong et al., NeurIPS 2020,
    https://arxiv.org/abs/2010.05646.
    """

    def __init__(self, target: Target) -> None:
        # As long in seconds at every rate, so that even the lowest bands hold a bin.
        self._fft_size = 2 * round(_FFT_SECONDS * target.sample_rate / 2)
        bank = melscale_fbanks(
            self._fft_size // 2 + 1, 0.0, target.sample_rate / 2, _BANDS, target.sample_rate
        )
        self._bank = bank.to(target.waveform).T  # bands x bins
        self._target = self._log_mel(target.waveform)

    def _log_mel(self, waveform: Tensor) -> Tensor:
        cells = power(STFT(self._fft_size, self._fft_size // 4).forward(waveform))
        magnitude = (cells + _SMALLEST**2).sqrt()
        return torch.log(self._bank @ magnitude + _SMALLEST)  # N x bands x frames

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N,)`."""
        return (self._log_mel(rendered.waveform) - self._target).abs().mean((1, 2))


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer the log-mel distance."""
    return [
        Objective(
            name="log_mel",
            label="Log-mel distance",
            domain="audio",
            reference="https://arxiv.org/abs/2010.05646",
            build=LogMel,
            description="Keeps the track's energy in every band that the ear tells apart.",
            facts={"Mel bands": _BANDS, "FFT window": f"{1000 * _FFT_SECONDS:.0f} ms"},
        )
    ]
