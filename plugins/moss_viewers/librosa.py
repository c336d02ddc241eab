"""librosa's picture of a spectrogram: `load`, `stft`, `amplitude_to_db(ref=np.max)`, `specshow`.

Numbers of librosa 0.11: `load` mixes to mono at 22,050 Hz; 2048 samples under a Hann window, hop
512; `top_db` 80; `specshow` chooses matplotlib's magma, whose cells have hard edges.
"""

from __future__ import annotations

from moss_core import Viewer, hookimpl


@hookimpl
def moss_viewers() -> list[Viewer]:
    """Offer librosa."""
    return [
        Viewer(
            name="librosa",
            label="librosa",
            reference="https://librosa.org/doc/latest/generated/librosa.display.specshow.html",
            window=2048,
            hop=512,
            rate=22_050,
            channel="mix",
            loudest=100.0,
            range=80.0,
            colours="magma",
            settings='librosa.display.specshow(decibels, y_axis="linear", x_axis="time"); '
            "plt.xlim({start}, {end}); plt.ylim({low}, {high})",
        )
    ]
