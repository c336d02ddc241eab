"""What is heard in a film: the canvas's section, going round, from one candidate to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from moss_core.optimization import Run
from moss_core.runs.exports.full_rate import hybrid_on
from moss_core.synthesis import HybridModel, resample

_RATES = (44_100, 48_000)
_EDGE_SECONDS = 0.01


class Music:
    """A canvas's section as it sounds with a candidate.

    Args:
        run: whose candidates they are.
        part: whose canvas it is.
    """

    def __init__(self, run: Run, part: HybridModel) -> None:
        self._run = run
        self._part = part
        rate = run.track.sample_rate
        self.sample_rate = rate if rate in _RATES else _RATES[-1]
        self.channels = len(run.track.samples) if len(run.track.samples) <= 2 else 1
        self.seconds = (part.section.stop - part.section.start) / rate

    def of(self, waveform: Tensor) -> Tensor:
        """Return the section, `(channels, samples)`, with soft edges so that it can go round."""
        run = self._run
        samples = hybrid_on(run, waveform, self._part)
        if len(samples) > self.channels:
            samples = samples.mean(0, keepdim=True)
        samples = resample(samples, run.track.sample_rate, self.sample_rate)
        ramp = torch.linspace(0, 1, round(_EDGE_SECONDS * self.sample_rate))
        samples = samples.clone()
        samples[:, : len(ramp)] *= ramp
        samples[:, -len(ramp) :] *= ramp.flip(0)
        return samples


def playing_of(
    music: Music, stops: Sequence[Tensor], playing: float
) -> Callable[[], Iterator[Tensor]]:
    """Return what plays from the first sound to the last, the section going round.

    Only two of them are rendered at a time: of a long section, each takes much memory.

    Args:
        music: what plays.
        stops: painted channels `(P, samples)` at the working rate.
        playing: seconds in all.
    """

    def play() -> Iterator[Tensor]:
        total = round(playing * music.sample_rate)
        now = after = music.of(stops[0])
        leg = -1
        for begin in range(0, total, music.sample_rate):
            samples = torch.arange(begin, min(begin + music.sample_rate, total))
            places = places_of(samples / total, len(stops))
            part = torch.zeros(music.channels, len(samples))
            for number in range(int(places[0]), int(places[-1]) + 1):
                if number > leg:
                    now, leg = after, number
                    last = number + 1 >= len(stops)
                    after = now if last else music.of(stops[number + 1])
                here = places.long() == number
                share = (places[here] - number).float()
                at = samples[here] % now.shape[1]
                part[:, here] = torch.lerp(now[:, at], after[:, at], share)
            yield part

    return play


def places_of(shares: Tensor, count: int) -> Tensor:
    """Return where along `count` stops one is at shares of the way: each of them is stayed at."""
    legs = (shares.double() * (count - 1)).clamp(max=count - 1)
    number = legs.floor()
    moved = ((legs - number - 0.25) * 2).clamp(0, 1)
    return number + moved * moved * (3 - 2 * moved)
