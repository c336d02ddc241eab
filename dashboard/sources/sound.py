"""A sound that is ready to play."""

from __future__ import annotations

from dataclasses import dataclass, replace

from moss_core.machine import on_one_core
from moss_core.synthesis import PlacedCanvas, encode_flac
from sources.source import Source

MOST_SECONDS_HEARD = 60.0
"""How much of a section of the original is made ready to play: more would keep a page waiting."""


@dataclass(frozen=True)
class Sound:
    """The canvas's section of a sound, ready to play.

    Args:
        step: that it was rendered at.
        content: 16-bit FLAC at the track's rate and in all its channels.
        loudness: LUFS (ITU-R BS.1770).
        warnings: what ears and loudspeakers would mind of it, a sentence each.
    """

    step: int
    content: bytes
    loudness: float
    warnings: tuple[str, ...] = ()


@on_one_core()
def section_of_track(source: Source, canvas: PlacedCanvas) -> Sound:
    """Return a track's own sound where a canvas is placed on it, its first minute at most.

    It is heard alone, so its loudness, which others are matched to, is not measured.

    Args:
        source: the track.
        canvas: placed on it.

    Raises:
        MossError: for what is not a track.
    """
    track = source.as_track()
    heard = replace(canvas, duration=min(canvas.duration, MOST_SECONDS_HEARD))
    section = track.samples[:, heard.section(track.sample_rate)]
    return Sound(0, encode_flac(section, track.sample_rate), 0.0)
