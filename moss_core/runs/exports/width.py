"""How wide a stereo hybrid is, next to its track."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.synthesis import power, resample

_LEAST = 1e-3  # of the middle's amplitude: sides 60 dB below it are rounding, not width


class WidthMeter:
    """Measures hybrids of one run by their width: 1 is as wide as the track, 0 is mono.

    The width of a sound is the amplitude of its sides (half of left minus right) by that of its
    middle (half of left plus right), on the canvas's seconds and hertz.

    Args:
        run: whose track and canvas it is.
    """

    @on_one_core()
    def __init__(self, run: Run) -> None:
        self._model = run.model
        self._stereo: list[Tensor] = []
        if len(run.track.samples) == 2:
            rate = run.track.sample_rate
            stereo = [
                resample(run.track.samples[:, part.section], rate, part.sample_rate)
                for part in run.model.parts
            ]
            self._of_the_track = self._width(stereo)
            self._stereo = stereo if self._of_the_track >= _LEAST else []

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return sum(sound.nbytes for sound in self._stereo)

    @property
    def measures(self) -> bool:
        """Whether the track is stereo and has a width."""
        return bool(self._stereo)

    @on_one_core()
    def width(self, waveform: Tensor) -> float | None:
        """Return how wide a hybrid is, as a part of the track's width; None: it `measures` none.

        Args:
            waveform: the painted channels, `(P, samples)` at the working rate.
        """
        if not self._stereo:
            return None
        pairs = zip(self._stereo, self._model.split(waveform), strict=True)
        changed = [
            stereo + part.painted.give @ (own - part.track).cpu() for stereo, (part, own) in pairs
        ]
        return self._width(changed) / self._of_the_track

    def _width(self, sounds: Sequence[Tensor]) -> float:
        energies = torch.zeros(2, dtype=torch.float64)
        for part, (left, right) in zip(self._model.parts, sounds, strict=True):
            spectra = part.stft.forward(torch.stack([left + right, left - right]))
            energies += power(spectra[:, part.grid.bins]).double().sum((1, 2))
        middle, sides = energies.sqrt().tolist()
        return float(sides / max(middle, 1e-12))
