"""Buttons that act once a press: on what the page shows, or on what was set just before.

Streamlit calls back with what a button was given when it was last drawn, before all else of the
page is drawn anew. Where somebody types a number and presses at once, that is the page without
the number: such buttons act as the page is drawn (`pressed`).

On a page that polls, when a press falls together with a poll, Streamlit's browser side sends it
with both, and the callback is called twice: within some 30 ms, on a busy machine as late as the
first of both drawings is broken off. For what happens once or twice alike that is nothing; both
kinds of button here take the second call for what it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from moss_core.errors import MossError
from session import memory

SAME_PRESS_SECONDS = 0.15
_SEEN_SECONDS, _UNSEEN_SECONDS = 0.05, 5.0
"""After a button was drawn nobody has seen it before, and after a press that gave no sign of life
somebody presses again."""


@dataclass
class _Last:
    """The last press of a button.

    Args:
        pressed: when, in seconds.
        drawn: when the button was first drawn to the end after that.
    """

    pressed: float = 0.0
    drawn: float = 0.0

    def note_drawn(self) -> None:
        if self.drawn < self.pressed:
            self.drawn = time.monotonic()

    def is_another(self) -> bool:
        """Return whether a call is another press, which nobody makes before the first is seen."""
        now = time.monotonic()
        seen = self.drawn >= self.pressed or now - self.pressed > _UNSEEN_SECONDS
        if not seen or now < max(self.pressed + SAME_PRESS_SECONDS, self.drawn + _SEEN_SECONDS):
            return False
        self.pressed = now
        return True


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
    last: _Last = st.session_state.setdefault(f"pressed:{key or label}", _Last())

    def once() -> None:
        if last.is_another():
            on_press(*args)

    st.button(label, key=key, on_click=once, **look)
    last.note_drawn()  # not where this drawing was broken off


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
