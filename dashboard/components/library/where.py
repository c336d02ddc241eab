"""Where the runs of the Library lie, who can see them, and how they come to another device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from components.widgets.failures import plain
from components.widgets.press import press_button
from moss_core.machine import limits
from moss_core.runs import Entry
from moss_core.words import count_text
from session import memory
from session.allowance import days_left, room_words
from session.keys import LINK_SECONDS, links
from session.shared import library
from session.workspace import CARRY_PATH

_WARN_DAYS, _MOST_NAMED = 7, 3


def where() -> None:
    """Say where the runs lie, and who can see them."""
    workspace = memory.get(memory.WORKSPACE)
    if workspace is None:
        st.caption(f"Kept on this machine, in {plain(str(library().folder))}.")
    elif memory.get(memory.KEPT):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                ":material/key: These runs are kept on this server, and this browser alone holds "
                "the key to them. To show one, share a link to it on Front.",
                width="stretch",
            )
            _another_device(workspace)
        show_room()
    else:
        show_room()
        st.warning(
            "Your browser keeps no cookie of this page, perhaps because it is shown inside another "
            "one: these runs are here until you close or reload it. Take home what you want to "
            "keep, or open the page by itself.",
            icon=":material/key_off:",
        )


def show_room() -> None:
    """Say how much may be kept on a server that is shared, how much is, and until when."""
    if told := room_words(library().folder):
        days = f"A run goes {limits().keep_days:.0f} days after it was last opened."
        st.caption(f"{told} {days}")


def show_going(entries: Sequence[Entry]) -> None:
    """Warn of runs that are about to go because nobody has opened them for long."""
    left = {entry: days_left(library().folder / entry.id) for entry in entries}
    going = sorted((days, plain(entry.title)) for entry, days in left.items() if days < _WARN_DAYS)
    if going:
        told = ", ".join(f"{title} ({_days(days)})" for days, title in going[:_MOST_NAMED])
        more = f" and {len(going) - _MOST_NAMED} more" if len(going) > _MOST_NAMED else ""
        st.warning(
            f"These go soon, as nobody has opened them for long: {told}{more}. Open one to keep it "
            "longer, or take it home: on Front, **Take it home**, **Everything (ZIP)**.",
            icon=":material/auto_delete:",
        )


def _days(days: float) -> str:
    return f"in {count_text(math.ceil(days), 'day')}" if days > 0 else "today"


def _another_device(workspace: str) -> None:
    with st.popover("Use on another device", icon=":material/devices:", width="content"):
        st.markdown(
            f"A link that opens these runs in another browser, once and within "
            f"{LINK_SECONDS // 60} minutes. It asks there before it does."
        )
        press_button("Make the link", lambda: _make(workspace), icon=":material/add_link:")
        link = memory.get(memory.CARRIED)
        if link and links.find(link) == workspace:
            st.code(_address(link), language=None, wrap_lines=True)
        elif link:
            st.caption("The last one was used, or its time is over.")


def _make(workspace: str) -> None:
    memory.put(memory.CARRIED, links.make(workspace))


def _address(link: str) -> str:
    """Return what is to be opened in the other browser."""
    here = urlsplit(st.context.url or "")
    base = here.path.rpartition("/")[0]
    return f"{here.scheme}://{here.netloc}{base}/{CARRY_PATH}?link={link}"
