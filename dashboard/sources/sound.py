"""A sound that is ready to play."""

from __future__ import annotations

from dataclasses import dataclass


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
