"""How wide a stereo hybrid is, next to its track."""

from __future__ import annotations

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
        self._stereo: Tensor | None = None
        if len(run.track.samples) == 2:
            section = run.track.samples[:, run.model.section]
            stereo = resample(section, run.track.sample_rate, run.model.sample_rate)
            self._of_the_track = self._width(stereo)
            self._stereo = stereo if self._of_the_track >= _LEAST else None

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self._stereo.nbytes if self._stereo is not None else 0

    @property
    def measures(self) -> bool:
        """Whether the track is stereo and has a width."""
        return self._stereo is not None

    @on_one_core()
    def width(self, waveform: Tensor) -> float | None:
        """Return how wide a hybrid is, as a part of the track's width; None: it `measures` none.

        Args:
            waveform: the painted channels, `(P, samples)` at the working rate.
        """
        if self._stereo is None:
            return None
        change = (waveform - self._model.track).cpu()
        return self._width(self._stereo + self._model.painted.give @ change) / self._of_the_track

    def _width(self, stereo: Tensor) -> float:
        left, right = stereo
        spectra = self._model.stft.forward(torch.stack([left + right, left - right]))
        cells = power(spectra[:, self._model.grid.bins]).double()
        middle, sides = cells.sum((1, 2)).sqrt().tolist()
        return float(sides / max(middle, 1e-12))
