"""The finished hybrids that the first screen plays, as `assets/make/make_showcase.py` made them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from moss_core.machine import ASSETS, bundled

_FOLDER = "showcase"


@dataclass(frozen=True)
class Stop:
    """A hybrid, or the track alone: where the slider comes to rest.

    Args:
        picture: gray WebP of the canvas, measured on the exported file.
        sound: MP3 of the canvas's seconds of that file.
        seen: share of the way to the image, 0 to 1 (`Front.shares`).
        heard: share of the way to the track, likewise.
        loudness: LUFS (ITU-R BS.1770).
    """

    picture: bytes
    sound: bytes
    seen: float
    heard: float
    loudness: float


@dataclass(frozen=True)
class Example:
    """An image in a track, in stops from the track alone to the most image.

    Args:
        name: differs between examples.
        title: for people.
        image: what people call the image.
        track: what people call the track.
        seconds: length of the sounds.
        aspect: how many times as wide as high its pictures are.
        opening: index of the stop that is shown first.
        stops: at least two; the picture's share rises, the sound's falls.
    """

    name: str
    title: str
    image: str
    track: str
    seconds: float
    aspect: float
    opening: int
    stops: tuple[Stop, ...]


@cache
def examples() -> tuple[Example, ...]:
    """Return the examples, the first one to show first.

    Raises:
        MossError: if they are not installed.
    """
    told = json.loads(_read("showcase.json"))
    return tuple(
        Example(
            name=one["name"],
            title=one["title"],
            image=one["image"]["title"],
            track=one["track"]["title"],
            seconds=one["canvas"]["duration"],
            aspect=one["canvas"]["aspect"],
            opening=one["opening"],
            stops=tuple(
                Stop(
                    picture=_read(stop["picture"]),
                    sound=_read(stop["sound"]),
                    seen=stop["shares"]["picture"],
                    heard=stop["shares"]["sound"],
                    loudness=stop["loudness"],
                )
                for stop in one["stops"]
            ),
        )
        for one in told["hybrids"]
    )


def _read(name: str) -> bytes:
    return bundled(ASSETS, _FOLDER, name).read_bytes()
