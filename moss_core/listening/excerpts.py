"""What is played in a listening test: the same few seconds of each, alike in loudness.

A louder sound is easily taken for a better one, or recognised by its level alone. So each excerpt
is brought to the loudness of the track's own (ITU-R BS.1770-4), and everything is turned down as
much as leaves peaks room.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from moss_core.listening.trials import IMAGE, TRACK
from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.runs import hybrid_stretch
from moss_core.synthesis import CEILING, SILENCE_LUFS, limiter_gain, loudness

USUAL_EXCERPT_SECONDS = 4.0
_HEADROOM = 0.5
_FADE_SECONDS = 0.01
_HOP_SECONDS = 0.1
_FLOOR = 1e-6  # of the track's mean power: in silence everything is infinitely different


@dataclass(frozen=True)
class Place:
    """Where an excerpt is taken.

    Args:
        start: seconds from the track's beginning.
        seconds: its length.
    """

    start: float
    seconds: float


def excerpt_place(run: Run, seconds: float = USUAL_EXCERPT_SECONDS) -> Place:
    """Return where a run's candidates differ most from its track, next to how loud that is there.

    Args:
        run: with at least one step taken.
        seconds: how long; a canvas that is shorter is taken whole.
    """
    return excerpt_places(run, 1, seconds)[0]


@on_one_core()
def excerpt_places(run: Run, count: int, seconds: float) -> tuple[Place, ...]:
    """Return so many places that do not overlap, or fewer on a short canvas, the best first.

    Args:
        run: with at least one step taken.
        count: how many, 1 or more.
        seconds: how long each is (`excerpt_place`).
    """
    offered: list[tuple[float, Place]] = []
    for part, own in run.model.split(run.state.waveform):
        rate, full_rate = part.sample_rate, run.track.sample_rate
        hop = round(_HOP_SECONDS * rate)
        change = _power((own - part.track).cpu().flatten(0, 1), hop)
        track = _power(part.track.cpu(), hop)
        floor = _FLOOR * float(track.mean()) + 1e-12
        differs = 10 * torch.log10((change + floor) / (track + floor))
        means = differs.unfold(0, max(1, min(len(differs), round(seconds / _HOP_SECONDS))), 1)
        length = min(seconds, (part.section.stop - part.section.start) / full_rate)
        begin = part.section.start / full_rate
        for at, mean in enumerate(means.mean(1).tolist()):
            offered.append((mean, Place(begin + at * hop / rate, length)))
    found: list[Place] = []
    for _, place in sorted(offered, key=lambda one: -one[0]):
        if len(found) < count and all(_apart(place, other) for other in found):
            found.append(place)
    return tuple(found)


def _apart(one: Place, other: Place) -> bool:
    return abs(one.start - other.start) >= max(one.seconds, other.seconds)


def _power(samples: Tensor, hop: int) -> Tensor:
    """Return the mean power of `(rows, samples)` in each whole hop."""
    count = max(1, samples.shape[-1] // hop)
    whole = samples[:, : count * hop].double()
    return whole.square().mean(0).view(count, -1).mean(1)


@on_one_core()
def excerpt(run: Run, candidate: int, place: Place) -> Tensor:
    """Return what the export of a candidate sounds like at a place, `(channels, samples)`.

    All the track's channels at its rate, as loud as the track there (ITU-R BS.1770-4) less 6 dB of
    room for peaks, faded in and out within 10 ms.

    Args:
        run: with at least one step taken.
        candidate: its index; `TRACK` for the track itself, `IMAGE` for the image alone.
        place: where (`excerpt_place`).
    """
    rate = run.track.sample_rate
    first = round(place.start * rate)
    taken = slice(first, min(first + round(place.seconds * rate), run.track.samples.shape[1]))
    track = run.track.samples[:, taken]
    sound = track if candidate == TRACK else _heard(run, candidate, taken)
    return matched(sound, track, rate)


def _heard(run: Run, candidate: int, taken: slice) -> Tensor:
    if candidate == IMAGE:
        with torch.no_grad():
            waveform = run.model.crossfade(torch.ones(1, device=run.model.device))[0]
    else:
        waveform = run.state.waveform[candidate]
    sound = run.track.samples[:, taken].clone()
    for stretch in run.model.stretches:
        begin, end = max(taken.start, stretch.start), min(taken.stop, stretch.stop)
        if begin < end:
            found = hybrid_stretch(run, waveform, stretch)
            own = found[:, begin - stretch.start : end - stretch.start]
            sound[:, begin - taken.start : end - taken.start] = own
    return sound


def matched(sound: Tensor, track: Tensor, rate: int) -> Tensor:
    """Return a sound `(channels, samples)` as loud as the track, with room for peaks and faded.

    Args:
        sound: full scale = 1.
        track: what it is to be as loud as.
        rate: of both, Hz.
    """
    own, wanted = loudness(sound, rate), loudness(track, rate)
    audible = min(own, wanted) > SILENCE_LUFS
    gain = _HEADROOM * (10 ** ((wanted - own) / 20) if audible else 1.0)
    found = gain * sound
    if float(found.abs().max()) > CEILING:
        found = found * limiter_gain(found, rate)
    return found * _fade(found.shape[1], rate)


def _fade(samples: int, rate: int) -> Tensor:
    length = max(1, min(samples // 2, round(_FADE_SECONDS * rate)))
    rise = torch.sin(torch.linspace(0, torch.pi / 2, length)).square()
    fade = torch.ones(samples)
    fade[:length], fade[-length:] = rise, rise.flip(0)
    return fade
