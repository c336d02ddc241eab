"""Sonic Visualiser's layer "Spectrogram", of all channels mixed (Shift+G).

Numbers of Sonic Visualiser 4.5.1 (`SpectrogramLayer.cpp`, `ColourScale.cpp`): 1024 samples under a
Hann window, 50 % overlap, linear from the first bin to half the rate. Magnitudes are doubled and
divided by the length of the transform, not by the sum of the window, so that a sine at full scale
has -6.02 dB; white is 0 dB and black the threshold, 10^-8, which is -160 dB. Of the frames in a
pixel column it shows the loudest.
"""

from __future__ import annotations

import math

from moss_core import Viewer, hookimpl


@hookimpl
def moss_viewers() -> list[Viewer]:
    """Offer Sonic Visualiser."""
    return [
        Viewer(
            name="sonic_visualiser",
            label="Sonic Visualiser",
            reference="https://www.sonicvisualiser.org/doc/reference/4.5/en/",
            window=1024,
            hop=512,
            channel="mix",
            columns="loudest",
            rows="mean",
            low=43.0,
            white=20 * math.log10(2),
            range=160.0,
            colours="green",
            settings="Layer > Add Spectrogram > All Channels Mixed; on its panel, Bins Linear; "
            "zoom to {start} s to {end} s, and to {low} to {high} Hz with the upright thumbwheel.",
            gain="On the layer's panel, {turn} the Gain by {decibels} dB.",
        )
    ]
