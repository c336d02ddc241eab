"""A long canvas thinned to grains of it, so that what is drawn of it costs what a short one does.

A screen has a thousand columns, a canvas of five minutes twenty times as many frames, in each
channel, several times over. So nothing of them is transformed but what is shown: grains of the
sound, a fraction of a second long, evenly spread and faded into each other.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from moss_core.synthesis import PlacedCanvas, Track, surroundings

_MOST_ANALYSED, _MOST_RESAMPLED = 1_000_000, 4_000_000
"""Samples of all painted channels that are analysed at the working rate, about 240 bytes each, and
that are brought to it, about 60 each: half a minute in stereo at the usual rates."""
_LEFT = 0.6
"""How much of that what is thinned takes, beside the copy of it."""
_GRAIN_SECONDS, _FADE_SECONDS = 0.128, 0.032


def thinned(
    track: Track, canvas: PlacedCanvas, channels: int, working_rate: int
) -> tuple[Track, PlacedCanvas]:
    """Return a track and a canvas that show the same, first to last, in fewer frames.

    What lies around a canvas stays, as far as it is looked at (`surroundings`). A canvas that is
    short enough is returned as it is, on its track.

    Args:
        track: with its canvas.
        canvas: placed on it.
        channels: how many are painted.
        working_rate: at which they are analysed, Hz.
    """
    rate, where = track.sample_rate, canvas.section(track.sample_rate)
    most = min(_MOST_ANALYSED * rate // working_rate, _MOST_RESAMPLED) // channels
    before, after = surroundings(track.samples, where, rate)
    inner = track.samples[:, where]
    if max(inner.shape[1], before.shape[1], after.shape[1]) <= most:
        return track, canvas
    if inner.shape[1] > most:
        inner = _grains(
            inner, int(_LEFT * most), round(_GRAIN_SECONDS * rate), round(_FADE_SECONDS * rate)
        )
    before, after = before[:, -most:], after[:, :most]
    start, duration = before.shape[1] / rate, inner.shape[1] / rate
    thin = replace(track, samples=torch.cat([before, inner, after], 1))
    return thin, replace(canvas, start=start, duration=duration)


def _grains(sound: Tensor, most: int, grain: int, fade: int) -> Tensor:
    """Return grains of a sound `(channels, samples)`, its first and its last moment among them."""
    count = (most - fade) // (grain - fade)
    last = sound.shape[1] - grain
    starts = [k * last // (count - 1) for k in range(count)]
    rise = torch.linspace(0, math.pi / 2, fade).sin()  # the powers of two grains add up to one's
    found = sound.new_zeros(len(sound), count * (grain - fade) + fade)
    for number, start in enumerate(starts):
        start = _sounding(sound, start, starts[min(number + 1, count - 1)])
        piece = sound[:, start : start + grain].clone()
        if number:
            piece[:, :fade] *= rise
        if number < count - 1:
            piece[:, -fade:] *= rise.flip(0)
        place = number * (grain - fade)
        found[:, place : place + grain] += piece
    return found


def _sounding(sound: Tensor, start: int, stop: int) -> int:
    """Return where it first sounds from `start` on, before `stop`; `start` where it does not."""
    sounds = sound[:, start:stop].any(0)
    return start + int(sounds.int().argmax()) if stop > start else start
