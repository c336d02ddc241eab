"""How the image sits in the song: mixed, glowing or carved, how black, how soft at its edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from components.widgets.gallery import Tile, gallery
from moss_core.errors import MossError
from moss_core.synthesis import MODES, Blend
from session import memory

_TITLE = "How it sits in the song"
_WORDS = {
    "mix": ("Mix", "Light parts get louder, dark parts quieter."),
    "glow": ("Glow", "Only adds: the track stays everywhere."),
    "carve": ("Carve", "Only removes: nothing gets louder."),
}
_BLACK = "How dark is black"
_SILENCE = 100
_SOFT = (("soft_time", "Soft sides"), ("soft_frequency", "Soft top and bottom"))


def choose_blend(half_way: Callable[[Blend], bytes], opened: bool) -> Blend:
    """Show the modes, each with its picture; return what is chosen.

    Args:
        half_way: returns a WebP of the image half way in the song with a blend.
        opened: whether anybody looks: three pictures take a while.
    """
    st.markdown(f"**:material/layers: {_TITLE}**")
    if opened:
        told = _told()
        tiles = [_tile(replace(told, mode=mode), half_way) for mode in MODES]
        gallery("blend", _TITLE, tiles, told.mode, _pick, wide=True, sentences=True)
        darkness, *edges = st.columns(3)
        with darkness:
            _choose_black()
        for column, (name, label) in zip(edges, _SOFT, strict=True):
            with column:
                _choose_soft(name, label)
    return _told()


def _told() -> Blend:
    blend: Blend = memory.get(memory.BLEND)
    return blend


def _tile(blend: Blend, half_way: Callable[[Blend], bytes]) -> Tile:
    title, sentence = _WORDS[blend.mode]
    try:
        picture = half_way(blend)
    except MossError:  # the preview says what is wrong
        picture = b""
    return Tile(blend.mode, title, (sentence,), f"{title}, half way: {sentence}", picture)


def _pick(mode: str) -> None:
    if mode in MODES:
        memory.put(memory.BLEND, replace(_told(), mode=mode))


def _choose_black() -> None:
    """Show a slider from the level of the music around the canvas down to silence."""
    key = memory.widget(f"{memory.BLEND}:black:{_told().mode}")
    below = round(min(_SILENCE, _told().below))
    memory.show_as(key, below)
    st.select_slider(
        _BLACK,
        sorted({*range(0, _SILENCE + 1, 2), below}),
        format_func=_darkness,
        key=key,
        on_change=lambda: _keep(black=float(st.session_state[key])),
        help="Where the image is black: as dark as the music around the canvas usually is, or so "
        "many decibels darker, down to silence. Where the canvas is all of the track, black is "
        "silence.",
    )


def _darkness(below: int) -> str:
    if below == 0:
        return "as the music around"
    return "silence" if below >= _SILENCE else f"{below} dB darker"


def _choose_soft(name: str, label: str) -> None:
    key = memory.widget(f"{memory.BLEND}:{name}")
    memory.show_as(key, round(100 * float(getattr(_told(), name))))
    st.slider(
        label,
        0,
        50,
        step=1,
        format="%d %%",
        key=key,
        on_change=lambda: _keep(**{name: st.session_state[key] / 100}),
        help="Over how much of the canvas the image fades in and out there.",
    )


def _keep(**changed: Any) -> None:
    memory.put(memory.BLEND, replace(_told(), **changed))
