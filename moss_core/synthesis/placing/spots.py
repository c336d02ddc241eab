"""Where on a track an image costs least: a whole song's spots, ranked before anything is learned.

At every spot the image is crossfaded into the track until it shows equally well, which takes more
of it where the track draws much of its own; what then has changed, in decibels where it is heard,
is the spot's cost. All of it is done on a coarse grid of cells, so that a song takes seconds; the
ranks agree with those of real crossfades, the costs themselves are no losses of objectives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.synthesis.canvas import Canvas, PlacedCanvas, frequencies
from moss_core.synthesis.inputs import Image, Track
from moss_core.synthesis.placing.bands import band_powers
from moss_core.synthesis.spectrogram import percentile, resize

_ROWS, _COLUMNS = 64, 96
_STEPS_A_SPOT = 8
_MOST_SPOTS = 1024
_SPOTS_AT_ONCE = 64
_WINDOW_SECONDS = 0.064
_TOP_PERCENTILE = 99.5
_EQUAL = 0.8
"""Correlation of a spot's picture with the image at which spots are compared."""
_HALVINGS = 10
_LOUDNESS_PER_DB = 0.03
"""Loudness goes with the 0.3rd power of the power (Stevens, 1957): twice as loud every 10 dB."""
_BELOW_BLACK_DB = 40.0
_SILENT_DB = 60.0
_LOUDER_DB, _NEAR_TOP_DB = 2.0, 40.0
_LONG_SECONDS = 8.0
_DENSE, _SPARSE = 0.65, 0.5


@dataclass(frozen=True)
class Spot:
    """A place for an image.

    Args:
        start: seconds from the track's start.
        duration: seconds.
        cost: mean change of the sound in decibels, weighed by how loud it is, where the image shows
            as well as at all other spots; less is better.
        words: what the track is like there, for people: "loud, dense"; "as usual" where it is like
            most of it, and neither dense nor sparse.
    """

    start: float
    duration: float
    cost: float
    words: str

    @property
    def reason(self) -> str:
        """What the track is like there, and when: "loud, dense, 0:42 to 0:52"."""
        digits = 0 if self.duration >= _LONG_SECONDS else 1
        first, last = (_clock(t, digits) for t in (self.start, self.start + self.duration))
        return f"{self.words}, {first} to {last}"


@on_one_core()
def best_spots(image: Image, track: Track, canvas: Canvas, count: int = 3) -> list[Spot]:
    """Return the spots of a track where an image costs least, the best first.

    Args:
        image: adjusted.
        track: on which it is placed.
        canvas: its duration, band and axis; where it starts does not matter.
        count: how many at most; they do not overlap.

    Returns:
        Spots; fewer where the track has no room for more, or is silent there.

    Raises:
        MossError: for a canvas that does not fit on the track.
    """
    chosen: list[Spot] = []
    for spot in sorted(all_spots(image, track, canvas), key=lambda spot: spot.cost):
        if all(abs(spot.start - other.start) >= spot.duration - 1e-6 for other in chosen):
            chosen.append(spot)
        if len(chosen) == count:
            break
    return chosen


