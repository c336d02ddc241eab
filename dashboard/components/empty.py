"""What a page about a run shows when there is none."""

from __future__ import annotations

import streamlit as st

import state


def show_no_run(title: str, words: str) -> None:
    """Say that there is no run, and what to do next."""
    st.title(title)
    if state.get(state.TOKEN):
        state.leave_run()
        st.warning(
            "The run in this address is not there: it was deleted, or lies in another workspace.",
            icon=":material/history_toggle_off:",
        )
    st.markdown(words)
    with st.container(horizontal=True):
        if st.button("Create a hybrid", type="primary", icon=":material/add:"):
            st.switch_page("app_pages/create.py")
        if st.button("Open one from the Library", icon=":material/folder_open:"):
            st.switch_page("app_pages/library.py")
