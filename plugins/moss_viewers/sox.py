"""SoX's effect `spectrogram`.

Numbers of SoX 14.4.2 (`spectrogram.c`): a sine at full scale is 0 dB and white, black lies 120 dB
below; each bin is a row of pixels, and all channels share 550 rows, which makes the transform of
one channel 1024 samples and of each of two 512. `-y 513` keeps it at 1024 for any number. Frames
lie half a window apart or closer, and a column is their mean power.
"""

from __future__ import annotations

from moss_core import Viewer, hookimpl


@hookimpl
def moss_viewers() -> list[Viewer]:
    """Offer SoX."""
    return [
        Viewer(
            name="sox",
            label="SoX",
            reference="https://sourceforge.net/p/sox/code/ci/sox-14.4.2/tree/src/spectrogram.c",
            window=1024,
            shared=True,
            columns="power",
            rows="bins",
            white=0.0,
            range=120.0,
            colours="sox",
            settings="sox FILE -n trim {start} ={end} spectrogram; "
            "the canvas is {low} to {high} Hz of it.",
            gain="At the end, add -Z {white}.",
        )
    ]