@on_one_core()
def all_spots(image: Image, track: Track, canvas: Canvas) -> list[Spot]:
    """Return every spot that `best_spots` chooses from, in the order of the track."""
    placed = replace(canvas, start=0.0).on(track)
    cells, seconds = _cells(track, placed)
    last = cells.shape[1] - _COLUMNS
    step = max(_COLUMNS // _STEPS_A_SPOT, -(-last // _MOST_SPOTS))
    starts = range(0, max(0, last) + 1, step)
    painted = resize(image.pixels.float(), _ROWS, _COLUMNS).flip(0).clamp(0, 1)
    loudest = float(percentile(cells.flatten()[None], _TOP_PERCENTILE))
    found = []
    for first in range(0, len(starts), _SPOTS_AT_ONCE):
        some = starts[first : first + _SPOTS_AT_ONCE]
        spots = torch.stack([cells[:, k : k + _COLUMNS] for k in some])
        costs, tops = _costs(spots, painted, placed.range)
        near = (spots > tops[:, None, None] - _NEAR_TOP_DB).float().mean((1, 2))
        levels = 10 * torch.log10((10 ** (spots / 10)).mean((1, 2)))
        rows = (some, costs.tolist(), tops.tolist(), near.tolist(), levels.tolist())
        found += list(zip(*rows, strict=True))
    usual = sorted(level for *_, level in found)[len(found) // 2]
    return [
        Spot(
            round(min(k * seconds, track.duration - placed.duration), 2),
            placed.duration,
            cost,
            _words(level - usual, dense),
        )
        for k, cost, top, dense, level in found
        if top > loudest - _SILENT_DB
    ]


def _cells(track: Track, canvas: PlacedCanvas) -> tuple[Tensor, float]:
    """Return the track on coarse cells, dB `(rows, columns)`, row 0 = low; seconds a column."""
    rate = track.sample_rate
    column = canvas.duration * rate / _COLUMNS
    window = 2 * round(_WINDOW_SECONDS * rate / 2)
    parts = max(1, round(2 * column / window))  # frames a column, half a window apart
    hop = max(1, int(column / parts))
    edges = torch.tensor(frequencies(canvas, _ROWS + 1))
    powers = band_powers(track.samples, rate, edges, hop, window)
    powers = powers[:, : powers.shape[1] // parts * parts].reshape(_ROWS, -1, parts).mean(2)
    return 10 * torch.log10(powers + 1e-12), hop * parts / rate


def _costs(spots: Tensor, image: Tensor, range_db: float) -> tuple[Tensor, Tensor]:
    """Return what an image `(rows, columns)` costs on spots `(N, rows, columns)`, and their tops.

    The mask is the same everywhere, as in a crossfade, and is halved in on where the picture
    resembles the image equally at each spot.
    """
    tops = percentile(spots.flatten(1), _TOP_PERCENTILE)
    floor = (tops - range_db - _BELOW_BLACK_DB)[:, None, None]
    track = spots.maximum(floor)
    painted = tops[:, None, None] - range_db * (1 - image)
    least, most = torch.zeros(len(spots)), torch.ones(len(spots))
    for _ in range(_HALVINGS):
        share = (least + most) / 2
        mixed = torch.lerp(track, painted, share[:, None, None])
        enough = _likeness(mixed, image, range_db) >= _EQUAL
        most, least = torch.where(enough, share, most), torch.where(enough, least, share)
    mixed = torch.lerp(track, painted, most[:, None, None])
    heard = 10 ** (_LOUDNESS_PER_DB * (torch.maximum(mixed, track) - tops[:, None, None]))
    costs = ((mixed - track).abs() * heard).sum((1, 2)) / heard.sum((1, 2))
    return costs, tops


def _likeness(mixed: Tensor, image: Tensor, range_db: float) -> Tensor:
    """Return the correlation of the pictures of cells, dB `(N, rows, columns)`, with the image."""
    white = percentile(mixed.flatten(1), _TOP_PERCENTILE)[:, None, None]
    pictures = ((mixed - white + range_db) / range_db).clamp(0, 1).flatten(1)
    pictures = pictures - pictures.mean(1, keepdim=True)
    wanted = (image - image.mean()).flatten()
    likeness: Tensor = pictures @ wanted / (pictures.norm(dim=1) * wanted.norm()).clamp(min=1e-9)
    return likeness


def _words(louder: float, dense: float) -> str:
    words = []
    if abs(louder) > _LOUDER_DB:
        words.append("loud" if louder > 0 else "quiet")
    if not _SPARSE <= dense <= _DENSE:
        words.append("dense" if dense > _DENSE else "sparse")
    return ", ".join(words) or "as usual"


def _clock(seconds: float, digits: int) -> str:
    minutes, rest = divmod(round(seconds, digits), 60)
    return f"{int(minutes)}:{rest:0{3 + digits if digits else 2}.{digits}f}"
