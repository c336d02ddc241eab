"""Cards of which one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from media import address
from sources import Card

_WEB = Path(__file__).resolve().parent.parent / "web"
_ALT = {"image": "{}, in grays as MOSS sees it", "track": "Spectrogram of {}"}

_component = st.components.v2.component(
    "moss_gallery",
    html=(_WEB / "gallery.html").read_text(),
    css=(_WEB / "gallery.css").read_text(),
    js=(_WEB / "gallery.js").read_text(),
)


def gallery(kind: str, cards: Sequence[Card], chosen: str, on_pick: Callable[[str], None]) -> None:
    """Show cards to choose from.

    Args:
        kind: "image" or "track".
        cards: in the order shown.
        chosen: id of the chosen one.
        on_pick: called with the id of the one that is picked.
    """
    key = f"{kind}_gallery"
    _component(
        key=key,
        data={
            "label": "Images" if kind == "image" else "Tracks",
            "chosen": chosen,
            "cards": [_card(kind, card) for card in cards],
        },
        on_picked_change=lambda: on_pick(st.session_state[key]["picked"]),
    )


def _card(kind: str, card: Card) -> dict[str, object]:
    slot = f"{kind}:{card.id}"
    return {
        "id": card.id,
        "title": card.source.title,
        "facts": card.facts,
        "alt": _ALT[kind].format(card.source.title),
        "picture": address(card.thumbnail, "image/webp", f"{slot}:picture"),
        "sound": address(card.sound, "audio/flac", f"{slot}:sound") if card.sound else None,
    }
