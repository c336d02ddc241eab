"""A page about the run of this session, or what it shows when there is none."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from components.run.polling import note_drawn, waits
from components.widgets.details import details_switch
from components.widgets.failures import plain
from session import memory
from session.shared import job_on_show

FIRST_PICTURE_SECONDS = 0.9


def run_page(show: Callable[[Job, Snapshot], None], title: str, words: str) -> None:
    """Show the run of this session, if there is one.

    Args:
        show: draws the page under the run's title; called with its latest snapshot.
        title: of the page without a run.
        words: what the page is for, without a run.
    """
    job = job_on_show()
    if not job:
        _show_none(title, words)
        return
    snapshot = job.look(0 if waits(job) else FIRST_PICTURE_SECONDS)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="run-title"):
        st.title(plain(job.title), width="stretch")
        details_switch()
    show(job, snapshot)
    note_drawn(snapshot)


def _show_none(title: str, words: str) -> None:
    st.title(title)
    if memory.get(memory.TOKEN):
        memory.leave_run()
        st.warning(
            "The run in this address is not there: it was deleted, or belongs to another "
            "workspace. Whoever made it can show it to you: on Front, **Share a link**.",
            icon=":material/history_toggle_off:",
        )
    st.markdown(words)
    with st.container(horizontal=True):
        if st.button("Create a hybrid", type="primary", icon=":material/add:"):
            st.switch_page("app_pages/create.py")
        if st.button("Open one from the Library", icon=":material/folder_open:"):
            st.switch_page("app_pages/library.py")
