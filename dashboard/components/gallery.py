"""Choosing what to start from: cards of the samples, and an upload of one's own."""

from __future__ import annotations

import streamlit as st

import state
from components.resources import read_upload, sample_cards
from moss_core.errors import MossError
from sources import Card

_CARD_WIDTH = 104
_FORMATS = {
    "image": ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"],
    "track": ["wav", "flac", "ogg", "mp3"],
}
_ALT = {"image": "{}, in grays as MOSS sees it", "track": "Spectrogram of {}"}


def choose_image() -> Card | None:
    """Show the images; return the chosen one."""
    st.subheader("1. An image to see")
    card = _choose("image")
    if card:
        st.caption(f"**{card.source.title}**, {card.facts}, used in grays")
    _offer_upload("image")
    return card


def choose_track() -> Card | None:
    """Show the tracks, and a player for the chosen one; return it."""
    st.subheader("2. A track to hear")
    card = _choose("track")
    if card:
        st.caption(f"**{card.source.title}**, {card.facts}")
        content = card.source.content
        data = content if isinstance(content, bytes) else str(content)
        st.audio(data, alt=f"The track {card.source.title}")
    _offer_upload("track")
    return card


def _choose(kind: str) -> Card | None:
    cards = {card.source.name: card for card in sample_cards(kind)}
    own = state.upload(kind)
    if own:
        cards = {state.UPLOADED: own} | cards
    chosen = state.get(kind) if state.get(kind) in cards else next(iter(cards), None)
    with st.container(horizontal=True, gap="small", key=f"{kind}_gallery"):
        for name, card in cards.items():
            _card(kind, name, card, name == chosen)
    return cards.get(chosen) if chosen else None


def _offer_upload(kind: str) -> None:
    with st.expander(f"Use {'an image' if kind == 'image' else 'a track'} of your own"):
        st.file_uploader(
            "PNG, JPEG, WebP, GIF, BMP or TIFF"
            if kind == "image"
            else "WAV, FLAC, OGG or MP3, 0.5 s to 15 min; 5 to 30 s work well",
            type=_FORMATS[kind],
            key=f"{kind}_upload",
            on_change=_take_upload,
            args=(kind,),
        )
    if kind in state.get(state.UPLOAD_ERRORS):
        st.error(state.get(state.UPLOAD_ERRORS)[kind], icon=":material/error:")


def _card(kind: str, name: str, card: Card, chosen: bool) -> None:
    title = "Yours" if name == state.UPLOADED else card.source.title
    with st.container(width=_CARD_WIDTH, gap="xsmall"):
        st.image(card.thumbnail, width="stretch", alt=_ALT[kind].format(card.source.title))
        st.button(
            title,
            key=f"{kind}:{name}",
            type="primary" if chosen else "secondary",
            width="stretch",
            help="Chosen" if chosen else None,
            on_click=state.put,
            args=(kind, name),
        )


def _take_upload(kind: str) -> None:
    file = st.session_state[f"{kind}_upload"]
    errors = {k: v for k, v in state.get(state.UPLOAD_ERRORS).items() if k != kind}
    state.put(state.UPLOAD_ERRORS, errors)
    if file is None:
        return
    try:
        card = read_upload(kind, file.name, file.getvalue())
    except MossError as error:
        state.put(state.UPLOAD_ERRORS, errors | {kind: str(error)})
        return
    state.put(state.UPLOADS, state.get(state.UPLOADS) | {kind: card})
    state.put(kind, state.UPLOADED)
