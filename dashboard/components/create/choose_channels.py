"""Which channels of the track show the image, or which two images."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.create.choose_sources import choose_right_image
from session import memory
from sources.cards import Card

_WORDS = {
    "every": ("Every channel", "The picture shows in whichever channel you open."),
    "mono": (
        "The mono mix only",
        "The channels keep their width; the picture shows where a program mixes them down.",
    ),
    "left": ("Left", "The picture shows in the left channel; the rest stays as it is."),
    "right": ("Right", "The picture shows in the right channel; the rest stays as it is."),
    "sides": (
        "Sides only",
        "What left and right do not share: it vanishes on a mono speaker.",
    ),
    memory.TWO_IMAGES: ("Two images", "One for the left channel, one for the right."),
}


@dataclass(frozen=True)
class Channels:
    """Which channels are painted, and with what.

    Args:
        choice: one of `CHANNEL_CHOICES`.
        right: the image on the right channel, where there are two.
    """

    choice: str = "every"
    right: Card | None = None

    @property
    def remark(self) -> str:
        """What is unusual about them, for people; "" if nothing is."""
        return "" if self.choice == "every" else f", {_WORDS[self.choice][0].lower()}"


def choose_channels(image: Card, track: Card) -> Channels:
    """Show what of the track may be painted; return what is, every channel where it has but one."""
    offered = [*track.choices, *[memory.TWO_IMAGES] * track.two_images]
    if len(offered) < 2:
        return Channels()
    kept = memory.get(memory.CHANNELS)
    chosen = kept if kept in offered else offered[0]
    with st.expander("Channels", icon=":material/speaker_group:"):
        key = memory.widget(memory.CHANNELS)
        st.radio(
            "Channels that show the image",
            offered,
            index=offered.index(chosen),
            format_func=lambda choice: _WORDS[choice][0],
            captions=[_WORDS[choice][1] for choice in offered],
            key=f"{key}:{track.id}",
            on_change=lambda: memory.put(memory.CHANNELS, st.session_state[f"{key}:{track.id}"]),
            label_visibility="collapsed",
        )
        if chosen == memory.TWO_IMAGES:
            return Channels(right=choose_right_image(image))
    return Channels(chosen)
