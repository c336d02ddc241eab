"""The run of this session in a line, on every page but its own."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from background.job import Job
from background.snapshots import Phase
from components.widgets.failures import plain
from session import memory
from session.shared import find_job

_POLL_SECONDS = 2.0
_Colour = Literal["gray", "violet", "orange", "green", "red"]
_LOOKS: dict[Phase, tuple[str, _Colour]] = {
    "waiting": (":material/hourglass_top:", "gray"),
    "preparing": (":material/hourglass_top:", "violet"),
    "running": (":material/autorenew:", "violet"),
    "paused": (":material/pause_circle:", "orange"),
    "finished": (":material/check_circle:", "green"),
    "stopped": (":material/stop_circle:", "gray"),
    "failed": (":material/error:", "red"),
}


def show_badge(page: str) -> None:
    """Show the session's run, if there is one, and the way to it."""
    job = find_job(memory.get(memory.TOKEN))
    if not job:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="badge"):
        st.fragment(_badge, run_every=_POLL_SECONDS if job.at_work else None)(job)
        st.page_link(page, label="Open in Studio", icon=":material/arrow_forward:")


def _badge(job: Job) -> None:
    snapshot = job.look()
    icon, colour = _LOOKS[snapshot.phase]
    steps = f", step {snapshot.step} of {snapshot.planned}" if snapshot.history else ""
    st.badge(f"{snapshot.phase.capitalize()}: {plain(job.title)}{steps}", icon=icon, color=colour)
