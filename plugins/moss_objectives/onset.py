"""Onsets: do notes and beats begin when they do in the track, and as clearly?"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from moss_core import STFT, Objective, Parameter, Rendered, Target, hookimpl, power

_MEL_BANDS = 48
_GROUPS = 4
_WINDOW_SECONDS = 0.032
_HOPS = 4  # in a window
_LAG = 2  # hops over which power rises
_RANGE = 1e-8  # of the track's highest power: 80 dB
_SMALLEST_POWER = 1e-8


class Onset:
    """Mean difference of onset strengths: by how many decibels mel bands rise, falls left out.

    The spectral flux on a logarithmic spectrum, over half a window, of Böck and Widmer, DAFx 2013,
    https://www.dafx.de/paper-archive/2013/papers/09.dafx2013_submission_12.pdf, without its
    maximum filter, mean over each group of mel bands; agrees with
    `librosa.onset.onset_strength_multi`, whose floor 80 dB below the track's peak is a soft one
    here. Bello et al., IEEE Transactions on Speech and Audio Processing 13(5), 2005,
    https://doi.org/10.1109/TSA.2005.851998, explain why it finds onsets.

    Args:
        target: the track.
        groups: parts of the spectrum whose onsets are told apart.
    """

    def __init__(self, target: Target, *, groups: int = _GROUPS) -> None:
        # Here: half a second to import, which those who chose other objectives need not wait.
        from torchaudio.functional import melscale_fbanks

        rate = target.sample_rate
        size = 2 ** round(math.log2(_WINDOW_SECONDS * rate))
        self._stft = STFT(size, size // _HOPS)
        bank = melscale_fbanks(
            self._stft.bins, 0.0, rate / 2, _MEL_BANDS, rate, norm="slaney", mel_scale="slaney"
        )
        self._bank: Tensor = bank.to(target.waveform)  # bins x bands
        members = one_hot(torch.arange(_MEL_BANDS) * groups // _MEL_BANDS).to(target.waveform)
        self._groups = members / members.sum(0)  # bands x groups
        self._floor = max(_RANGE * float(self._mel(target.waveform).max()), _SMALLEST_POWER)
        self._target = self.strength(target.waveform)

    def _mel(self, waveform: Tensor) -> Tensor:
        # N x frames x bands
        return power(self._stft.forward(waveform)).transpose(1, 2) @ self._bank

    def strength(self, waveform: Tensor) -> Tensor:
        """Return by how much bands rise at each time, in dB, `(N, frames - 2, groups)`."""
        decibels = 10 * torch.log10(self._mel(waveform) + self._floor)
        rise = (decibels[:, _LAG:] - decibels[:, :-_LAG]).relu()  # N x frames - 2 x bands
        return rise @ self._groups

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the mean differences `(N,)`, in dB."""
        return (self.strength(rendered.waveform) - self._target).abs().mean((1, 2))


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer onsets."""
    return [
        Objective(
            name="onset",
            label="Onsets",
            domain="audio",
            reference="https://www.dafx.de/paper-archive/2013/papers/09.dafx2013_submission_12.pdf",
            build=Onset,
            description="Keeps the track's beats and attacks, and adds no others.",
            facts={
                "Mel bands": _MEL_BANDS,
                "Window": "about 32 ms: 256 samples at 8 kHz, 512 at 16 kHz, 1024 at 44.1 kHz",
            },
            parameters={
                "groups": Parameter(
                    _GROUPS,
                    "Into how many parts the spectrum is cut, whose onsets are told apart.",
                    least=1,
                    most=16,
                )
            },
            thread_safe=True,
        )
    ]
