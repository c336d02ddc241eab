"""The anchors of a MUSHRA test: the track without its treble."""

from __future__ import annotations

import torch
from torch import Tensor

from moss_core.machine import on_one_core

ANCHORS = {"anchor35": 3500.0, "anchor70": 7000.0}
"""Cut-off frequencies in Hz, by webMUSHRA's names: the low and the mid anchor."""
_TRANSITION = 1 / 7


@on_one_core()
def low_passed(sound: Tensor, sample_rate: int, hertz: float) -> Tensor:
    """Return `(channels, samples)` without what lies above a frequency.

    As ITU-R BS.1534-3 (https://www.itu.int/rec/R-REC-BS.1534), 5.1, wants it of the 3.5 kHz anchor:
    flat up to it, and 25 dB down and more from 4 kHz on. Here nothing is left from an eighth above
    on, so that the mid anchor is the same, an octave higher. There is no delay.

    Args:
        sound: to filter.
        sample_rate: Hz.
        hertz: up to which it passes.
    """
    samples = sound.shape[1]
    mirrored = torch.cat([sound, sound.flip(1)], dim=1).double()
    spectrum = torch.fft.rfft(mirrored)
    bins = torch.fft.rfftfreq(2 * samples, 1 / sample_rate).double()
    fall = ((bins - hertz) / (_TRANSITION * hertz)).clamp(0, 1)
    found = torch.fft.irfft(spectrum * (1 + torch.cos(torch.pi * fall)) / 2, n=2 * samples)
    passed: Tensor = found[:, :samples].type_as(sound)
    return passed
