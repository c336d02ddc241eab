"""What a page shows in the place of something that is made in the background."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from moss_core.errors import MossError
from sources.made_later import Waiting

_POLL_SECONDS = 1.0


def wait_for(ask: Callable[[], object], words: Callable[[Waiting], str]) -> None:
    """Say what is waited for, again and again, and draw the page anew when it is there.

    Args:
        ask: returns the thing, or what it still waits for; a MossError is for the page to say.
        words: say what that is.
    """
    st.fragment(_wait, run_every=_POLL_SECONDS)(ask, words)


def _wait(ask: Callable[[], object], words: Callable[[Waiting], str]) -> None:
    found: object = None
    with suppress(MossError):
        found = ask()
    if not isinstance(found, Waiting):
        st.rerun()
    st.info(words(found), icon="spinner")
