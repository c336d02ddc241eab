"""The pins: candidates kept as they were, to compare with and to branch from."""

from __future__ import annotations

import streamlit as st

from background.job import Job
from background.snapshots import Pin
from components.run.view import View
from components.widgets.press import press_button
from session import memory


def pins(view: View) -> None:
    """Show the pinned candidates: compare with one, branch from it, let it go."""
    snapshot = view.snapshot
    with st.container(border=True, key="pins"):
        st.markdown("**Pins** :gray[(kept to compare with and to branch from)]")
        if not snapshot.pins:
            st.caption("Pin what you like before you push it further: nothing is lost then.")
        for pin in snapshot.pins:
            _pin(view, pin)


def _pin(view: View, pin: Pin) -> None:
    snapshot, job, compared = view.snapshot, view.job, view.pin is pin
    losses = ", ".join(
        f"{objective.label} {loss:.3f}"
        for objective, loss in zip(snapshot.objectives, pin.losses, strict=True)
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(job.pinned(pin, view.shown), width=72, alt=f"Picture of pin {pin.number}")
        with st.container(width=190, gap=None):
            st.markdown(f"**Pin {pin.number}**: candidate {pin.candidate + 1}, step {pin.step}")
            st.caption(losses)
        if len(snapshot.pins) > 1:
            st.button(
                "Compared" if compared else "Compare",
                key=f"compare-{pin.number}",
                disabled=compared,
                on_click=memory.put,
                args=(memory.COMPARED, pin.number),
                help="Have it in the player",
            )
        press_button(
            "Branch",
            _branch,
            job,
            pin,
            key=f"branch-{pin.number}",
            icon=":material/call_split:",
            help="Add a candidate that goes on from here; the others stay",
        )
        st.button(
            "Unpin",
            key=f"unpin-{pin.number}",
            on_click=job.unpin,
            args=(pin.number,),
        )


def _branch(job: Job, pin: Pin) -> None:
    memory.put(memory.REPLAYED, None)
    memory.put(memory.PICKED, None)
    job.branch(pin)
