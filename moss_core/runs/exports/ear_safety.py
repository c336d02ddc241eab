"""What ears and loudspeakers would mind of an exported sound, in numbers and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.optimization import Run
from moss_core.runs.exports.levels import track_level
from moss_core.synthesis import loudness, power, true_peak

HIGH_HERTZ = 8_000
MOST_SHARE, LEAST_RISE = 0.25, 6.0
_BAND_HERTZ, _BAND_OCTAVES = 50.0, 1 / 24
_WINDOW_SECONDS = 1 / 8
_WINDOWS_AT_ONCE = 256
_FLOOR = 1e-12


@dataclass(frozen=True)
class EarSafety:
    """What a hybrid is to ears and loudspeakers, on the canvas's seconds.

    Args:
        loudness: LUFS (ITU-R BS.1770-4).
        louder: than the track, LU.
        true_peak: dBTP.
        high: share of the energy above 8 kHz, 0 to 1.
        high_rise: how much more energy that is than in the track, dB.
        tone: the strongest single frequency, Hz: the middle of a band of a 24th of an octave, or
            of 50 Hz where that is wider.
        tone_share: of the energy in that band, 0 to 1.
        tone_rise: how much more energy that is than in the track, dB.
    """

    loudness: float
    louder: float
    true_peak: float
    high: float
    high_rise: float
    tone: float
    tone_share: float
    tone_rise: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody would mind, in a sentence each, with its number.

        A share above a quarter is told, where it is 6 dB more energy than the track has there.
        """
        found = []
        if self.high > MOST_SHARE and self.high_rise >= LEAST_RISE:
            found.append(
                f"{self.high:.0%} of its energy lies above 8 kHz, {_more(self.high_rise)} the "
                "track has there: sharp to young ears, hard on tweeters."
            )
        if self.tone_share > MOST_SHARE and self.tone_rise >= LEAST_RISE:
            found.append(
                f"{self.tone_share:.0%} of its energy lies at {self.tone:,.0f} Hz alone, "
                f"{_more(self.tone_rise)} the track has there: a steady tone tires the ear."
            )
        return tuple(found)


def _more(rise: float) -> str:
    return f"{rise:.0f} dB more than" if rise < 60 else "far more than"


@on_one_core()
def ear_safety(run: Run, section: Tensor, stretch: slice | None = None) -> EarSafety:
    """Measure a stretch of a run's hybrid.

    Args:
        run: whose hybrid it is.
        section: the stretch, `(channels, samples)`; full scale = 1.
        stretch: of which samples; the first of `Model.stretches` by default.
    """
    stretch = stretch or run.model.stretches[0]
    rate = run.track.sample_rate
    before = _track_spectrum(run, stretch)
    after = _spectrum(section, rate)
    whole = float(after.sum()) + _FLOOR
    hertz = torch.arange(len(after)) * (rate / 2 / (len(after) - 1))
    above = hertz > HIGH_HERTZ
    high, high_before = float(after[above].sum()), float(before[above].sum())
    first, last = _bands(hertz)
    sums = _sums(after)
    in_bands = sums[last] - sums[first]
    strongest = int(in_bands.argmax())
    place = slice(int(first[strongest]), int(last[strongest]))
    tone, tone_before = float(after[place].sum()), float(before[place].sum())
    return EarSafety(
        loudness=(loud := loudness(section, rate)),
        louder=loud - track_level(run, stretch).loudness,
        true_peak=20 * math.log10(max(true_peak(section, rate), 1e-10)),
        high=high / whole,
        high_rise=_rise(high, high_before),
        tone=float(hertz[strongest]),
        tone_share=tone / whole,
        tone_rise=_rise(tone, tone_before),
    )


_tracks: WeakKeyDictionary[Run, dict[tuple[int, int], Tensor]] = WeakKeyDictionary()


def _track_spectrum(run: Run, stretch: slice) -> Tensor:
    """Return the spectrum of a stretch of a run's track, measured once."""
    spectra = _tracks.setdefault(run, {})
    known = spectra.get((stretch.start, stretch.stop))
    if known is None:
        known = _spectrum(run.track.samples[:, stretch], run.track.sample_rate)
        spectra[stretch.start, stretch.stop] = known
    return known


def _spectrum(samples: Tensor, rate: int) -> Tensor:
    """Return the energy of a sound by frequency, from 0 Hz to half the rate; all channels.

    Windows side by side are enough for shares of seconds (Welch, 1967,
    https://doi.org/10.1109/TAU.1967.1161901, without the overlap).
    """
    size = 2 ** round(math.log2(_WINDOW_SECONDS * rate))
    window, found = torch.hann_window(size), torch.zeros(size // 2 + 1, dtype=torch.float64)
    for channel in samples:
        for part in torch.split(channel, _WINDOWS_AT_ONCE * size):
            if len(part) >= size:
                cells = torch.fft.rfft(part.unfold(0, size, size) * window)
                found += power(cells).double().sum(0)
    return found


def _bands(hertz: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first bin of the band around each frequency, and the one after its last."""
    half = (hertz * (2**_BAND_OCTAVES - 1)).clamp(min=_BAND_HERTZ) / 2
    first = torch.searchsorted(hertz, hertz - half)
    return first, torch.searchsorted(hertz, hertz + half, right=True)


def _sums(energy: Tensor) -> Tensor:
    return torch.cat([energy.new_zeros(1), energy.cumsum(0)])


def _rise(after: float, before: float) -> float:
    return 10 * math.log10((after + _FLOOR) / (before + _FLOOR))
