"""The placer: a whole track on which a box says where the image goes."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.widgets.media_urls import address
from components.widgets.web import web_component
from sources.overview import Overlay, Overview

_KEY = "placer"
_component = web_component("placer", "axes")


@dataclass(frozen=True)
class Box:
    """Where on a track an image lies.

    Args:
        start: seconds from the track's start.
        duration: seconds.
        low: lowest frequency, Hz.
        high: highest frequency, Hz.
        aspect: its width to its height on the screen, where a person gave it its shape; None
            where it only moved.
    """

    start: float
    duration: float
    low: float
    high: float
    aspect: float | None = None


@dataclass(frozen=True)
class Bounds:
    """How far a box can go.

    Args:
        seconds: length of the track.
        least: shortest that a box can be, seconds.
        most: longest, seconds.
        lowest: lowest frequency, Hz.
        highest: highest frequency, Hz.
    """

    seconds: float
    least: float
    most: float
    lowest: float
    highest: float


def placer(
    track: str,
    shown: Overview,
    laid: Overlay,
    box: Box,
    bounds: Bounds,
    on_place: Callable[[Box], None],
    *,
    player: str = "",
    tempo: float | None = None,
    beats: Sequence[float] = (),
    bars: Sequence[float] = (),
    staying: Sequence[Box] = (),
) -> None:
    """Show the placer.

    Args:
        track: differs between tracks.
        shown: the track, drawn.
        laid: the image as it will be painted.
        box: where it lies now.
        bounds: how far it can go.
        on_place: called with where a person has put it.
        player: key of the player on the same page that plays the box's section.
        tempo: beats a minute; None: there is nothing to snap to.
        beats: their times, seconds.
        bars: times of those that begin a bar.
        staying: where other images lie already.
    """

    def placed() -> None:
        event = st.session_state[_KEY]["placed"]
        # What a browser tells of the track before this one is too late.
        found = _told(event, bounds) if event and event.get("track") == track else None
        if found:
            on_place(found)

    _component(
        key=_KEY,
        data={
            "track": track,
            "seconds": bounds.seconds,
            "least": bounds.least,
            "most": min(bounds.most, bounds.seconds),
            "lowest": bounds.lowest,
            "highest": bounds.highest,
            "box": _place(box),
            "staying": [_place(other) for other in staying],
            "view": {"low": shown.low, "high": shown.high, "axis": shown.axis},
            "ticks": shown.ticks,
            "wave": base64.b64encode(shown.wave).decode(),
            "tiles": [
                address(tile, "image/webp", f"{_KEY}:{index}")
                for index, tile in enumerate(shown.tiles)
            ],
            "parts": shown.parts,
            "image": address(laid.picture, "image/webp", f"{_KEY}:image"),
            "heard_from": laid.start,
            "player": player,
            "tempo": tempo,
            "beats": [round(time, 2) for time in beats],
            "bars": [round(time, 2) for time in bars],
        },
        on_placed_change=placed,
    )


def _place(box: Box) -> dict[str, float]:
    return {"start": box.start, "duration": box.duration, "low": box.low, "high": box.high}


def _told(event: Mapping[str, Any], bounds: Bounds) -> Box | None:
    """Return what a browser tells, brought within the bounds; None for what is no place."""
    try:
        start, duration, low, high = (
            float(event[name]) for name in ("start", "duration", "low", "high")
        )
        aspect = None if event.get("aspect") is None else float(event["aspect"])
    except (KeyError, TypeError, ValueError):
        return None
    if not all(map(math.isfinite, (start, duration, low, high, aspect or 1.0))):
        return None
    start = min(max(0.0, start), bounds.seconds)
    duration = min(duration, bounds.seconds - start)
    return Box(start, duration, max(0.0, low), min(high, bounds.highest), aspect)
