"""What a sound looks like in a program: a `Viewer` drawn.

`draw` is the picture of a file just opened, `see` the canvas's part of it: the program set to show
just that, its window on the screen brought to the picture's size as an image viewer would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import pad

from moss_core.objectives import Viewer
from moss_core.synthesis.canvas import PlacedCanvas
from moss_core.synthesis.sound import resample
from moss_core.synthesis.spectrogram import (
    Axis,
    decibels,
    percentile,
    resampling_matrix,
    resize,
)
from moss_core.synthesis.stft import power

SCREEN = (512, 1024)
"""Height and width in pixels of what a program shows of one channel, such as on a laptop."""
_SILENCE = 1e-20  # power: -200 dBFS, black in every viewer
_ROUNDING = 1e-4  # lines
_AT_ONCE = 1 << 23  # samples: 32 MB of windowed frames, transformed together

_BLACKMAN_HARRIS = (0.35875, -0.48829, 0.14128, -0.01168)


def draw(
    viewer: Viewer, samples: Tensor, sample_rate: int, size: tuple[int, int] = SCREEN
) -> Tensor:
    """Draw a sound as a program does when its file is opened.

    Args:
        viewer: the program.
        samples: `(..., C, samples)`, full scale = 1.
        sample_rate: of `samples`, Hz.
        size: `(height, width)` in pixels, of one channel.

    Returns:
        `(..., C', height, width)` in [0, 1], row 0 = highest frequency; C' is C, or 1 where the
        viewer shows one channel.
    """
    axis = Axis(viewer.axis, viewer.low, viewer.top_for(sample_rate))
    sound = _Sound.of(viewer, samples, sample_rate)
    return _Window(sound, axis, 0.0, samples.shape[-1] / sample_rate).draw(size)


def see(
    viewer: Viewer,
    samples: Tensor,
    sample_rate: int,
    canvas: PlacedCanvas,
    size: tuple[int, int] = (256, 256),
) -> Tensor:
    """Draw the canvas's part of a sound, as a program set to show just that does.

    The axis and its ends are the canvas's. Where white is that of the loudest cells, these are of
    the canvas's part. What lies above half the rate at which the program analyses is black.

    Args:
        viewer: the program.
        samples: of the whole file, `(..., C, samples)`, full scale = 1.
        sample_rate: of `samples`, Hz.
        canvas: what is looked at.
        size: `(height, width)` in pixels.

    Returns:
        `(..., C', height, width)` in [0, 1], row 0 = highest frequency; C' as of `draw`.
    """
    axis = Axis(canvas.axis, canvas.low, canvas.high)
    sound = _Sound.of(viewer, samples, sample_rate)
    screen = max(SCREEN[0], size[0]), max(SCREEN[1], size[1])
    shown = _Window(sound, axis, canvas.start, canvas.duration).draw(screen)
    return resize(shown, *size)


@dataclass(frozen=True)
class _Sound:
    """What a program analyses: the channels that it shows, at its rate, and its transform.

    Args:
        waves: `(..., C', samples)`.
        rate: Hz.
        taper: `(window,)`, scaled so that a full-scale sine has magnitude 1 at its peak.
        fft_size: with the padding.
    """

    viewer: Viewer
    waves: Tensor
    rate: int
    taper: Tensor
    fft_size: int

    @classmethod
    def of(cls, viewer: Viewer, samples: Tensor, sample_rate: int) -> _Sound:
        channels = samples.shape[-2]
        if viewer.channel == "first":
            samples = samples[..., :1, :]
        elif viewer.channel == "mix":
            samples = samples.mean(-2, keepdim=True)
        rate, window = viewer.rate_for(sample_rate), viewer.window_for(channels)
        taper = _TAPERS[viewer.taper](window).to(samples)
        waves = resample(samples, sample_rate, rate)
        return cls(viewer, waves, rate, taper * 2 / taper.sum(), window * viewer.padding)

    @property
    def bin_width(self) -> float:
        """Hz from bin to bin."""
        return self.rate / self.fft_size

    def power(self, centres: Tensor, bins: slice) -> Tensor:
        """Return the power `(..., C', bins, frames)` of frames around `centres`, in samples."""
        window = len(self.taper)
        first = int(centres.min()) - window // 2 if len(centres) else 0
        last = int(centres.max()) + window if len(centres) else 0
        before, after = max(0, -first), max(0, last - self.waves.shape[-1])
        line = pad(self.waves, (before, after))
        starts = (centres - window // 2 + before).to(line.device)
        span = torch.arange(window, device=line.device)
        found = []
        for part in torch.split(starts, max(1, _AT_ONCE // (window * line[..., 0].numel()))):
            frames = line[..., part[:, None] + span] * self.taper  # ... x C' x frames x window
            spectrum = torch.fft.rfft(frames, n=self.fft_size)[..., bins]
            found.append(power(spectrum))
        return torch.cat(found, -2).transpose(-1, -2)


@dataclass(frozen=True)
class _Window:
    """What a program shows: so much of the frequencies, from `start` on for `duration` seconds."""

    sound: _Sound
    axis: Axis
    start: float
    duration: float

    def draw(self, size: tuple[int, int]) -> Tensor:
        """Return the window at `(height, width)`: `(..., C', height, width)` in [0, 1]."""
        height, width = size
        viewer = self.sound.viewer
        bins, edges = self._rows(height)
        cells, times = self._cells(bins, width)
        shades = (cells - self._white(cells)).div(viewer.range).add(1).clamp(0, 1)
        if times is not None:
            shades = _spread(shades.transpose(-1, -2), times, viewer.columns).transpose(-1, -2)
        picture = _spread(shades, edges, viewer.rows).flip(-2)
        heights = (torch.arange(height, dtype=torch.float64) + 0.5) / height
        beyond = self.axis.frequency(heights.flip(0)) > self.sound.rate / 2
        return picture.masked_fill(beyond[:, None].to(picture.device), 0)

    def _rows(self, height: int) -> tuple[slice, Tensor]:
        """The bins that are shown, and where among them rows have their edges, low to high."""
        there = self.sound.fft_size // 2 + 1
        frequencies = self.axis.frequency(torch.linspace(0, 1, height + 1, dtype=torch.float64))
        edges = frequencies / self.sound.bin_width
        if self.sound.viewer.rows == "bins":
            edges = edges * there / (there - 1) - 0.5
        first = min(max(0, int(edges[0])), there - 2)
        last = min(max(first + 1, int(edges[-1].ceil())), there - 1)
        return slice(first, last + 1), edges - first

    def _cells(self, bins: slice, width: int) -> tuple[Tensor, Tensor | None]:
        """The levels `(..., C', bins, frames)` in dBFS of what is shown; edges of pixel columns.

        The edges are among the frames, None where each frame is a pixel column already.
        """
        viewer, rate = self.sound.viewer, self.sound.rate
        column = self.duration * rate / width
        edges = self.start * rate + torch.arange(width + 1, dtype=torch.float64) * column
        if viewer.hop is not None:
            first, last = int((edges[0] / viewer.hop).ceil()), int(edges[-1] / viewer.hop)
            centres = torch.arange(first, max(first, last) + 1) * viewer.hop
            cells = decibels(self.sound.power(centres, bins), _SILENCE)
            return cells, edges / viewer.hop - first
        window = len(self.sound.taper)
        if viewer.columns == "power":
            count = max(1, -int(-column // (window / 2)))
            offsets = (torch.arange(count).double() + 0.5) * column / count
        elif viewer.columns == "decibels" and column >= window:
            offsets = (torch.arange(int(column // window)).double() + 0.5) * window
        elif viewer.columns == "decibels":
            offsets = torch.tensor([column - window / 2], dtype=torch.float64)
        else:
            offsets = torch.tensor([column / 2], dtype=torch.float64)
        centres = (edges[:-1, None] + offsets).round().long()
        found = self.sound.power(centres.flatten(), bins)
        found = found.reshape(*found.shape[:-1], *centres.shape)  # ... x C' x bins x width x count
        if viewer.columns == "power":
            return decibels(found.mean(-1), _SILENCE), None
        return decibels(found, _SILENCE).mean(-1), None

    def _white(self, cells: Tensor) -> Tensor | float:
        viewer = self.sound.viewer
        if viewer.white is not None:
            return viewer.white
        flat = cells.flatten(-2)
        loudest = percentile(flat.flatten(0, -2), viewer.loudest).view(*flat.shape[:-1], 1, 1)
        # Silence has loudest cells as well, which are not white for that.
        return loudest.clamp(min=10 * torch.log10(torch.tensor(_SILENCE)).item() + viewer.range)


def _spread(cells: Tensor, edges: Tensor, rule: str) -> Tensor:
    """Bring lines `(..., lines, K)` to pixels `(..., pixels, K)`.

    Args:
        cells: the lines.
        edges: `(pixels + 1,)`, where among the lines the pixels have their edges, ascending: line
            k lies around k.
        rule: of `Viewer.columns` or `Viewer.rows`.
    """
    there = cells.shape[-2]
    centres = (edges[1:] + edges[:-1]) / 2
    if rule in ("nearest", "bins"):
        # Programs whose picture has a row a bin stretch it pixel by pixel, from the top edges down.
        places = (edges[1:] - 0.5 - _ROUNDING).ceil() if rule == "bins" else (centres + 0.5).floor()
        return cells.index_select(-2, places.long().clamp(0, there - 1).to(cells.device))
    if rule != "loudest":
        spread: Tensor = resampling_matrix(centres, there).to(cells) @ cells
        return spread
    lines = []
    for first, last in pairwise((edges + 0.5).floor().long().tolist()):
        low = min(max(first, 0), there - 1)
        lines.append(cells[..., low : max(last, low + 1), :].amax(-2))
    return torch.stack(lines, -2)


def _cosines(size: int) -> Tensor:
    angle = 2 * torch.pi * torch.arange(size, dtype=torch.float64) / size
    return torch.stack([a * (k * angle).cos() for k, a in enumerate(_BLACKMAN_HARRIS)]).sum(0)


_TAPERS: dict[str, Callable[[int], Tensor]] = {
    "hann": partial(torch.hann_window, dtype=torch.float64),
    "hamming": partial(torch.hamming_window, dtype=torch.float64),
    "blackman_harris": _cosines,
}
