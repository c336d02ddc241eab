"""Examples to play with before any run: a slider from a track to the image in it."""

from __future__ import annotations

import streamlit as st

from components.widgets.media_urls import address
from components.widgets.web import web_component
from session import memory
from session.own import own_cards
from sources.cards import RAMP
from sources.showcase import Example, Stop, examples
from sources.source import KINDS

_component = web_component("showcase", "plays")


def show_examples(goal: str) -> None:
    """Show the page's title and, until a visitor has something of their own, the examples.

    Playing with them runs nothing on the server.

    Args:
        goal: key of the container that *Make yours* leads to.
    """
    shown = _are_shown()
    st.title("Make a sound that looks like an image")
    with st.container():  # there in any case, so that what is below keeps its place
        if shown:
            _component(
                key="showcase",
                data={
                    "goal": f"st-key-{goal}",
                    "colours": RAMP.tolist(),
                    "examples": [_example(example) for example in examples()],
                },
                on_left_change=lambda: memory.put(memory.EXAMPLES, False),
            )
    words, fold = st.columns([7, 1], vertical_alignment="center")
    with words:
        st.markdown(
            "MOSS changes a track so that its spectrogram (the picture of its frequencies over "
            "time) shows an image, while it still sounds like itself. A choice is made already: "
            "just press **Start**, or choose your own."
        )
    with fold:
        st.button(
            "Hide examples" if shown else "Show examples",
            type="tertiary",
            icon=":material/expand_less:" if shown else ":material/expand_more:",
            key="fold_examples",
            on_click=memory.put,
            args=(memory.EXAMPLES, not shown),
        )


def _are_shown() -> bool:
    kept: bool | None = memory.get(memory.EXAMPLES)
    if kept is not None:
        return kept
    return not memory.get(memory.TOKEN) and not any(map(own_cards, KINDS))


def _example(example: Example) -> dict[str, object]:
    return {
        "name": example.name,
        "title": example.title,
        "image": example.image,
        "track": example.track,
        "seconds": example.seconds,
        "aspect": example.aspect,
        "opening": example.opening,
        "stops": [
            _stop(f"showcase:{example.name}:{number}", stop)
            for number, stop in enumerate(example.stops)
        ],
    }


def _stop(slot: str, stop: Stop) -> dict[str, object]:
    return {
        "picture": address(stop.picture, "image/webp", f"{slot}:picture"),
        "sound": address(stop.sound, "audio/mpeg", f"{slot}:sound"),
        "seen": stop.seen,
        "heard": stop.heard,
        "loudness": stop.loudness,
    }
