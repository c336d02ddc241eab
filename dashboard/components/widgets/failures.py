"""What failed, in words: objectives by name with their reasons, and what nobody expected."""

from __future__ import annotations

import re

import streamlit as st

from background.health.unexpected import unexpected
from moss_core.machine import profile, run_token
from moss_core.objectives import PluginFailure
from session import memory


def show_failures(failures: tuple[PluginFailure, ...], what: str) -> None:
    """Name each plugin that failed, with its reason; the traceback is one click away.

    Strangers see no traceback: it holds paths of the server.
    """
    for failure in failures:
        source, reason = plain(failure.distribution), plain(failure.reason)
        text = f"Objective **{plain(failure.name)}** ({source}) {what}: {reason}"
        st.warning(text, icon=":material/extension_off:")
        if failure.details and profile() == "personal":
            with st.expander(f"Details of {plain(failure.name)}"):
                st.code(failure.details, language=None)


def show_unexpected(error: Exception) -> bool:
    """Say on the page that something went wrong, under the id that it has in the log.

    A run goes on whatever happens to a page that shows it. For `on_script_error` of
    `streamlit.App`.

    Returns:
        True: Streamlit itself shows nothing.
    """
    token = st.session_state.get(memory.TOKEN)
    with run_token(token or "-"):
        words, details = unexpected("a page", error, kept=bool(token))
    st.error(f"{words} Reload the page to go on.", icon=":material/error:")
    if details:
        with st.expander("Details"):
            st.code(details, language=None)
    return True


def plain(text: str) -> str:
    """Return other people's text on one line and without its Markdown: `__init__` is not bold."""
    return re.sub(r"([\\`*_~$<>\[\]#|&!])", r"\\\1", " ".join(readable(text).split()))


def readable(text: str) -> str:
    """Return other people's text without what no page can be sent: halves of characters."""
    return text.encode("utf-8", "replace").decode()
