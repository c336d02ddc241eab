"""Loudness: is every part of the spectrum as loud to the ear as it is in the track?"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from moss_core import STFT, Objective, Parameter, Rendered, Target, hookimpl, power

_WEIGHTINGS = ("A", "none")
_EXPONENT = 0.2
_WINDOW_SECONDS = 0.05
_HOPS = 4  # in a window
_FILTERS_IN_A_BAND = 2
_FULL_SCALE_DB, _QUIET_DB = 96.0, 3.6  # of a sine, SPL; at 1 kHz the second is just heard
_POLES = (20.598997, 107.65265, 737.86223, 12194.217)


def a_weighting(frequency: Tensor) -> Tensor:
    """Return the A-weighting of frequencies in Hz, in dB.

    IEC 61672-1:2013, annex E, https://webstore.iec.ch/en/publication/5708.
    """
    squares = frequency.square()
    low, lower, upper, high = (squares + pole**2 for pole in _POLES)
    gain = _POLES[3] ** 2 * squares.square() / (low * (lower * upper).sqrt() * high)
    return 20 * gain.log10() + 2


def auditory_filters(frequency: Tensor, centre: Tensor) -> Tensor:
    """Return how much of the power at frequencies passes the ear's filters at centres, in Hz.

    Rounded exponentials as wide as the equivalent rectangular bandwidth: Glasberg and Moore,
    Hearing Research 47, 1990, https://doi.org/10.1016/0378-5955(90)90170-T.

    Returns:
        `(frequencies, centres)`, 1 where both are equal.
    """
    width = 24.7 * (0.00437 * centre + 1)
    away = 4 * (frequency[:, None] - centre).abs() / width
    return (1 + away) * torch.exp(-away)


class Loudness:
    """Mean difference of specific loudness, relative to the track's own mean.

    Moore, Glasberg and Baer, Journal of the Audio Engineering Society 45(4), 1997,
    https://aes2.org/publications/elibrary-page/?id=10272: what the ear's filters let through, E,
    is as loud as `(E + A)^0.2 - A^0.2`, A being twice the power that is just heard. Their
    transfer through the ear is the A-weighting here, and their filters, which widen with the
    level, those of moderate levels.

    Args:
        target: the track.
        weighting: of frequencies before they are compressed, "A" or "none".
        exponent: of loudness over power: Zwicker's is 0.23, Stevens's 0.3; 1 compares powers.
    """

    def __init__(
        self, target: Target, *, weighting: str = _WEIGHTINGS[0], exponent: float = _EXPONENT
    ) -> None:
        size = 2 ** round(math.log2(_WINDOW_SECONDS * target.sample_rate))
        self._stft = STFT(size, size // _HOPS)
        self._exponent = exponent
        frequencies = torch.arange(self._stft.bins).to(target.waveform) * target.sample_rate / size
        self._filters = auditory_filters(frequencies, _centres(frequencies[-1]))  # bins x filters
        if weighting == "A":
            self._filters *= 10 ** (a_weighting(frequencies)[:, None] / 10)
        just_heard = 3 / 32 * size**2 * 10 ** ((_QUIET_DB - _FULL_SCALE_DB) / 10)
        self._filters /= 2 * just_heard
        self._target = self._loudness(target.waveform)
        self._mean = self._target.mean().clamp(min=1.5**exponent - 1)  # everything just heard

    def _loudness(self, waveform: Tensor) -> Tensor:
        excitation = power(self._stft.forward(waveform)).transpose(1, 2) @ self._filters
        return (excitation + 1) ** self._exponent - 1  # N x frames x filters

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the differences `(N,)`, 1 for silence."""
        difference = self._loudness(rendered.waveform) - self._target
        return difference.abs().mean((1, 2)) / self._mean


def _centres(highest: Tensor) -> Tensor:
    """Centres in Hz, two in an equivalent rectangular bandwidth, up to the highest frequency."""
    bands = 21.4 * torch.log10(0.00437 * highest + 1)
    numbers = torch.arange(1, int(_FILTERS_IN_A_BAND * bands) + 1).to(highest) / _FILTERS_IN_A_BAND
    return (10 ** (numbers / 21.4) - 1) / 0.00437


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer loudness."""
    return [
        Objective(
            name="loudness",
            label="Loudness",
            domain="audio",
            reference="https://aes2.org/publications/elibrary-page/?id=10272",
            build=Loudness,
            description="Keeps every band as loud as it is to the ear, quiet ones as quiet.",
            facts={
                "Filters": f"{_FILTERS_IN_A_BAND} in each of the ear's bandwidths",
                "Window": "about 50 ms: 512 samples at 8 kHz, 1024 at 16 kHz, 2048 at 44.1 kHz",
                "Full scale": f"{_FULL_SCALE_DB:g} dB SPL",
            },
            parameters={
                "weighting": Parameter(
                    _WEIGHTINGS[0],
                    "How much each frequency counts: A, as the ear hears it, or all the same.",
                    choices=_WEIGHTINGS,
                ),
                "exponent": Parameter(
                    _EXPONENT,
                    "How loudness grows with power: the smaller, the more quiet parts count.",
                    least=0.1,
                    most=1,
                ),
            },
            thread_safe=True,
        )
    ]
