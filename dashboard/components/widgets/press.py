"""Buttons whose effect adds up, such as a push or a pin, on a page that polls.

When a press falls together with a poll, Streamlit's browser side sends it with both, and the
callback is called twice within some 30 ms. For what happens once or twice alike that is nothing;
these buttons take the second call for what it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

SAME_PRESS_SECONDS = 0.15


def press_button(
    label: str, on_press: Callable[..., object], *args: object, key: str | None = None, **look: Any
) -> None:
    """Show a button that calls `on_press(*args)` once a press.

    Args:
        label: on the button.
        on_press: called before the page is run again.
        args: for `on_press`.
        key: where several buttons have one label.
        look: what else `st.button` takes.
    """
    last = f"pressed:{key or label}"

    def pressed() -> None:
        now = time.monotonic()
        if now - st.session_state.get(last, 0.0) > SAME_PRESS_SECONDS:
            on_press(*args)
        st.session_state[last] = now

    st.button(label, key=key, on_click=pressed, **look)
