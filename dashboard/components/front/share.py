"""A link to a candidate, for people who shall see and hear it and nothing else."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components.run.view import View
from components.widgets.failures import plain
from components.widgets.link import show_link
from components.widgets.press import press_button, tried
from session import memory
from session.links import Link, link_to, make_link, withdraw_link

PAGE = "shown"


def share_link(view: View) -> None:
    """Show the way to a link to the candidate on show, or the link and the way to take it back."""
    folder = view.job.folder
    if folder is None or view.snapshot.saved is None or view.snapshot.deleted:
        return
    with st.popover("Share a link", icon=":material/link:"):
        link = link_to(folder, view.candidate)
        if link:
            _show_link(folder, view.candidate, link)
        else:
            st.markdown(
                "A page with this candidate to see and hear. From there nobody gets to your other "
                "candidates and runs, and you can take it back."
            )
            candidate = view.candidate
            make = tried(lambda: make_link(folder, candidate), memory.LINK_ERROR)
            press_button("Make a link", make, icon=":material/add_link:")
        if problem := memory.pop(memory.LINK_ERROR):
            st.error(plain(problem), icon=":material/error:")


def _show_link(folder: Path, candidate: int, link: Link) -> None:
    show_link(
        PAGE,
        link,
        "Whoever has it sees and hears this candidate as it was saved last.",
        "To show it elsewhere, take a video home.",
    )
    stop = tried(lambda: withdraw_link(folder, candidate), memory.LINK_ERROR)
    press_button("Stop sharing", stop, icon=":material/link_off:")
