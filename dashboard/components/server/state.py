"""How the server is, at a glance, and what failed in it."""

from __future__ import annotations

import streamlit as st

from background.health.keeper import keeper
from moss_core.machine import STATE_SECONDS, Failure, Server
from moss_core.words import bytes_text, count_text, time_text
from session.browser import moment

_CARD_PIXELS = 170
"""Two stand side by side on a phone."""


@st.fragment(run_every=STATE_SECONDS)
def show_state() -> None:
    """Show how the server is, anew every few seconds."""
    server = keeper().seen()
    if server.problems:
        st.error(_sentence(server.problems), icon=":material/error:")
    else:
        st.success("All is well.", icon=":material/check_circle:")
    with st.container(horizontal=True, gap="small"):
        for label, value, beside in _figures(server):
            _card(label, value, beside)
    st.caption(
        f"Running for {time_text(server.up)}, since {moment(server.started)}, with "
        f"{count_text(server.threads, 'thread')}."
    )
    st.subheader("Recent errors")
    for failure in server.failures:
        _show_failure(failure)
    if not server.failures:
        st.markdown("None since it was started.")
    else:
        st.caption("Whoever met one saw its id; the log has it with all details.")


def _figures(server: Server) -> tuple[tuple[str, str, str], ...]:
    """Return label, value and what stands below it, a card each."""
    ceiling = f"of {bytes_text(server.ceiling)}" if server.ceiling else "no ceiling"
    # The card has no room for the word bytes, which an empty folder would need.
    data = bytes_text(max(server.data, 1000))
    return (
        ("Learning", f"{server.learning:,}", f"of {count_text(server.kept, 'open run')}"),
        ("Waiting", f"{server.waiting:,}", "in line"),
        ("Memory", bytes_text(server.memory), ceiling),
        ("Disk", data, f"{bytes_text(server.free)} free"),
    )


def _card(label: str, value: str, beside: str) -> None:
    st.metric(
        label, value, beside, delta_color="off", delta_arrow="off", border=True, width=_CARD_PIXELS
    )


def _show_failure(failure: Failure) -> None:
    run = "" if failure.run == "-" else f", run {failure.run}"
    what = f"{failure.what[:1].upper()}{failure.what[1:]}"
    st.markdown(
        f"`{failure.id}` {what} failed: {failure.kind}  \n"
        f":small[:gray[{moment(failure.time)}{run}]]"
    )


def _sentence(problems: tuple[str, ...]) -> str:
    told = "; ".join(problems)
    return f"{told[:1].upper()}{told[1:]}."
