"""A whole track to place an image on: its waveform and its spectrogram, as tiles to draw from."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import adaptive_max_pool1d

from moss_core.machine import on_one_core
from moss_core.synthesis import (
    Adjustments,
    Canvas,
    PlacedCanvas,
    Tick,
    band_powers,
    decibels,
    frequencies,
    frequency_ticks,
    percentile,
)
from sources.cards import RAMP
from sources.source import Source

TILE = 2048
"""Widest that a tile is, in pixels: all of a track's columns in the first one, then a part each."""
_MOST_TILES = 8
_LEAST_HOP = 256
_ROWS = 256
_WINDOW_SECONDS = 0.043
_RANGE_DB = 70.0
_WIDEST_VIEWS = (12_000.0, 24_000.0, 48_000.0, 96_000.0)
_LOWEST_ON_LOG_AXIS = 20.0
_MOST_SIDE = 512


@dataclass(frozen=True)
class Overview:
    """A whole track, drawn.

    Args:
        wave: least and greatest sample of each of `TILE` even parts of the mono mix, as signed
            bytes (full scale = 127), one after the other.
        tiles: WebP, `_ROWS` pixels high, row 0 = highest frequency. The first shows all of the
            track; where it has more columns than that, the others show a part each, in order.
        parts: where each of the others begins and ends, 0 to 1 of the track.
        low: the lowest frequency that is shown, Hz.
        high: the highest, Hz.
        axis: how frequency runs from bottom to top.
        ticks: of the frequency axis.
    """

    wave: bytes
    tiles: tuple[bytes, ...]
    parts: tuple[tuple[float, float], ...]
    low: float
    high: float
    axis: str
    ticks: tuple[Tick, ...]


def view_of(canvas: Canvas, sample_rate: int) -> Canvas:
    """Return the band that is shown of a track on which a canvas is placed.

    It has room above the canvas and grows in octaves, so that it stays while a canvas is moved.

    Args:
        canvas: that is placed.
        sample_rate: of the track, Hz.
    """
    nyquist = sample_rate / 2
    wanted = 1.1 * (canvas.high or 0.0)
    high = min(nyquist, next((high for high in _WIDEST_VIEWS if high >= wanted), nyquist))
    low = _LOWEST_ON_LOG_AXIS if canvas.axis == "log" else 0.0
    return Canvas(low=low, high=high, axis=canvas.axis)


@on_one_core()
def overview(source: Source, view: Canvas) -> Overview:
    """Draw a whole track, block by block.

    Args:
        source: the track.
        view: the band and its axis (`view_of`).

    Raises:
        MossError: for what is not a track.
    """
    track = source.as_track()
    samples, rate = track.samples, track.sample_rate
    low, high = view.low or 0.0, view.high or rate / 2
    placed = PlacedCanvas(0.0, track.duration, low, high, view.axis)
    hop = max(_LEAST_HOP, -(-samples.shape[1] // (_MOST_TILES * TILE)))
    window = 2 ** max(round(math.log2(_WINDOW_SECONDS * rate)), math.ceil(math.log2(hop)))
    edges = torch.tensor(frequencies(placed, _ROWS + 1))
    powers = band_powers(samples, rate, edges, hop, window)
    levels = decibels(powers, 1e-12).flip(0)  # rows x frames, row 0 = top
    top = float(percentile(levels.flatten()[None], 99.5))
    shade = (levels - top + _RANGE_DB).div(_RANGE_DB).clamp(0, 1)
    count = shade.shape[1]
    whole = adaptive_max_pool1d(shade, TILE) if count > TILE else shade
    parts = range(0, count, TILE) if count > TILE else ()
    length = samples.shape[1] / hop  # of the track in columns; the last one may lie past its end
    return Overview(
        _wave(samples),
        (_tile(whole), *(_tile(shade[:, k : k + TILE]) for k in parts)),
        tuple((k / length, min(k + TILE, count) / length) for k in parts),
        low,
        high,
        view.axis,
        tuple(frequency_ticks(placed)),
    )


@dataclass(frozen=True)
class Overlay:
    """An image laid over a box on a track.

    Args:
        picture: WebP of all of the box; transparent where the track stays as it is.
        start: where the image begins, seconds of the track.
    """

    picture: bytes
    start: float


def overlay(source: Source, adjustments: Adjustments, box: PlacedCanvas) -> Overlay:
    """Return an image as it will be painted, to lay over a box on the track.

    Args:
        source: the image.
        adjustments: of it.
        box: where there is room for it.

    Raises:
        MossError: for adjustments that leave one gray, or too few pixels.
    """
    (image,), taken = adjustments.place([source.as_image()], box)
    across = taken.duration / box.duration
    up = min(1.0, across * box.aspect / taken.aspect)
    picture = PIL.Image.fromarray(np.uint8(image.pixels.mul(255).numpy()))
    width, height = max(1, round(across * _MOST_SIDE)), max(1, round(up * _MOST_SIDE))
    picture = picture.resize((width, height)).convert("RGBA")
    whole = PIL.Image.new("RGBA", (_MOST_SIDE, _MOST_SIDE))
    whole.paste(picture, ((_MOST_SIDE - width) // 2, (_MOST_SIDE - height) // 2))
    return Overlay(_webp(whole), taken.start)


def _wave(samples: Tensor) -> bytes:
    length = samples.shape[1]
    ends = [round(k * length / TILE) for k in range(TILE + 1)]
    pairs = np.zeros((TILE, 2), np.int8)
    for k, (first, last) in enumerate(pairwise(ends)):
        part = samples[:, first : max(last, first + 1)].mean(0)
        pairs[k] = np.clip([127 * float(part.min()), 127 * float(part.max())], -127, 127)
    return pairs.tobytes()


def _tile(shade: Tensor) -> bytes:
    levels = np.uint8(shade.mul(255).numpy())
    return _webp(PIL.Image.fromarray(_palette()[levels]))


@cache
def _palette() -> NDArray[np.uint8]:
    places = np.linspace(0, len(RAMP) - 1, 256)
    stops = np.arange(len(RAMP))
    return np.stack([np.interp(places, stops, RAMP[:, k]) for k in range(3)], 1).astype(np.uint8)


def _webp(picture: PIL.Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=80, method=0)
    return file.getvalue()
