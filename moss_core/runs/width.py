"""How wide a stereo hybrid is, next to its track."""

from __future__ import annotations

import torch
from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.synthesis import power, resample

_LEAST = 1e-3  # of the mid's amplitude: sides 60 dB below it are rounding, not width


@on_one_core()
def width(run: Run, waveform: Tensor) -> float | None:
    """Return how wide a hybrid is on the canvas, as a part of the track's own width there.

    The width of a sound is the amplitude of its sides (half of left minus right) by that of its
    middle (half of left plus right): 0 is mono. It is measured on the canvas's seconds and hertz.

    Args:
        run: whose track and canvas it is.
        waveform: the painted channels, `(P, samples)` at the working rate.

    Returns:
        1 for the track itself; None for a track that is not stereo or has no width.
    """
    model, track = run.model, run.track
    if len(track.samples) != 2:
        return None
    stereo = resample(track.samples[:, model.section], track.sample_rate, model.sample_rate)
    of_the_track = _width(run, stereo)
    if of_the_track < _LEAST:
        return None
    change = (waveform - model.track).cpu()
    return _width(run, stereo + model.painted.give @ change) / of_the_track


def _width(run: Run, stereo: Tensor) -> float:
    left, right = stereo
    middle_and_sides = torch.stack([left + right, left - right])
    cells = power(run.model.stft.forward(middle_and_sides)[:, run.model.grid.bins])
    middle, sides = cells.double().sum((1, 2)).sqrt().tolist()
    return float(sides / max(middle, 1e-12))
