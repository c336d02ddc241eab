"""A sound that is filled block by block, and what is told of it on the way: no copy of it is made.

Half an hour of stereo is 700 MB. Whoever asks of it at once whether its samples are finite, or how
loud it is, has that twice or three times for a moment.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_BLOCK = 1 << 16


class Tally:
    """Samples `(channels, samples)`, full scale = 1, and what has been found in them.

    Args:
        channels: of the sound.
        length: samples there is room for; memory is taken for those only that come.
    """

    def __init__(self, channels: int, length: int) -> None:
        self._samples = torch.empty(channels, length)
        self.length = 0
        """How many have come."""
        self.bad = 0
        """How many of all channels are not a number or infinite."""
        self.peak = 0.0
        """The highest of all channels."""
        self._energy = 0.0

    @property
    def full(self) -> bool:
        """Whether there is room for no more."""
        return self.length == self._samples.shape[1]

    @property
    def rms_db(self) -> float:
        """How loud the mono mix is, dBFS."""
        return 20 * math.log10(math.sqrt(self._energy / max(1, self.length)) + 1e-12)

    @property
    def samples(self) -> Tensor:
        """Those that have come; nothing is added any more."""
        room = self._samples.shape[1]
        if self.length < room:
            # Each channel moves down to the end of the one before, block by block.
            line = self._samples.view(-1)
            for channel in range(len(self._samples)):
                for first in range(0, self.length, _BLOCK):
                    last = min(self.length, first + _BLOCK)
                    here = line[channel * room + first : channel * room + last].clone()
                    line[channel * self.length + first : channel * self.length + last] = here
            kept = line[: len(self._samples) * self.length]
            self._samples = kept.view(len(self._samples), self.length)
        return self._samples

    def add(self, block: Tensor) -> None:
        """Add the next samples `(channels, K)`; those that there is no room for are left out."""
        end = min(self._samples.shape[1], self.length + block.shape[1])
        here = self._samples[:, self.length : end]
        here.copy_(block[:, : here.shape[1]])
        self.length = end
        if not here.numel():
            return
        highest = float(here.abs().max())
        if not math.isfinite(highest):
            self.bad += int((~torch.isfinite(here)).sum())
            return
        self.peak = max(self.peak, highest)
        self._energy += float(here.mean(0).double().square().sum())
