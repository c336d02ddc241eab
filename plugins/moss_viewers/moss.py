"""MOSS's own: the analysis that its pictures are made with at the default canvas."""

from __future__ import annotations

from moss_core import Viewer, hookimpl


@hookimpl
def moss_viewers() -> list[Viewer]:
    """Offer MOSS's own analysis."""
    return [
        Viewer(
            name="moss",
            label="MOSS",
            reference="https://doi.org/10.1109/TASSP.1984.1164317",
            window=1024,
            hop=256,
            rate=16_000,
            columns="mean",
            rows="mean",
            range=80.0,
            colours="gray",
            settings="The picture on the dashboard, {start} s to {end} s, {low} to {high} Hz.",
        )
    ]
