"""A link of the visitor's to a page for others."""

from __future__ import annotations

import streamlit as st

from session import memory
from session.links import Link


def show_link(page: str, link: Link, behind: str, elsewhere: str = "") -> None:
    """Show a link, to be copied, and where it opens.

    Args:
        page: that it leads to, as it is called in addresses.
        link: to show.
        behind: what is behind it, in words.
        elsewhere: what to do where nobody else reaches this server.
    """
    # This server's address, with nothing in it that opens a workspace.
    here = (st.context.url or "").rpartition("/")[0]
    address = f"{here}/{page}?{memory.SHOW_PARAMETER}={link.token}"
    st.code(address, language=None, wrap_lines=True)
    if memory.get(memory.WORKSPACE) is None:
        behind = (
            "It opens where this server can be reached: on this machine, unless you let others "
            f"in. {elsewhere}"
        )
    st.caption(behind.strip())
