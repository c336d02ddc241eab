"""Invite others to listen to a run: a link to a page of their own, and what they answered."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from components.run.take_home import slug
from components.widgets.failures import plain
from components.widgets.link import show_link
from components.widgets.press import press_button, pressed, tried
from moss_core.listening import answers_zip, forget_answers, kept_answers
from moss_core.words import count_text
from session import memory
from session.links import link_to, make_link, withdraw_link
from session.listening.heard import Guests, guests

PAGE = "listen"
_CONSENT = (
    "I take part of my own free will and can stop at any time. My answers are used to find out "
    "where people begin to hear the image in this sound, and may be published together with those "
    "of others. My name is not kept."
)
_MOST_CONSENT = 4000


def invite(job: Job, snapshot: Snapshot, folder: Path) -> None:
    """Show the way to a link for listeners, or the link, who came by it, and all answers.

    Args:
        job: of the run.
        snapshot: of it.
        folder: of it.
    """
    told = guests(folder, snapshot)
    with st.popover("Invite listeners", icon=":material/group_add:"):
        link = link_to(folder, None)
        if link:
            show_link(
                PAGE,
                link,
                "Whoever has it takes this test as the run was saved last, and sees nothing else "
                "of yours. Let the run rest meanwhile.",
            )
            with st.expander("What they agree to"):
                st.text(link.consent)
            press_button(
                "Stop inviting",
                tried(lambda: withdraw_link(folder, None), memory.LISTENING_ERROR),
                icon=":material/link_off:",
                help="Nobody listens by this link any more; what was answered stays",
            )
        else:
            _offer(folder)
        if told.trouble:
            st.error(plain(told.trouble), icon=":material/error:")
        elif link or told.theirs:
            st.markdown(_came(told))
        if told.answers:
            st.download_button(
                f"{count_text(told.answers, 'answer')} (CSV in a ZIP)",
                lambda: answers_zip(folder),
                f"{slug(job.title)}-answers.zip",
                "application/zip",
                icon=":material/download:",
                on_click="ignore",
                help="One line an answer, yours too, with a list of what the columns are",
            )
        if told.theirs:
            with st.expander("Remove what they answered"):
                st.markdown(
                    f"{count_text(told.theirs, 'answer')} of those whom you invited, for good. "
                    "Your own stay."
                )
                forget = tried(lambda: _forget_guests(folder), memory.LISTENING_ERROR)
                press_button("Remove them", forget, icon=":material/delete:")


def _offer(folder: Path) -> None:
    st.markdown(
        "A page where others take this test, without an account. Their answers lie with this run "
        "under random words, never names, and leave your own mark where it is."
    )
    consent = st.text_area(
        "What they agree to", _CONSENT, key="consent", max_chars=_MOST_CONSENT, height=160
    )
    empty = not consent.strip()
    words = "Say what they agree to" if empty else None
    if pressed("Make the link", "invite", empty, icon=":material/add_link:", help=words):
        tried(lambda: make_link(folder, None, consent.strip()), memory.LISTENING_ERROR)()
        st.rerun()


def _came(told: Guests) -> str:
    if not told.finished + told.begun:
        return "Nobody has listened yet."
    more = f", {told.guessing} of them guessing" if told.guessing else ""
    more += f"; {told.begun} more began" if told.begun else ""
    count = count_text(told.finished, "listener")
    return f"**{count}** came to the end{more}. {told.together}"


def _forget_guests(folder: Path) -> None:
    forget_answers(folder, {a.listener for a in kept_answers(folder) if a.invited})
