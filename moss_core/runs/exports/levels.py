"""How loud a hybrid may be next to its track, and how it is turned down where it would be louder.

An image can ask for more sound than the music had. A picture does not change when its channel is
turned down, so that is what is done: one gain for what is painted, found by measuring, and a
limiter for single peaks. At the ends of the canvas both let go: there the sound meets the track.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from moss_core.optimization import Run
from moss_core.synthesis import CEILING, SILENCE_LUFS, joints, limiter_gain, loudness, true_peak

MOST_LOUDER = 1.0
"""LU that a hybrid may be louder than its track, on the canvas's seconds."""
MOST_TRUE_PEAK = 10 ** (-1 / 20)
"""True peak that a hybrid may have where its track has a lower one: -1 dBTP."""
_MOST_ROUNDS = 24
_NEAR = 0.02  # dB: aimed at a little less than may be, so that few rounds are enough
_LEAST_FACTOR = 0.1  # at once


@dataclass(frozen=True)
class Level:
    """How loud a sound is.

    Args:
        loudness: integrated, LUFS (ITU-R BS.1770-4).
        peak: its highest sample, full scale = 1.
        true_peak: its highest peak, between the samples too, full scale = 1.
    """

    loudness: float
    peak: float
    true_peak: float


_tracks: WeakKeyDictionary[Run, dict[tuple[int, int], Level]] = WeakKeyDictionary()


def track_level(run: Run, stretch: slice) -> Level:
    """Return how loud a run's track is on a stretch of it; as a whole, if silent there."""
    levels = _tracks.setdefault(run, {})
    known = levels.get((stretch.start, stretch.stop))
    if known is None:
        track, rate = run.track.samples, run.track.sample_rate
        section = track[:, stretch]
        here = loudness(section, rate)
        loud = here if here > SILENCE_LUFS else loudness(track, rate)
        known = Level(loud, float(section.abs().max()), true_peak(section, rate))
        levels[stretch.start, stretch.stop] = known
    return known


def allowed_level(run: Run, stretch: slice) -> Level:
    """Return how loud a run's hybrids may be on a stretch of the track."""
    own = track_level(run, stretch)
    return Level(
        own.loudness + MOST_LOUDER,
        max(CEILING, own.peak),
        max(MOST_TRUE_PEAK, own.true_peak),
    )


def turned_down(run: Run, stretch: slice, change: Tensor) -> Tensor:
    """Return a stretch of a hybrid, `(C, samples)`, no louder than it may be.

    What is painted is turned down, so channels that are not stay as they are, and so do the sides
    where the mono mix is painted. A hybrid that is not too loud is the track and the change.

    Args:
        run: whose hybrid it is.
        stretch: which samples of the track.
        change: of the painted channels, `(P, samples)` at the track's rate; full scale = 1.
    """
    painted, rate = run.model.painted, run.track.sample_rate
    track, most = run.track.samples[:, stretch], allowed_level(run, stretch)
    before = painted.take @ track
    wanted = before + change
    rows = painted.give.any(1)
    found = track + painted.give @ change
    ends = stretch.start > 0, stretch.stop < run.track.samples.shape[1]
    edges = joints(track.shape[1], rate, *ends)
    gain, limit = 1.0, torch.ones(track.shape[1])
    for _ in range(_MOST_ROUNDS):
        excess = loudness(found, rate) - most.loudness
        if excess > 0:
            share = _energy(painted.give @ (gain * limit * wanted)) / _energy(found)
            gain *= _factor(excess + _NEAR, share)
        elif _is_over(found[rows], rate, most):
            near = 10 ** (-_NEAR / 20)
            limit = limit * limiter_gain(found[rows], rate, most.peak * near, most.true_peak * near)
        else:
            break
        found = track + painted.give @ (edges * (gain * limit * wanted - before))
    return found


def _factor(excess: float, share: float) -> float:
    """Return by what a part is multiplied to bring the whole down, at least a tenth.

    Args:
        excess: of the whole, dB.
        share: of the part in the energy of the whole.
    """
    left = 1 - (1 - 10 ** (-excess / 10)) / share
    return math.sqrt(max(_LEAST_FACTOR**2, left))


def _energy(samples: Tensor) -> float:
    return float(samples.double().square().sum())


def _is_over(samples: Tensor, rate: int, most: Level) -> bool:
    return float(samples.abs().max()) > most.peak or true_peak(samples, rate) > most.true_peak
