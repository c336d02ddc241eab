"""What stands for a run where many lie side by side: a small picture, and a few seconds to hear."""

from __future__ import annotations

import torch
from torch import Tensor

from moss_core.optimization import Run
from moss_core.runs.layout import COVER, COVER_SOUND
from moss_core.synthesis import encode_preview, encode_sound, resample, shrink

SECONDS, RATE = 5.0, 16_000
_LONGEST = 240
_MOST_PEAK = 0.9
_COMPRESSION = 0.8  # 40 kbit/s


def covers(run: Run) -> dict[str, bytes]:
    """Return the files that show the candidate with which a run is opened, by name."""
    waveform = run.state.waveform[run.state.front.opening]
    aspect = next(iter(run.model.parts)).canvas.aspect
    size = (max(1, round(_LONGEST * min(1.0, side))) for side in (1 / aspect, aspect))
    picture = encode_preview(shrink(run.picture(run.heard(waveform)), *size))
    return {COVER: picture, COVER_SOUND: _sound(run, waveform)}


def _sound(run: Run, waveform: Tensor) -> bytes:
    """Return the first seconds of a run's first canvas as an MP3: mono, 26 kB.

    It takes no longer for a longer canvas: the export's way, at the track's own rate and with its
    limiter, is for what is taken home. It is as loud as the track is there, or less.

    Args:
        run: whose candidate it is.
        waveform: the candidate's painted channels, `(P, samples)` at the working rate.
    """
    part, own = next(iter(run.model.split(waveform)))
    rate, track = run.track.sample_rate, run.track.samples
    length = min(round(SECONDS * rate), part.section.stop - part.section.start)
    before = track[:, part.section.start : part.section.start + length].mean(0)
    few = round(length / rate * part.sample_rate)
    change = run.model.painted.give.mean(0) @ (own - part.track)[:, :few].cpu()
    before, change = resample(before, rate, RATE), resample(change, part.sample_rate, RATE)
    samples = min(len(before), len(change))
    before, after = before[:samples], before[:samples] + change[:samples]
    louder = max(1.0, _energy(after) / max(_energy(before), 1e-9)) ** 0.5
    over = max(1.0, float(after.abs().max()) / louder / _MOST_PEAK)
    return encode_sound(after[None] / (louder * over), RATE, "mp3", _COMPRESSION)


def _energy(samples: Tensor) -> float:
    return float(torch.sum(samples.double().square()))
