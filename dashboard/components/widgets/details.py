"""The switch for whoever wants the terms of the field, on every page at once."""

from __future__ import annotations

import streamlit as st

from session import memory


def details() -> bool:
    """Return whether pages show losses, hypervolume and other terms of the field."""
    wanted: bool = memory.get(memory.DETAILS)
    return wanted


def details_switch() -> None:
    """Show the switch, which is the same on every page."""
    st.toggle(
        "Details",
        details(),
        key=memory.widget(memory.DETAILS),
        on_change=memory.keep,
        args=(memory.DETAILS,),
        help="Losses, hypervolume and other terms of the field, on every page",
    )
