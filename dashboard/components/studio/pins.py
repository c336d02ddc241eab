"""The pins: candidates kept as they were, to compare with and to branch from."""

from __future__ import annotations

import streamlit as st

from background.job import Job
from background.snapshots import Pin
from charts.shared import losses_text
from components.run.shaped_image import shaped_image
from components.run.view import View
from components.studio.effects import takes_effect
from components.widgets.details import details
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
        if snapshot.pins:
            st.caption(
                "Branch: a new candidate goes on from the pin, beside the others; "
                f"{takes_effect(snapshot)}."
            )


def _pin(view: View, pin: Pin) -> None:
    snapshot, job, compared = view.snapshot, view.job, view.pin is pin
    numbers = str(snapshot.front.shares(pin.losses))
    if details():
        numbers = f"{numbers} · {losses_text(snapshot, pin.losses)}"
    number = snapshot.front.number(pin.candidate)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        shaped_image(
            job.pinned(pin, view.shown),
            f"Picture of pin {pin.number}",
            snapshot.canvas.aspect if snapshot.canvas else 1.5,
            f"{job.token}:pin-{pin.number}",
            width=72,
        )
        with st.container(width=190, gap=None):
            st.markdown(f"**Pin {pin.number}**: candidate {number}, step {pin.step}")
            st.caption(numbers)
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
            pin.number,
            key=f"branch-{pin.number}",
            icon=":material/call_split:",
            help=f"A new candidate goes on from pin {pin.number}, and the others stay; "
            + takes_effect(snapshot),
        )
        st.button(
            "Unpin",
            key=f"unpin-{pin.number}",
            on_click=job.unpin,
            args=(pin.number,),
        )


def _branch(job: Job, number: int) -> None:
    memory.put(memory.REPLAYED, None)
    memory.put(memory.PICKED, None)
    for pin in job.look().pins:
        if pin.number == number:
            job.branch(pin)
