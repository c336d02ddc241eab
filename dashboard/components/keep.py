"""Looking back and keeping: the replay, the pins, and the transport."""

from __future__ import annotations

import streamlit as st

import state
from commands import MORE_STEPS
from components.faders import Fader, faders
from components.press import press_button
from components.view import View
from job import Job
from snapshots import Pin, Snapshot


def replay(view: View) -> None:
    """Show the slider that goes back to any recorded step."""
    snapshot = view.snapshot
    with st.container(border=True, key="replay-card"):
        st.markdown("**Replay** :gray[(every recorded step, its picture and its front)]")
        if snapshot.step < 1:
            st.caption("There are no past steps yet.")
            return
        now = snapshot.planned if view.replayed is None else view.replayed
        fader = Fader("step", "Step", now, snapshot.planned, note="far right: the latest")
        faders("replay", "Replay", [fader], _go_to, live=True)
        if view.replayed is None:
            st.caption("Showing the latest step.")
        else:
            st.button(
                f"Back from step {view.replayed} to the latest",
                icon=":material/last_page:",
                on_click=state.put,
                args=(state.REPLAYED, None),
            )


def _go_to(_: str, step: int) -> None:
    state.put(state.REPLAYED, step)


def pins(view: View) -> None:
    """Show the pinned candidates: compare with one, branch from it, let it go."""
    snapshot, job = view.snapshot, view.job
    with st.container(border=True, key="pins"):
        st.markdown("**Pins** :gray[(kept to compare with and to branch from)]")
        if not snapshot.pins:
            st.caption("Pin what you like before you push it further: nothing is lost then.")
        for pin in snapshot.pins:
            _pin(job, snapshot, pin, view.pin is pin)


def _pin(job: Job, snapshot: Snapshot, pin: Pin, compared: bool) -> None:
    losses = ", ".join(
        f"{objective.label} {loss:.3f}"
        for objective, loss in zip(snapshot.objectives, pin.losses, strict=True)
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(pin.picture, width=72, alt=f"Picture of pin {pin.number}")
        with st.container(width=190, gap=None):
            st.markdown(f"**Pin {pin.number}**: candidate {pin.candidate + 1}, step {pin.step}")
            st.caption(losses)
        if len(snapshot.pins) > 1:
            st.button(
                "Compared" if compared else "Compare",
                key=f"compare-{pin.number}",
                disabled=compared,
                on_click=state.put,
                args=(state.COMPARED, pin.number),
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
    state.put(state.REPLAYED, None)
    state.put(state.PICKED, None)
    job.branch(pin)


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
            help="Rest at this step; steering and listening go on",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=bool(job.asked),
            on_click=job.stop,
            help="End here; what it learned stays",
        )
    elif snapshot.phase == "failed":
        st.page_link("app_pages/create.py", label="Choose again", icon=":material/arrow_back:")
    elif snapshot.phase == "paused" or not snapshot.history:
        st.button("Resume", type="primary", icon=":material/play_arrow:", on_click=job.resume)
    if not snapshot.at_work and snapshot.history and snapshot.phase != "failed":
        press_button(
            f"{MORE_STEPS} more steps",
            job.extend,
            MORE_STEPS,
            type="secondary" if snapshot.phase == "paused" else "primary",
            icon=":material/fast_forward:",
        )
        st.page_link("app_pages/front.py", label="Browse the front", icon=":material/scatter_plot:")
