"""The player: a spectrogram with axes that plays, seeks, and switches between sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.widgets.media_urls import address
from components.widgets.web import web_component
from moss_core.synthesis import PlacedCanvas, frequencies, frequency_ticks, time_ticks
from sources.sound import Sound

_component = web_component("player")


@dataclass(frozen=True)
class Playable:
    """One thing to see and to hear.

    Args:
        id: stays the same while picture and sound change.
        label: on its button.
        note: on its picture; what it is just now.
        picture: WebP.
        sound: None if there is nothing to hear.
        alt: the picture in words.
    """

    id: str
    label: str
    note: str
    picture: bytes
    sound: Sound | None
    alt: str


def player(
    key: str,
    playables: Sequence[Playable],
    canvas: PlacedCanvas,
    sample_rate: int,
    *,
    target: bytes = b"",
    target_alt: str = "",
    arrows: bool = True,
    played: int = 0,
) -> None:
    """Show the player; it goes on playing while its playables change.

    Args:
        key: the same as long as it is about the same track.
        playables: to choose from; the first is shown first.
        canvas: where on the track they lie.
        sample_rate: of the sounds, Hz.
        target: PNG to lay over the picture on demand.
        target_alt: the target in words.
        arrows: whether arrow keys seek where the focus is on nothing that has a use for them.
        played: when it grows, the first one is played.
    """
    _component(
        key=f"player:{key}",
        data={
            "key": key,
            "aspect": canvas.aspect,
            "start": canvas.start,
            "duration": canvas.duration,
            "ticks_x": time_ticks(canvas),
            "ticks_y": frequency_ticks(canvas),
            "hertz": frequencies(canvas),
            "target": address(target, "image/png", f"{key}:target") if target else None,
            "target_alt": target_alt,
            "arrows": arrows,
            "played": played,
            "sources": [_source(key, playable, sample_rate) for playable in playables],
        },
    )


def _source(key: str, playable: Playable, sample_rate: int) -> dict[str, object]:
    sound = playable.sound
    return {
        "id": playable.id,
        "label": playable.label,
        "note": playable.note,
        "alt": playable.alt,
        "picture": address(playable.picture, "image/webp", f"{key}:{playable.id}:picture"),
        "sound": address(sound.content, "audio/flac", f"{key}:{playable.id}:sound")
        if sound
        else None,
        "loudness": sound.loudness if sound else 0.0,
        "sample_rate": sample_rate,
    }
