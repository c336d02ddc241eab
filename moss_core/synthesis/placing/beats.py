"""Where a track's beats and bars are, after Ellis (2007).

Beat Tracking by Dynamic Programming, Journal of New Music Research 36 (1),
https://doi.org/10.1080/09298210701653344: an envelope that rises at onsets, the period at which it
repeats, and the sequence of times that best trades strong onsets against an even period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from moss_core.machine import on_one_core
from moss_core.synthesis.inputs import Track
from moss_core.synthesis.placing.bands import band_powers

_FRAMES_A_SECOND = 100
_WINDOW_SECONDS = 0.03
_BANDS, _HIGHEST_BAND = 32, 8000.0
_LOW_BANDS = 4  # up to about 220 Hz, where bass drums and basses are
_RANGE_DB = 60.0
_SLOWEST, _FASTEST, _USUAL = 50.0, 220.0, 120.0  # beats a minute
_OCTAVES = 0.9  # standard deviation of the tempos that people tap, about the usual one
_TIGHTNESS = 100.0
_BEATS_A_BAR = 4
_LEAST_BEATS = 4
_CLEAR = 0.3

_Line = NDArray[np.float64]


@dataclass(frozen=True)
class Beats:
    """The beats of a track.

    Args:
        tempo: beats a minute.
        times: of the beats, seconds, ascending.
        bars: those times that begin a bar of four beats.
    """

    tempo: float
    times: tuple[float, ...]
    bars: tuple[float, ...]


@on_one_core()
def find_beats(track: Track) -> Beats | None:
    """Return a track's beats; None where none are clear, as in speech or the sea.

    The tempo may be taken for half or twice of what people would tap.

    Args:
        track: at least half a second long.
    """
    onsets, low = _envelopes(track)
    period = _period(onsets)
    if period is None:
        return None
    frames = _track(onsets, period)
    if len(frames) < _LEAST_BEATS:
        return None
    # The straight line through them: a single beat lies on a frame, their mean distance does not.
    tempo = 60 * _FRAMES_A_SECOND / float(np.polyfit(np.arange(len(frames)), frames, 1)[0])
    times = tuple(float((frame + 0.5) / _FRAMES_A_SECOND) for frame in frames)
    strength = [low[frames[k::_BEATS_A_BAR]].mean() for k in range(_BEATS_A_BAR)]
    return Beats(tempo, times, times[int(np.argmax(strength)) :: _BEATS_A_BAR])


def _envelopes(track: Track) -> tuple[_Line, _Line]:
    """Return how much louder the bands get from frame to frame: of all, and of the low ones."""
    rate = track.sample_rate
    highest = min(_HIGHEST_BAND, rate / 2)
    mel = torch.linspace(0, np.log1p(highest / 700), _BANDS + 1).double()
    window = 2 * round(_WINDOW_SECONDS * rate / 2)
    hop = round(rate / _FRAMES_A_SECOND)
    powers = band_powers(track.samples, rate, mel.expm1() * 700, hop, window)
    levels = 10 * torch.log10(powers + 1e-12)
    levels = levels.clamp(min=float(levels.max()) - _RANGE_DB)
    rises = levels.diff(dim=1, prepend=levels[:, :1]).clamp(min=0).double().numpy()
    # Frames are round(rate / 100) samples apart, which is 1/100 s at all usual rates but 11,025 Hz.
    exact = hop * _FRAMES_A_SECOND / rate
    both = [_stretched(rises.mean(0), exact), _stretched(rises[:_LOW_BANDS].mean(0), exact)]
    return _even(both[0]), both[1]


def _stretched(line: _Line, factor: float) -> _Line:
    if factor == 1:
        return line
    places = np.arange(int(len(line) * factor)) / factor
    return np.interp(places, np.arange(len(line)), line)


def _even(line: _Line) -> _Line:
    """Take away what is slow, and scale to a standard deviation of 1."""
    around = np.hanning(_FRAMES_A_SECOND + 1)
    padded = np.pad(line, len(around) // 2, mode="reflect" if len(line) > 60 else "edge")
    line = np.maximum(line - np.convolve(padded, around / around.sum(), "valid"), 0)
    narrow = np.hanning(7)[1:-1]
    line = np.convolve(line, narrow / narrow.sum(), "same")
    spread = float(line.std())
    return line / spread if spread > 1e-9 else np.zeros_like(line)


def _period(onsets: _Line) -> float | None:
    """Return the frames from beat to beat; None where the envelope does not repeat."""
    centred = onsets - onsets.mean()
    length = len(centred)
    size = 2 ** int(np.ceil(np.log2(2 * length)))
    repeats = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[:length]
    first, last = (round(60 * _FRAMES_A_SECOND / tempo) for tempo in (_FASTEST, _SLOWEST))
    if repeats[0] <= 0 or last + 2 >= length:
        return None
    repeats = repeats / repeats[0] * length / (length - np.arange(length))
    lags = np.arange(first, last + 1)
    octaves = np.log2(60 * _FRAMES_A_SECOND / lags / _USUAL)
    weighed = repeats[lags] * np.exp(-0.5 * (octaves / _OCTAVES) ** 2)
    lag = int(lags[np.argmax(weighed)])
    if repeats[lag] < _CLEAR:
        return None
    left, middle, right = repeats[lag - 1 : lag + 2]  # a parabola's top, between the frames
    bend = left - 2 * middle + right
    return lag + (0.5 * (left - right) / bend if bend < 0 else 0.0)


def _track(onsets: _Line, period: float) -> NDArray[np.int64]:
    """Return the frames of the beats: the path with the most onsets and the evenest steps."""
    reach = np.arange(round(2 * period), round(period / 2) - 1, -1)
    cost = -_TIGHTNESS * np.log(reach / period) ** 2
    longest = int(reach[0])
    # Room before the first frame, so that every step back leads somewhere.
    score = np.concatenate([np.zeros(longest), onsets])
    before = np.full(len(onsets), -1, np.int64)
    threshold = 0.01 * onsets.max()
    begun = False
    for frame in range(len(onsets)):
        options = score[frame : frame + len(reach)] + cost
        best = int(options.argmax())
        score[longest + frame] += options[best]
        if begun or onsets[frame] >= threshold:
            before[frame] = frame - int(reach[best]) if begun else -1
            begun = True
    score = score[longest:]
    peaks = np.flatnonzero((score[1:-1] > score[:-2]) & (score[1:-1] >= score[2:])) + 1
    if not len(peaks):
        return np.empty(0, np.int64)
    # The last beat: the last peak of the score that is no straggler in a fade-out.
    strong = peaks[2 * score[peaks] > np.median(score[peaks])]
    frame = int(strong[-1] if len(strong) else peaks[-1])
    found = []
    while frame >= 0:
        found.append(frame)
        frame = int(before[frame])
    path = np.array(found[::-1], np.int64)
    heard = np.flatnonzero(onsets[path] > 0.1 * np.median(onsets[path]))
    return path[heard[0] : heard[-1] + 1] if len(heard) else path
