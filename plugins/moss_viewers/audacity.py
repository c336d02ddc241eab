"""Audacity, as it comes and with a linear scale.

Numbers of Audacity 3 (`SpectrogramSettings.cpp`, `SpectrumCache.cpp`, `SpectrumView.cpp`): a sine
at full scale is 0 dB, white lies `gain` (20) dB below that and black `range` (80) dB below white; a
pixel column is one frame, a pixel row the loudest of its bins.
"""

from __future__ import annotations

from typing import Literal

from moss_core import Viewer, hookimpl


def _audacity(name: str, label: str, scale: Literal["mel", "linear"]) -> Viewer:
    return Viewer(
        name=name,
        label=label,
        reference="https://manual.audacityteam.org/man/spectrograms_preferences.html",
        window=2048,
        padding=2,
        rows="loudest",
        axis=scale,
        high=20_000.0,
        white=-20.0,
        range=80.0,
        colours="roseus",
        settings="The track's menu > Spectrogram, then > Spectrogram Settings: "
        f"Scale {scale.capitalize()}, Min Frequency {{low}}, Max Frequency {{high}}; "
        "select {start} s to {end} s, then View > Zoom > Zoom to Selection.",
        gain="In the same settings, {turn} Gain (dB) by {decibels}.",
    )


@hookimpl
def moss_viewers() -> list[Viewer]:
    """Offer Audacity as it comes, and with a linear scale."""
    return [
        _audacity("audacity", "Audacity", "mel"),
        _audacity("audacity_linear", "Audacity, linear", "linear"),
    ]
