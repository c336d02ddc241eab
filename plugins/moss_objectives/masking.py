"""Audible noise: how far does what was added or taken away stand out of the music?"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from moss_core import STFT, Objective, Parameter, Rendered, Target, hookimpl, power

_LEVEL = 96.0
_WINDOW_SECONDS = 0.05
_HOPS = 4  # in a window
_TONE_DB, _NOISE_DB = 14.5, 5.5  # below the masker
_FLATNESS_OF_TONES_DB = -60.0
_EXPONENT = 0.23  # of loudness over power
_SMALLEST_POWER = 1e-10


def bark(frequency: Tensor) -> Tensor:
    """Return the critical-band rates of frequencies in Hz, in Bark.

    Zwicker and Terhardt, Journal of the Acoustical Society of America 68(5), 1980,
    https://doi.org/10.1121/1.385079; within 0.2 Bark of Zwicker's table.
    """
    return 13 * torch.atan(0.00076 * frequency) + 3.5 * torch.atan((frequency / 7500).square())


def quiet(frequency: Tensor) -> Tensor:
    """Return the threshold in quiet of tones of frequencies in Hz, in dB SPL.

    Terhardt, Hearing Research 1(2), 1979, https://doi.org/10.1016/0378-5955(79)90025-X.
    """
    kilohertz = frequency / 1000
    dip = 6.5 * torch.exp(-0.6 * (kilohertz - 3.3).square())
    return 3.64 * kilohertz.pow(-0.8) - dip + 0.001 * kilohertz.pow(4)


def spread(distance: Tensor) -> Tensor:
    """Return the excitation of a place so many Bark above the sound, in dB relative to the sound's.

    Schroeder, Atal and Hall, Journal of the Acoustical Society of America 66(6), 1979,
    https://doi.org/10.1121/1.383662.
    """
    shifted = distance + 0.474
    return 15.81 + 7.5 * shifted - 17.5 * (1 + shifted.square()).sqrt()


class Masking:
    """How loud the noise is that the track does not mask, mean over time and bands of one Bark.

    The threshold is Johnston's, IEEE Journal on Selected Areas in Communications 6(2), 1988,
    https://doi.org/10.1109/49.608: the track's power in the bands, spread, lowered by 14.5 dB and
    one dB a Bark where the frame's spectral flatness tells of tones, by 5.5 dB where it tells of
    noise, and nowhere below the threshold in quiet. Noise is what the FFT model of ITU-R BS.1387
    takes for it, https://www.itu.int/rec/R-REC-BS.1387: the difference of magnitudes, because
    another phase alone is not heard as noise. Below the threshold it costs nothing, and above it
    grows by the power 0.23 of that recommendation's noise loudness: on the two pairs where both
    were tried, that left as little audible noise as the excess in decibels and a spectrum closer
    to the track's. Forms that are soft at the threshold left more noise.

    Args:
        target: the track.
        level: of a sine of full scale where it is listened to, dB SPL.
    """

    def __init__(self, target: Target, *, level: float = _LEVEL) -> None:
        size = 2 ** round(math.log2(_WINDOW_SECONDS * target.sample_rate))
        self._stft = STFT(size, size // _HOPS)
        frequencies = torch.arange(self._stft.bins).to(target.waveform) * target.sample_rate / size
        members = one_hot(bark(frequencies).long()).to(target.waveform)  # bins x bands
        full_scale = 3 / 32 * size**2  # the sum of the powers of a sine's cells
        self._bands: Tensor = members * (10 ** (level / 10) / full_scale)
        cells = self._cells(target.waveform)
        self._target = cells.sqrt()
        in_quiet = quiet(frequencies)[:, None].where(members > 0, torch.inf).amin(0)
        masked = _masked(self._in_bands(cells), _tonality(cells))
        self.threshold = masked.maximum(10 ** (in_quiet / 10))
        """Powers of the noise that is just not heard, `(1, frames, bands)`, 0 dB SPL = 1."""

    def _cells(self, waveform: Tensor) -> Tensor:
        return power(self._stft.forward(waveform)) + _SMALLEST_POWER  # N x bins x frames

    def _in_bands(self, cells: Tensor) -> Tensor:
        return cells.transpose(1, 2) @ self._bands  # N x frames x bands

    def noise_to_mask(self, waveform: Tensor) -> Tensor:
        """Return noise over threshold, as powers `(N, frames, bands)`, above 1 what is heard."""
        noise = (self._cells(waveform).sqrt() - self._target).square()
        return self._in_bands(noise) / self.threshold

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the means `(N,)`."""
        heard = self.noise_to_mask(rendered.waveform).clamp(min=1)
        return (heard**_EXPONENT - 1).mean((1, 2))


def _tonality(cells: Tensor) -> Tensor:
    """From 0, noise, to 1, tones, for each frame: `(N, bins, frames)` to `(N, frames, 1)`."""
    flatness = 10 * (cells.log10().mean(1) - cells.mean(1).log10())
    return (flatness / _FLATNESS_OF_TONES_DB).clamp(max=1)[:, :, None]


def _masked(powers: Tensor, tonality: Tensor) -> Tensor:
    """What powers `(N, frames, bands)` mask."""
    places = torch.arange(powers.shape[-1]).to(powers)
    spreading = 10 ** (spread(places - places[:, None]) / 10)
    excitation = powers @ (spreading / spreading.sum(0))
    below = torch.lerp(torch.full_like(places, _NOISE_DB), _TONE_DB + 1 + places, tonality)
    return excitation * 10 ** (-below / 10)


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer the audible noise."""
    return [
        Objective(
            name="masking",
            label="Audible noise",
            domain="audio",
            reference="https://doi.org/10.1109/49.608",
            build=Masking,
            description="Lets the image hide where the music covers it, and counts what is heard.",
            facts={
                "Bands": "one Bark wide",
                "Window": "about 50 ms: 512 samples at 8 kHz, 1024 at 16 kHz, 2048 at 44.1 kHz",
                "Masking": f"{_TONE_DB} dB and 1 dB a Bark below tones, {_NOISE_DB} dB below noise",
            },
            parameters={
                "level": Parameter(
                    _LEVEL,
                    "How loud a sine of full scale is where it is listened to: the louder, the "
                    "more is heard in quiet passages.",
                    unit="dB",
                    least=60,
                    most=120,
                )
            },
            thread_safe=True,
        )
    ]
