"""Log-mel distance: has the sound the track's energy in every band that the ear tells apart?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from moss_core import STFT, Objective, Parameter, Rendered, Target, hookimpl, power

_FFT_SECONDS = 0.064
_SMALLEST = 1e-5
_BANDS = Parameter(
    64, "How finely the frequencies are told apart.", unit="bands", least=16, most=128
)


class LogMel:
    """Mean absolute difference of log-mel spectrograms.

    The reconstruction loss of HiFi-GAN: Kong et al., NeurIPS 2020,
    https://arxiv.org/abs/2010.05646, with their mel scale (Slaney's), in windows as long in
    seconds at every rate; agrees with the same from librosa.
    """

    def __init__(self, target: Target, *, bands: int) -> None:
        # Here: half a second to import, which those who chose other objectives need not wait.
        from torchaudio.functional import melscale_fbanks

        size = 2 * round(_FFT_SECONDS * target.sample_rate / 2)
        self._stft = STFT(size, size // 4)
        nyquist = target.sample_rate / 2
        bank = melscale_fbanks(
            self._stft.bins, 0.0, nyquist, bands, target.sample_rate, "slaney", "slaney"
        )
        bank = bank[:, bank.amax(0) > 0]  # the lowest bands of many may lie between two bins
        self._bank = bank.to(target.waveform).T  # bands x bins
        self._target = self._log_mel(target.waveform)

    def _log_mel(self, waveform: Tensor) -> Tensor:
        missing = self._stft.fft_size // 2 + 1 - waveform.shape[1]
        if missing > 0:  # a reflection needs so many samples
            waveform = pad(waveform, (0, missing))
        cells = power(self._stft.forward(waveform))
        magnitude = (cells + _SMALLEST**2).sqrt()
        return torch.log((self._bank @ magnitude).clamp(min=_SMALLEST))  # N x bands x frames

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
            facts={"FFT window": f"{1000 * _FFT_SECONDS:.0f} ms, hops of a quarter"},
            parameters={"bands": _BANDS},
            thread_safe=True,
        )
    ]
