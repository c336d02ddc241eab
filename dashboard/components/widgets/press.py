"""Buttons that act once a press: on what the page shows, or on what was set just before.

Streamlit calls back with what a button was given when it was last drawn, before all else of the
page is drawn anew. Where somebody types a number and presses at once, that is the page without
the number: such buttons act as the page is drawn (`pressed`).

On a page that polls, when a press falls together with a poll, Streamlit's browser side sends it
with both, and the callback is called twice within some 30 ms. For what happens once or twice alike
that is nothing; both kinds of button here take the second call for what it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from moss_core.errors import MossError
from session import memory

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

    def once() -> None:
        now = time.monotonic()
        if now - st.session_state.get(last, 0.0) > SAME_PRESS_SECONDS:
            on_press(*args)
        st.session_state[last] = now

    st.button(label, key=key, on_click=once, **look)


def pressed(label: str, key: str, disabled: bool = False, **look: Any) -> bool:
    """Show a button; return whether it was pressed, as soon as the page is drawn with all else.

    A press outlasts drawings that are broken off before they come here.

    Args:
        label: on the button.
        key: of the button, which no other one has.
        disabled: whether it can be pressed; what was pressed before it could not, is forgotten.
        look: what else `st.button` takes.
    """
    waiting = f"waiting:{key}"

    def wait() -> None:
        st.session_state[waiting] = True

    press_button(label, wait, key=key, disabled=disabled, **look)
    return bool(st.session_state.pop(waiting, False)) and not disabled


def tried(action: Callable[[], object], key: str) -> Callable[[], None]:
    """Return an action for a button that remembers why it did not work.

    Args:
        action: what to do.
        key: under which the session remembers a `MossError` of it, in words.
    """

    def act() -> None:
        try:
            action()
        except MossError as error:
            memory.put(key, str(error))

    return act
