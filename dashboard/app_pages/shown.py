"""One candidate of somebody's run, for whoever has the link: to see, to hear, and no more."""

import streamlit as st

from components.widgets.failures import plain
from components.widgets.player import Playable, player
from moss_core.errors import MossError
from moss_core.machine import logger
from session import memory
from session.exhibit import Exhibit, open_exhibit
from session.links import find_link


def show(exhibit: Exhibit) -> None:
    """Show a candidate, what it was made of, and how much of that is in it."""
    image, track = plain(exhibit.image), plain(exhibit.track)
    st.title(plain(exhibit.title))
    left, right = st.columns([2.6, 1], gap="large")
    with left:
        hybrid = Playable(
            "hybrid",
            "Hybrid",
            "the hybrid",
            exhibit.picture,
            exhibit.sound,
            f"Spectrogram of the hybrid of {exhibit.image} and {exhibit.track}",
        )
        original = Playable(
            "original",
            "Original",
            f"the track, {exhibit.track}",
            exhibit.track_picture,
            exhibit.track_sound,
            f"Spectrogram of the track {exhibit.track}",
        )
        target_alt = f"The image {exhibit.image}, in grays"
        player(
            "shown",
            [hybrid, original],
            exhibit.canvas,
            exhibit.sample_rate,
            target=exhibit.target,
            target_alt=target_alt,
        )
    with right:
        st.subheader(str(exhibit.shares))
        st.markdown(
            f"This sound is still **{track}**, and its spectrogram, the picture of its frequencies "
            f"over time, shows **{image}**. Made with MOSS."
        )
        make_yours()
        st.image(exhibit.thumbnail, f"The image: {image}", width=240, alt=target_alt)


def show_nothing(words: str) -> None:
    """Say why there is nothing to see."""
    st.title("Nothing to see here")
    st.markdown(words)
    make_yours()


def make_yours() -> None:
    """Show the way to the visitor's own first hybrid."""
    if st.button("Make yours", type="primary", icon=":material/add:"):
        st.switch_page("app_pages/create.py")


link = find_link(st.query_params.get(memory.SHOW_PARAMETER))
if link is None or link.candidate is None:
    show_nothing("This link is not whole, or whoever made it has taken it back.")
elif not link.title:
    show_nothing("The hybrid of this link was deleted by whoever made it.")
else:
    try:
        with st.spinner("Opening it"):
            exhibit = open_exhibit(link)
    except MossError as error:
        logger.error("a link could not be opened: %s", error)
        show_nothing("This hybrid cannot be opened just now. Try the link again later.")
    else:
        show(exhibit)
