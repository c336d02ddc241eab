"""Several images on one track: those that stay where they were placed, and the one at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from components.widgets.failures import plain
from components.widgets.press import pressed
from moss_core.errors import MossError
from moss_core.optimization import RunConfig
from moss_core.synthesis import (
    MAX_PLACEMENTS,
    Adjustments,
    Blend,
    Canvas,
    PlacedCanvas,
    Placement,
    check_apart,
)
from session import memory
from sources.cards import Card


@dataclass(frozen=True)
class Placed:
    """An image in its place on a track.

    Args:
        image: which one.
        canvas: where there is room for it.
        taken: what it takes of that.
        adjustments: what is done to it.
        blend: how it sits in the song.
    """

    image: Card
    canvas: Canvas
    taken: PlacedCanvas
    adjustments: Adjustments
    blend: Blend


def place_several(track: Card, at_hand: Placed) -> tuple[Placed, ...]:
    """Show the images that stay on the track; return all of them, the one at hand last.

    Args:
        track: that they are placed on.
        at_hand: what is placed on the rest of the page.
    """
    kept = staying(track)
    title = f"Several images ({len(kept) + 1})" if kept else "Several images"
    with st.expander(title, icon=":material/photo_library:", expanded=bool(kept)):
        for number, placed in enumerate(kept):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"**{number + 1}. {plain(placed.image.source.title)}** {_place(placed)}"
                )
                st.button(
                    "Remove",
                    key=f"remove:{number}",
                    icon=":material/close:",
                    on_click=_stay,
                    args=(track, kept[:number] + kept[number + 1 :]),
                )
        if kept:
            title = f"**{len(kept) + 1}. {plain(at_hand.image.source.title)}**"
            st.markdown(f"{title} {_place(at_hand)}, which you place above")
        if pressed(
            "Keep it here, and place another",
            "keep-here",
            icon=":material/add_photo_alternate:",
            disabled=len(kept) + 1 >= MAX_PLACEMENTS,
            help="The image stays where it is, with all that is set for it. Then choose another "
            "one, or the same again, and move the box. All are learned together, for one file.",
        ):
            _stay(track, (*kept, at_hand))
            st.rerun()
    return (*kept, at_hand)


def check_places(placed: Sequence[Placed]) -> bool:
    """Return whether images leave each other room; say where they do not."""
    try:
        check_apart([one.taken for one in placed])
    except MossError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True


def with_all(config: RunConfig, placed: Sequence[Placed]) -> tuple[RunConfig, tuple[Card, ...]]:
    """Return a configuration with all placed images, and their cards as it counts them."""
    cards: dict[str, Card] = {one.image.id: one.image for one in placed}
    order = list(cards)
    first, *others = placed
    placements = tuple(
        Placement(order.index(one.image.id), one.canvas, one.adjustments, one.blend)
        for one in others
    )
    changed = replace(
        config,
        canvas=first.canvas,
        adjustments=first.adjustments,
        blend=first.blend,
        others=placements,
    )
    return changed, tuple(cards.values())


def staying(track: Card) -> tuple[Placed, ...]:
    """Return the images that stay where they were placed on a track."""
    of, placed = memory.get(memory.STAYING)
    return placed if of == track.id else ()


def _stay(track: Card, placed: tuple[Placed, ...]) -> None:
    memory.put(memory.STAYING, (track.id, placed))


def _place(placed: Placed) -> str:
    canvas = placed.taken
    end = canvas.start + canvas.duration
    return f"{canvas.start:.1f} to {end:.1f} s, {canvas.low:,.0f} to {canvas.high:,.0f} Hz"
