"""Where on the track's spectrogram the image is painted: grids, their maps, and the axes' ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.inputs import Track
from moss_core.synthesis.soundfiles import MIN_TRACK_SECONDS
from moss_core.synthesis.spectrogram import AXIS_NAMES, Axis, AxisName, resampling_matrix
from moss_core.synthesis.stft import STFT

STANDARD_RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
DEFAULT_HIGH = 8000.0
LOWEST_ON_LOG_AXIS = 20.0
MAX_CANVAS_SECONDS = 300.0
USUAL_SECONDS = 30.0
"""How long a canvas is where nobody said anything, on a track that goes on for so long."""
MIN_BAND, MIN_BINS = 200.0, 4
MOST_ASPECT = 16

Tick = tuple[float, str]
"""Place from 0 (left, bottom) to 1, and what is written there."""

_ALIKE, _HALVINGS = 1e-6, 40
_MOST_TICKS, _TICKS_A_HEIGHT = 8, 6
_CLOSEST = 0.055
_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120)
_HERTZ = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
_ROUND_HERTZ = (0, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


@dataclass(frozen=True)
class Canvas:
    """The part of the track's spectrogram that the image is painted on.

    Args:
        start: where it begins in the track, seconds, 0 or more.
        duration: its length in seconds, 0.5 to 300; None: to the track's end.
        low: lowest frequency in Hz; None: 0, or 50 on a log axis.
        high: highest frequency in Hz, at most half the sample rate; None: 8000, or half the
            sample rate where that is lower.
        axis: how frequency runs from bottom to top: "linear", "log" or "mel".
        top: loudness of white in dB (0 dB = magnitude 1 of the STFT); None: chosen for the track.
        range: decibels from black to white, 20 to 140.
        aspect: how many times as wide as high it is where people look at it, 1/16 to 16.
    """

    start: float = 0.0
    duration: float | None = None
    low: float | None = None
    high: float | None = None
    axis: AxisName = "linear"
    top: float | None = None
    range: float = 80.0
    aspect: float = 1.5

    def on(self, track: Track) -> PlacedCanvas:
        """Return this canvas with every default but `top` filled in for `track`.

        Raises:
            MossError: where it does not fit on the track.
        """
        nyquist = track.sample_rate / 2
        placed = PlacedCanvas(
            start=self.start,
            duration=track.duration - self.start if self.duration is None else self.duration,
            low=(50.0 if self.axis == "log" else 0.0) if self.low is None else self.low,
            high=min(DEFAULT_HIGH, nyquist) if self.high is None else self.high,
            axis=self.axis,
            top=self.top,
            range=self.range,
            aspect=self.aspect,
        )
        _check(placed, track)
        return placed


@dataclass(frozen=True)
class PlacedCanvas(Canvas):
    """A canvas placed on a track: its duration, low and high are numbers."""

    duration: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def working_rate(self) -> int:
        """The lowest standard sample rate (Hz) that holds the highest frequency."""
        return min((rate for rate in STANDARD_RATES if rate >= 2 * self.high), default=192000)

    def section(self, rate: int) -> slice:
        """Return its samples in the track, which has `rate` Hz."""
        first = round(self.start * rate)
        return slice(first, first + round(self.duration * rate))

    def narrowed(self, aspect: float, least_hertz: float = MIN_BAND) -> PlacedCanvas:
        """Return its middle that looks `aspect` times as wide as high.

        It is as long or as high as before; the middle of a band is that of the frequency axis. At
        least 0.5 s and `least_hertz` (Hz) are left, in a shape as close to the one wanted as it can
        be.
        """
        wanted = min(max(aspect, 1 / MOST_ASPECT), MOST_ASPECT)
        share = wanted / self.aspect
        if abs(share - 1) < _ALIKE:
            return self
        if share < 1:
            duration = min(self.duration, max(share * self.duration, MIN_TRACK_SECONDS))
            return replace(
                self,
                start=self.start + (self.duration - duration) / 2,
                duration=duration,
                aspect=self.aspect * (duration / self.duration),
            )
        share, low, high = _middle_band(_axis(self), 1 / share, least_hertz)
        return replace(self, low=low, high=high, aspect=self.aspect / share)


def _check(canvas: PlacedCanvas, track: Track) -> None:
    low, high, duration = canvas.low, canvas.high, canvas.duration
    numbers = {"start": canvas.start, "duration": duration, "low": low, "high": high}
    numbers |= {"range": canvas.range, "top": canvas.top or 0.0, "aspect": canvas.aspect}
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise MossError(f"canvas {name}", "must be a number", value, "Give a number.")
    if canvas.axis not in AXIS_NAMES:
        raise MossError(
            "canvas axis", f"must be one of {', '.join(AXIS_NAMES)}", canvas.axis, "Use linear."
        )
    end = max(canvas.start, canvas.start + duration)
    if canvas.start < 0 or end > track.duration + 1e-6:
        raise MossError(
            "canvas",
            f"must lie on the track, 0 to {track.duration:.2f} s",
            f"{canvas.start:.2f} to {canvas.start + duration:.2f} s",
            "Move its start or shorten its duration.",
        )
    if not MIN_TRACK_SECONDS <= duration <= MAX_CANVAS_SECONDS:
        raise MossError(
            "canvas duration",
            f"must be {MIN_TRACK_SECONDS} to {MAX_CANVAS_SECONDS:.0f} s",
            f"{duration:.3f} s",
            "Choose a section of the track with a start and a duration."
            if duration > MAX_CANVAS_SECONDS
            else "Choose a longer track or section; 5 to 30 s work well.",
        )
    if canvas.axis == "log" and low < LOWEST_ON_LOG_AXIS:
        raise MossError(
            "canvas low",
            f"must be at least {LOWEST_ON_LOG_AXIS:.0f} Hz on a log axis",
            f"{low:g} Hz",
            "Use 50 Hz, or a linear or mel axis.",
        )
    nyquist = track.sample_rate / 2
    if low < 0 or high > nyquist or high - low < MIN_BAND:
        raise MossError(
            "canvas low and high",
            f"must lie in 0 to {nyquist:g} Hz, at least {MIN_BAND:g} Hz apart",
            f"{low:g} to {high:g} Hz",
            "Move them apart, or into the track's band.",
        )
    if not 20 <= canvas.range <= 140:
        raise MossError(
            "canvas range", "must be 20 to 140 dB", f"{canvas.range:g} dB", "Use 80 dB."
        )
    if not 1 / MOST_ASPECT <= canvas.aspect <= MOST_ASPECT:
        raise MossError(
            "canvas aspect",
            f"must be 1/{MOST_ASPECT} to {MOST_ASPECT} (width by height)",
            f"{canvas.aspect:g}",
            "Use 1.5.",
        )


class CanvasGrid:
    """A canvas on the cells of an STFT: who lies where, as interpolation matrices.

    Args:
        canvas: placed on its track (`Canvas.on`).
        stft: the transform whose bins are the cells' rows.
        sample_rate: working rate in Hz.
        samples: length of the canvas at the working rate.
    """

    def __init__(self, canvas: PlacedCanvas, stft: STFT, sample_rate: int, samples: int) -> None:
        self.axis = Axis(canvas.axis, canvas.low, canvas.high)
        self.bin_width = sample_rate / stft.fft_size
        first = math.ceil(canvas.low / self.bin_width - 1e-9)
        # The bin at half the rate stays the track's: it has no phase, and resampling drops it.
        last = min(math.floor(canvas.high / self.bin_width + 1e-9), stft.bins - 2)
        self.bins = slice(first, last + 1)
        self.rows = last + 1 - first
        self.frames = stft.frames(samples)
        if self.rows < MIN_BINS:
            raise MossError(
                "canvas",
                f"must cover at least {MIN_BINS} frequency bins",
                f"{self.rows} of {self.bin_width:.1f} Hz",
                "Widen it, or use a larger fft_size.",
            )
        # Column 0..1 of a picture spans the canvas from its first to its last sample, and frame
        # k is centred on sample k * hop, so the last frame may lie short of the right edge.
        self._frame_positions = torch.arange(self.frames).double() * stft.hop / samples
        bins = torch.arange(first, last + 1).double() * self.bin_width
        self._bin_positions = 1 - self.axis.position(bins)  # 0 = top row
        self._span = samples / stft.hop

    @property
    def cell_places(self) -> tuple[Tensor, Tensor]:
        """Where rows lie from bottom (0) to top (1), and frames from left (0) to right (1)."""
        return (1 - self._bin_positions).float(), self._frame_positions.float()

    def paint(self, image: Tensor) -> Tensor:
        """Resample an image `(H, W)`, row 0 = top, onto the cells `(rows, frames)`, row 0 = low."""
        rows, columns = self.cell_maps(*image.shape)
        return rows @ image @ columns.T

    def cell_maps(self, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Return `(rows, height)` and `(frames, width)`: `R @ image @ C.T` is an image on cells."""
        rows = resampling_matrix(self._bin_positions * height - 0.5, height)
        return rows, resampling_matrix(self._frame_positions * width - 0.5, width)

    def picture_maps(self, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Return `(height, rows)` and `(width, frames)`: `R @ cells @ C.T` is the picture."""
        positions = 1 - (torch.arange(height).double() + 0.5) / height
        bins = self.axis.frequency(positions) / self.bin_width - self.bins.start
        columns = (torch.arange(width).double() + 0.5) / width * self._span
        return resampling_matrix(bins, self.rows), resampling_matrix(columns, self.frames)


def time_ticks(canvas: PlacedCanvas) -> list[Tick]:
    """Return the ticks of the time axis, in seconds of the track; fewer on a narrow canvas."""
    end = canvas.start + canvas.duration
    most = min(_MOST_TICKS, max(2, round(_TICKS_A_HEIGHT * canvas.aspect)))
    step = next((s for s in _SECONDS if canvas.duration / s <= most), _SECONDS[-1])
    first, last = int(-(-canvas.start // step)), int((end + 1e-6) // step)
    return [
        ((k * step - canvas.start) / canvas.duration, f"{round(k * step, 1):g} s")
        for k in range(first, last + 1)
    ]


def frequency_ticks(canvas: PlacedCanvas) -> list[Tick]:
    """Return the ticks of the frequency axis, spread as the canvas's axis is."""
    low, high = canvas.low, canvas.high
    if canvas.axis == "linear":
        step = next((s for s in _HERTZ if (high - low) / s <= _MOST_TICKS), _HERTZ[-1])
        inner = [k * step for k in range(int(low // step), int(high // step) + 1)]
    else:
        inner = list(_ROUND_HERTZ)
    places = [(hertz, _place(canvas, hertz)) for hertz in inner if low < hertz < high]
    kept = [(low, 0.0), (high, 1.0)]
    for hertz, place in places:
        if all(abs(place - other) >= _CLOSEST for _, other in kept):
            kept.append((hertz, place))
    return [(place, f"{hertz:,.0f}") for hertz, place in sorted(kept)]


def frequencies(canvas: PlacedCanvas, count: int = 65) -> list[float]:
    """Return the frequencies (Hz) at `count` evenly spaced heights from bottom to top."""
    heights = torch.linspace(0, 1, count).double()
    found: list[float] = _axis(canvas).frequency(heights).tolist()
    return found


def _middle_band(axis: Axis, share: float, least_hertz: float) -> tuple[float, float, float]:
    """Return the share of an axis around its middle that is taken, and its ends in Hz."""

    def ends(share: float) -> tuple[float, float]:
        low, high = axis.frequency(torch.tensor([0.5 - share / 2, 0.5 + share / 2]).double())
        return float(low), float(high)

    too_narrow, wide = share, 1.0
    low, high = ends(share)
    if high - low < least_hertz:
        for _ in range(_HALVINGS):
            middle = (too_narrow + wide) / 2
            low, high = ends(middle)
            if high - low < least_hertz:
                too_narrow = middle
            else:
                wide = middle
        share = wide
        low, high = ends(share)
    return share, low, high


def _place(canvas: PlacedCanvas, hertz: float) -> float:
    return float(_axis(canvas).position(torch.tensor([hertz]).double())[0])


def _axis(canvas: PlacedCanvas) -> Axis:
    return Axis(canvas.axis, canvas.low, canvas.high)
