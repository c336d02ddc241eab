"""A viewer: how a program draws a spectrogram, as numbers.

It is part of contract 1: the hook `moss_viewers` offers viewers as `moss_objectives` offers
objectives. What is drawn with one is `moss_core.synthesis.viewing`'s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from moss_core.errors import MossError
from moss_core.objectives.colours import COLOURS
from moss_core.objectives.parameters import NAME

Taper = Literal["hann", "hamming", "blackman_harris"]
Shown = Literal["each", "first", "mix"]
Columns = Literal["nearest", "mean", "loudest", "power", "decibels"]
Rows = Literal["nearest", "mean", "loudest", "bins"]
Scale = Literal["linear", "log", "mel"]
OWN_VIEWER = "moss"
"""The name of the viewer that shows what MOSS itself shows."""
_PLACED, _UNPLACED = ("mean", "loudest"), ("power", "decibels")
_PLACES = {"low": "0", "high": "8000", "start": "0.00", "end": "1.00"}
_GAIN_PLACES = {"turn": "raise", "decibels": "6", "white": "-26"}


@dataclass(frozen=True)
class Viewer:
    """A program that draws spectrograms, and its settings.

    Levels are in dBFS: a sine that swings between -1 and 1 has 0 dBFS at its peak.

    Args:
        name: the word used in files and on the command line: lower-case letters, digits and
            underscores.
        label: the name that people read, such as "Audacity".
        reference: URL of its manual or source.
        window: samples under the analysis window, at the rate analysed; even, 32 to 65,536.
        range: decibels from black to white, 10 to 200.
        hop: samples from one frame to the next; None: frames are placed by the pixel columns.
        rate: Hz that the program resamples to; None: it analyses at the file's own.
        padding: length of the FFT in windows, 1 to 16; what lies beyond the window is zero.
        taper: the shape of the window.
        channel: which channels it shows: each below the other, the first, or their mean.
        shared: whether the channels share one picture's height, each with a shorter window
            (`window_for`).
        columns: what a pixel column shows. With a `hop`: the frame "nearest" to its middle, the
            "mean" of the frames that it covers or lies between (triangular weights), or the
            "loudest". Without: one frame at its middle ("nearest"), or where it is longer than a
            window the mean of frames side by side, "power" half a window apart, or "decibels" a
            whole one, each ending where the part of the sound that it stands for ends.
        rows: what a pixel row shows: the bin "nearest" to its middle, the "mean" or the "loudest"
            of the bins that it covers, or "bins": the nearest where each bin of the transform,
            0 Hz and half the rate among them, is a row of one height.
        axis: how frequency runs from bottom to top.
        low: lowest frequency shown, Hz, 0 or more; above 0 on a log axis.
        high: highest frequency shown, Hz; None: half the rate.
        white: level of white, dBFS; None: that of the loudest cells of what is shown.
        loudest: which those are: the percentile that is white where `white` is None, above 0, at
            most 100.
        colours: name of its colour map, of those that `colours.colour` has.
        settings: words for people: how to set the program to see a canvas best. May contain {low}
            and {high}, Hz, {start} and {end}, s.
        gain: words for people: how to move `white` where a sound is too quiet or too loud for it.
            May contain {turn}, which is raise or lower, by how many {decibels}, and where {white}
            is then, dBFS.

    Raises:
        MossError: for a part that is not of this form.
    """

    name: str
    label: str
    reference: str
    window: int
    range: float
    hop: int | None = None
    rate: int | None = None
    padding: int = 1
    taper: Taper = "hann"
    channel: Shown = "each"
    shared: bool = False
    columns: Columns = "nearest"
    rows: Rows = "nearest"
    axis: Scale = "linear"
    low: float = 0.0
    high: float | None = None
    white: float | None = None
    loudest: float = 99.5
    colours: str = "gray"
    settings: str = ""
    gain: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise MossError(
                "viewer name",
                "must be lower-case letters, digits and underscores, a letter first",
                repr(self.name),
                "Rename it, for example to 'sonic_visualiser'.",
            )
        if not self.label or not self.reference:
            found = f"label {self.label!r}, reference {self.reference!r}"
            raise self._error("", "must have a label and a reference", found, "Fill them in.")
        self._check_words()
        self._check_samples()
        self._check_levels()
        self._check_frequencies()
        self._check_places("settings", _PLACES)
        self._check_places("gain", _GAIN_PLACES)

    def window_for(self, channels: int) -> int:
        """Return the samples under the window for a sound of so many channels.

        Where channels share the height, it is the largest power of two that leaves each its part,
        128 at least: what SoX does.
        """
        if not self.shared or channels < 2:
            return self.window
        return min(self.window, max(128, 1 << int(math.log2(self.window / channels))))

    def rate_for(self, sample_rate: int) -> int:
        """Return the rate (Hz) at which a file of `sample_rate` is analysed."""
        return self.rate or sample_rate

    def seconds(self, sample_rate: int, channels: int = 1) -> float:
        """Return the window's length in seconds for a file of so many Hz and channels."""
        return self.window_for(channels) / self.rate_for(sample_rate)

    def top_for(self, sample_rate: int) -> float:
        """Return the highest frequency shown (Hz) of a file of `sample_rate` Hz."""
        nyquist = self.rate_for(sample_rate) / 2
        return nyquist if self.high is None else min(self.high, nyquist)

    def settings_for(
        self, low: float, high: float, start: float, end: float, brighter: float = 0.0
    ) -> str:
        """Return `settings` for a canvas, and how to set the `gain` where that is wanted.

        Args:
            low: lowest frequency of the canvas, Hz.
            high: its highest, Hz.
            start: where it begins, s.
            end: where it ends, s.
            brighter: by how many dB white is to be moved down (below 0: up), rounded to whole ones.
        """
        words = self.settings.format(
            low=f"{low:g}", high=f"{high:g}", start=f"{start:.2f}", end=f"{end:.2f}"
        )
        decibels = round(brighter)
        if not decibels or self.white is None or not self.gain:
            return words
        gain = self.gain.format(
            turn="raise" if decibels > 0 else "lower",
            decibels=abs(decibels),
            white=f"{self.white - decibels:.0f}",
        )
        return f"{words} {gain}".strip()

    def _error(self, part: str, rule: str, found: object, remedy: str) -> MossError:
        thing = f"{part} of viewer {self.name}" if part else f"viewer {self.name}"
        return MossError(thing, rule, found, remedy)

    def _check_places(self, part: str, places: Mapping[str, str]) -> None:
        found = getattr(self, part)
        try:
            found.format(**places)
        except (LookupError, ValueError, AttributeError):
            raise self._error(
                part,
                f"must be words with no places but {', '.join(f'{{{p}}}' for p in places)}",
                repr(found),
                "Double a brace that is to be seen.",
            ) from None

    def _check_words(self) -> None:
        words = {
            "taper": Taper,
            "channel": Shown,
            "columns": Columns,
            "rows": Rows,
            "axis": Scale,
        }
        for part, known in words.items():
            found, choices = getattr(self, part), get_args(known)
            if found not in choices:
                rule = f"must be one of {', '.join(choices)}"
                raise self._error(part, rule, repr(found), f"Use {choices[0]}.")
        if self.colours not in COLOURS:
            rule = f"must be one of {', '.join(COLOURS)}"
            raise self._error("colours", rule, repr(self.colours), f"Use {COLOURS[0]}.")

    def _check_samples(self) -> None:
        if not _whole(self.window, 32, 65_536) or self.window % 2:
            rule = "must be an even number of samples, 32 to 65,536"
            raise self._error("window", rule, repr(self.window), "Use 2048.")
        if not _whole(self.padding, 1, 16):
            rule = "must be a whole number, 1 to 16"
            raise self._error("padding", rule, repr(self.padding), "Use 1.")
        if self.hop is not None and not _whole(self.hop, 1, self.window):
            rule = f"must be 1 to {self.window} samples (the window), or None"
            raise self._error("hop", rule, repr(self.hop), "Use a quarter of the window.")
        if self.columns not in ("nearest", *(_UNPLACED if self.hop is None else _PLACED)):
            rule = f"must be of a viewer {'without' if self.hop is None else 'with'} a hop"
            raise self._error("columns", rule, repr(self.columns), "Use nearest.")
        if self.rate is not None and not _whole(self.rate, 1000, 768_000):
            rule = "must be 1,000 to 768,000 Hz, or None"
            raise self._error("rate", rule, repr(self.rate), "Use None: the file's own.")

    def _check_levels(self) -> None:
        if not _number(self.range) or not 10 <= self.range <= 200:
            raise self._error("range", "must be 10 to 200 dB", repr(self.range), "Use 80.")
        if self.white is not None and (not _number(self.white) or abs(self.white) > 200):
            rule = "must be -200 to 200 dBFS, or None"
            raise self._error("white", rule, repr(self.white), "Use 0, or None.")
        if not _number(self.loudest) or not 0 < self.loudest <= 100:
            rule = "must be a percentile, above 0, at most 100"
            raise self._error("loudest", rule, repr(self.loudest), "Use 99.5.")

    def _check_frequencies(self) -> None:
        high = math.inf if self.high is None else self.high
        least = 1e-3 if self.axis == "log" else 0.0
        numbers = _number(self.low) and (self.high is None or _number(self.high))
        if not numbers or not least <= self.low < high:
            raise self._error(
                "low and high",
                "must be frequencies in Hz, low below high, above 0 on a log axis",
                f"{self.low!r} to {self.high!r}",
                "Use 0, or 20 on a log axis, and None.",
            )


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
