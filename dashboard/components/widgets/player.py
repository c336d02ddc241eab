"""The player: a spectrogram with axes that plays, seeks, and switches between sounds."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st
import torch

from components.widgets.media_urls import address
from components.widgets.web import web_component
from moss_core.objectives import colour
from moss_core.synthesis import PlacedCanvas
from sources.sound import Sound

_LABELS = {
    "gray": "Gray",
    "magma": "Magma (librosa)",
    "viridis": "Viridis",
    "roseus": "Roseus (Audacity)",
    "sox": "SoX and Spek",
    "green": "Sonic Visualiser",
}


def _colours() -> list[dict[str, str]]:
    """Return the colour maps, each a table of 256 colours of three bytes."""
    levels = torch.linspace(0, 1, 256)
    return [
        {
            "id": name,
            "label": label,
            "table": base64.b64encode(colour(levels, name).numpy().tobytes()).decode(),
        }
        for name, label in _LABELS.items()
    ]


SCRIPTS = (
    "axes",
    "range",
    "plays",
    "player_engine",
    "player_plot",
    "player_keys",
    "player_pointers",
)
"""What its JavaScript is made of, besides its own file."""
COLOURS = _colours()
"""Colour maps to see its pictures in: id, label and table, 256 colours of three bytes as base64."""

_component = web_component("player", *SCRIPTS, constants={"COLOURS": COLOURS})


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


@dataclass(frozen=True)
class Choice:
    """Something that the page chooses from in the player's view.

    Args:
        id: differs between the choices of a player.
        label: what is chosen.
        value: of what is chosen.
        offered: values, each with what people call it.
        help: shown when the pointer rests on it.
    """

    id: str
    label: str
    value: str
    offered: tuple[tuple[str, str], ...]
    help: str = ""


def player(
    key: str,
    playables: Sequence[Playable],
    canvas: PlacedCanvas,
    sample_rate: int,
    *,
    target: bytes = b"",
    target_alt: str = "",
    colours: str = "gray",
    arrows: bool = True,
    played: int = 0,
    focus: int = 0,
    choices: Sequence[Choice] = (),
    on_choice: Callable[[str, str], None] | None = None,
) -> None:
    """Show the player; it goes on playing while its playables change.

    Args:
        key: the same as long as it is about the same track.
        playables: to choose from; the first is shown first.
        canvas: where on the track they lie.
        sample_rate: of the sounds, Hz.
        target: PNG to lay over the picture on demand.
        target_alt: the target in words.
        colours: name of the colour map of the program whose pictures they are.
        arrows: whether left and right seek; otherwise they are left to the page, except on the
            slider of the position.
        played: when it grows, the first one is played.
        focus: when it grows, the player takes the keyboard's focus, once.
        choices: of what the pictures show, which only the page can make.
        on_choice: called with the id and the value of what a person chose of them.
    """
    own = f"player:{key}"

    def chosen() -> None:
        event = st.session_state[own]["chosen"]
        if event and on_choice:
            on_choice(str(event["id"]), str(event["value"]))

    _component(
        key=own,
        data={
            "key": key,
            "aspect": canvas.aspect,
            "start": canvas.start,
            "duration": canvas.duration,
            "low": canvas.low,
            "high": canvas.high,
            "axis": canvas.axis,
            "target": address(target, "image/png", f"{key}:target") if target else None,
            "target_alt": target_alt,
            "colours": colours,
            "arrows": arrows,
            "played": played,
            "focus": focus,
            "choices": [asdict(choice) for choice in choices],
            "sources": [_source(key, playable, sample_rate) for playable in playables],
        },
        on_chosen_change=chosen,
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
