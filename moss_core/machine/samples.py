"""The sample images and tracks that come with MOSS."""

from __future__ import annotations

from pathlib import Path

from moss_core.errors import MossError
from moss_core.machine.parts import ASSETS, bundled

IMAGE, TRACK = "portrait-astronaut.jpg", "piano-prelude.flac"
"""What a first hybrid is made from."""


def sample_image(name: str = IMAGE) -> Path:
    """Return where a sample image is; raises MossError if there is none of this name."""
    return bundled(ASSETS, "images", name)


def sample_track(name: str = TRACK) -> Path:
    """Return where a sample track is; raises MossError if there is none of this name."""
    return bundled(ASSETS, "audio", name)


def font_file(name: str) -> Path:
    """Return where a font is; raises MossError if there is none of this name."""
    return bundled(ASSETS, "fonts", name)


def given_or_sample(image: Path | None, track: Path | None, sample: bool) -> tuple[Path, Path]:
    """Return the image and the track that a command is to work on.

    Args:
        image: as it was named, if it was.
        track: as it was named, if it was.
        sample: whether the samples were asked for in their place.

    Raises:
        MossError: unless either both files are named or the samples are asked for.
    """
    named = " and ".join(str(path) for path in (image, track) if path)
    if sample:
        if named:
            raise MossError(
                "--sample", "must stand in the place of IMAGE and TRACK", named, "Leave one out."
            )
        return sample_image(), sample_track()
    if not (image and track):
        raise MossError(
            "IMAGE and TRACK",
            "must both be named",
            f"only {named}" if named else "neither",
            "Name both, or say --sample to take those that come with MOSS.",
        )
    return image, track
