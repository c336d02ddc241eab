"""How loud each band of a whole track is over time, in little memory however long the track is."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import pad

_FRAMES_AT_ONCE = 256


def band_powers(samples: Tensor, sample_rate: int, edges: Tensor, hop: int, window: int) -> Tensor:
    """Return the mean power per STFT bin of the mono mix between neighbouring edges.

    Frame k has its middle at sample (k + 1/2) * hop: frames divide the track like pixels.

    Args:
        samples: `(channels, samples)`.
        sample_rate: Hz.
        edges: of the bands, Hz, ascending `(bands + 1,)`.
        hop: samples from frame to frame.
        window: samples in a (Hann) window, even.

    Returns:
        `(bands, frames)`, 0 or more.
    """
    places = edges.double() * window / sample_rate + 0.5  # bin k reaches from k to k + 1
    return torch.cat([_between(cells, places) for cells in _powers(samples, hop, window)], 1)


def _powers(samples: Tensor, hop: int, window: int) -> Iterator[Tensor]:
    """Give the power of the mono mix, `(bins, frames)` for a block of frames."""
    taper = torch.hann_window(window)
    count = max(1, samples.shape[1] // hop)
    for first in range(0, count, _FRAMES_AT_ONCE):
        last = min(count, first + _FRAMES_AT_ONCE)
        begin = first * hop + (hop - window) // 2
        end = begin + (last - 1 - first) * hop + window
        block = samples[:, max(0, begin) : end].mean(0)
        block = pad(block, (max(0, -begin), max(0, end - samples.shape[1])))
        spectrum = torch.fft.rfft(block.unfold(0, window, hop) * taper)
        yield (spectrum.real.square() + spectrum.imag.square()).T


def _between(cells: Tensor, places: Tensor) -> Tensor:
    total = pad(cells.cumsum(0, dtype=torch.float64), (0, 0, 1, 0))
    places = places.clamp(0, len(cells))
    below = places.floor().long().clamp(max=len(cells) - 1)
    upto = torch.lerp(total[below], total[below + 1], (places - below)[:, None])
    widths = places.diff().clamp(min=1e-6)[:, None]
    return upto.diff(dim=0).div(widths).clamp(min=0).float()
