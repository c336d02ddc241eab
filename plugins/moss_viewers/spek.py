"""Spek, which shows one channel at a time, the first when a file is opened.

Numbers of Spek 0.8.5 (`spek-spectrogram.cc`, `spek-pipeline.cc`, `spek-fft.cc`): magnitudes are
divided by the length of the transform and not by the sum of its Hann window, so that a sine at full
scale has -12.04 dB on its scale of -120 to 0 dB; each bin is a row; the transforms of a column are
averaged in decibels.
"""

from __future__ import annotations

import math

from moss_core import Viewer, hookimpl


@hookimpl
def moss_viewers() -> list[Viewer]:
    """Offer Spek."""
    return [
        Viewer(
            name="spek",
            label="Spek",
            reference="https://github.com/alexkay/spek",
            window=2048,
            channel="first",
            columns="decibels",
            rows="bins",
            white=20 * math.log10(4),
            range=120.0,
            colours="sox",
            settings="Open the file; c shows the next channel, u and l move white and black. "
            "It shows the whole file: look at {start} s to {end} s, {low} to {high} Hz.",
            gain="Press Shift+U {decibels} times: each moves white 1 dB down.",
        )
    ]
