"""Cards of which one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from components.widgets.media_urls import address
from components.widgets.web import web_component

_component = web_component("gallery", "plays")


@dataclass(frozen=True)
class Tile:
    """One card.

    Args:
        id: differs between the cards of a gallery.
        title: the first line, and its name for screen readers.
        lines: the others, short; they describe it.
        alt: the picture in words, where it cannot be shown.
        picture: WebP; b"" if there is none.
        sound: FLAC or MP3 that the card plays; b"" if there is none.
    """

    id: str
    title: str
    lines: tuple[str, ...]
    alt: str
    picture: bytes
    sound: bytes = b""


def gallery(
    key: str,
    label: str,
    tiles: Sequence[Tile],
    chosen: str,
    on_pick: Callable[[str], None],
    *,
    wide: bool = False,
    sentences: bool = False,
    compact: bool = False,
) -> None:
    """Show cards to choose from: one tab stop, from which the arrow keys choose.

    A card with a sound plays it while the mouse or a keyboard's focus rests on it, once the page
    was pressed somewhere; by its button at any time.

    Args:
        key: of the gallery on the page.
        label: of the gallery, for screen readers.
        tiles: in the order shown.
        chosen: id of the chosen one.
        on_pick: called with the id of the one that is picked.
        wide: whether pictures are three by two, not square.
        sentences: whether the lines under the titles are sentences, which are shown whole.
        compact: whether cards are small and show their titles only; what else is known of them is
            told to screen readers.
    """
    _component(
        key=key,
        data={
            "label": label,
            "chosen": chosen,
            "wide": wide,
            "sentences": sentences,
            "compact": compact,
            "cards": [_card(key, tile) for tile in tiles],
        },
        on_picked_change=lambda: on_pick(st.session_state[key]["picked"]),
    )


def _card(key: str, tile: Tile) -> dict[str, object]:
    slot = f"{key}:{tile.id}"
    return {
        "id": tile.id,
        "title": tile.title,
        "lines": list(tile.lines),
        "alt": tile.alt,
        "picture": address(tile.picture, "image/webp", f"{slot}:picture") if tile.picture else None,
        "sound": address(tile.sound, _kind(tile.sound), f"{slot}:sound") if tile.sound else None,
    }


def _kind(sound: bytes) -> str:
    return "audio/flac" if sound.startswith(b"fLaC") else "audio/mpeg"
