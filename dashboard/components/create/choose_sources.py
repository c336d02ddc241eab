"""Choosing an image and a track: samples, and what people bring themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import streamlit as st

from components.widgets.failures import plain
from components.widgets.gallery import Tile, gallery
from moss_core.errors import MossError
from moss_core.machine import limits, logger
from session import memory
from session.allowance import upload_mb
from session.own import add_own, own_card, own_cards
from session.shared import chosen_card, sample_cards
from sources.cards import Card
from sources.lettering import FONTS, MAX_CHARACTERS, lettering
from sources.source import Kind

_FORMATS = {
    "image": ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"],
    "track": ["wav", "flac", "ogg", "opus", "mp3", "m4a"],
}
_UPLOAD_LABELS = {
    "image": "PNG, JPEG, WebP, GIF, BMP or TIFF; used in grays",
    "track": "WAV, FLAC, OGG, Opus, MP3 or M4A, 0.5 s to 15 min; 5 to 30 s work well",
}
_MOST_MB = {"image": 50, "track": 200}
"""Of a file: a track of 15 minutes in stereo has 160 MB where it is not compressed."""
_UPLOAD, _CAMERA, _TEXT, _RECORD = (
    ":material/upload: Upload",
    ":material/photo_camera: Camera",
    ":material/title: Text",
    ":material/mic: Record",
)


def choose_image() -> Card | None:
    """Show the images; return the chosen one."""
    return _choose("image", "1. An image to see", (_UPLOAD, _CAMERA, _TEXT))


def choose_right_image(left: Card) -> Card:
    """Show the images for the right channel; return the chosen one.

    Args:
        left: the image on the left channel.
    """
    cards: tuple[Card, ...] = (*own_cards("image"), *sample_cards("image"))
    others = [card for card in cards if card.id != left.id] or [left]
    kept = memory.get(memory.RIGHT)
    chosen = next((card for card in cards if card.id == kept), others[0])
    st.markdown(
        f"**{plain(left.source.title)}** is on the left, and on the right: :gray[(what you brought "
        "yourself is here, too)]"
    )
    tiles = [_tile("image", card) for card in cards]
    pick = partial(memory.put, memory.RIGHT)
    gallery("right_gallery", "Images for the right channel", tiles, chosen.id, pick)
    return chosen


def choose_track() -> Card | None:
    """Show the tracks; return the chosen one."""
    return _choose("track", "2. A track to hear", (_UPLOAD, _RECORD))


def _choose(kind: Kind, title: str, ways: tuple[str, ...]) -> Card | None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title)
        way = st.segmented_control(
            f"Or {'an image' if kind == 'image' else 'a track'} of your own",
            ways,
            key=f"{kind}_way",
            label_visibility="collapsed",
        )
    offers: dict[str, Callable[[Kind], None]] = {
        _UPLOAD: _upload,
        _CAMERA: _camera,
        _TEXT: _text,
        _RECORD: _record,
    }
    if way:
        offers[way](kind)
    if kind in memory.get(memory.OWN_ERRORS):
        st.error(plain(memory.get(memory.OWN_ERRORS)[kind]), icon=":material/error:")
    cards = (*own_cards(kind), *sample_cards(kind))
    if not cards:
        st.info("The samples are not there. Bring something of your own.")
    chosen = chosen_card(kind)
    if chosen:
        tiles = [_tile(kind, card) for card in cards]
        label = "Images" if kind == "image" else "Tracks"
        pick = partial(memory.put, kind)
        gallery(f"{kind}_gallery", label, tiles, chosen.id, pick, compact=True)
    return chosen


def _tile(kind: Kind, card: Card) -> Tile:
    title = card.source.title
    alt = f"{title}, in grays as MOSS sees it" if kind == "image" else f"Spectrogram of {title}"
    return Tile(card.id, title, (card.facts,), alt, card.thumbnail, card.sound)


def _upload(kind: Kind) -> None:
    most = upload_mb(_MOST_MB[kind])
    st.file_uploader(
        f"{_UPLOAD_LABELS[kind]}; up to {most} MB{_pixels() if kind == 'image' else ''}",
        type=_FORMATS[kind],
        max_upload_size=most,
        key=f"{kind}_upload",
        on_change=_bring_file,
        args=(kind, f"{kind}_upload", None),
    )


def _pixels() -> str:
    most = limits().megapixels
    return f" and {most:.0f} megapixels" if math.isfinite(most) else ""


def _camera(kind: Kind) -> None:
    st.camera_input(
        "Take a photo; it is used in grays",
        key="camera",
        on_change=_bring_file,
        args=(kind, "camera", "Photo"),
    )


def _record(kind: Kind) -> None:
    st.audio_input(
        "Record 1 to 30 s; it stays on this server only while you use it",
        sample_rate=44_100,
        key="microphone",
        on_change=_bring_file,
        args=(kind, "microphone", "Recording"),
    )


def _text(kind: Kind) -> None:
    words, font = st.columns([2, 1])
    with words:
        st.text_input(
            f"Text, up to {MAX_CHARACTERS} characters; press Enter",
            memory.get(memory.TEXT),
            max_chars=MAX_CHARACTERS,
            placeholder="HELLO",
            key=memory.widget(memory.TEXT),
            on_change=_bring_text,
        )
    with font:
        st.selectbox(
            "Lettering",
            list(FONTS),
            key=memory.widget(memory.FONT),
            on_change=_bring_text,
        )


def _bring_file(kind: Kind, key: str, title: str | None) -> None:
    file = st.session_state[key]
    if file is not None:
        _bring(kind, lambda: own_card(kind, file.name, title or file.name, file.getvalue()))


def _bring_text() -> None:
    memory.keep(memory.TEXT)
    memory.keep(memory.FONT)
    text, font = memory.get(memory.TEXT).strip(), memory.get(memory.FONT)
    if text:
        _bring("image", lambda: own_card("image", "text.png", text, lettering(text, font)))


def _bring(kind: Kind, make: Callable[[], Card]) -> None:
    errors = {k: v for k, v in memory.get(memory.OWN_ERRORS).items() if k != kind}
    try:
        add_own(kind, make())
    except MossError as error:
        logger.info("refused: %s", error)
        errors[kind] = str(error)
    memory.put(memory.OWN_ERRORS, errors)
