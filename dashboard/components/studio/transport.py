"""The transport: pin, pause or resume, stop, and go on for more steps."""

from __future__ import annotations

import streamlit as st

from background.cause import Cause
from background.commands import MORE_STEPS
from components.run.view import View
from components.widgets.press import press_button
from session import memory


def transport(view: View) -> None:
    """Show pin, pause or resume, stop, and extend."""
    snapshot, job = view.snapshot, view.job
    if snapshot.history and snapshot.phase != "failed":
        press_button(
            "Pin",
            job.pin,
            view.candidate,
            icon=":material/push_pin:",
            help="Keep the candidate as it is now",
        )
    if snapshot.at_work:
        st.button(
            "Pause",
            icon=":material/pause:",
            disabled=bool(job.asked),
            on_click=job.pause,
            args=(Cause("paused", memory.tab()),),
            help="Rest at this step; steering and listening go on",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=bool(job.asked),
            on_click=job.stop,
            args=(memory.tab(),),
            help="End here; what it learned stays",
        )
    elif snapshot.phase == "failed":
        st.page_link("app_pages/create.py", label="Choose again", icon=":material/arrow_back:")
    elif snapshot.phase == "paused" or not snapshot.history:
        st.button(
            "Resume",
            type="primary",
            icon=":material/play_arrow:",
            on_click=job.resume,
            help=f"Go on from step {snapshot.step} to step {snapshot.planned}",
        )
    if not snapshot.at_work and snapshot.history and snapshot.phase != "failed":
        press_button(
            f"{MORE_STEPS} more steps",
            job.extend,
            MORE_STEPS,
            type="secondary" if snapshot.phase == "paused" else "primary",
            icon=":material/fast_forward:",
        )
        if snapshot.phase != "paused" or len(snapshot.candidates) > 1:
            st.page_link(
                "app_pages/front.py", label="Browse the front", icon=":material/scatter_plot:"
            )
