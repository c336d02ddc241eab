"""Going back to a recorded step."""

from __future__ import annotations

import streamlit as st

from components.run.view import View
from components.widgets.faders import Fader, faders
from session import memory


def replay(view: View) -> None:
    """Show the slider that goes back to any recorded step."""
    snapshot = view.snapshot
    with st.container(border=True, key="replay-card"):
        st.markdown("**Replay** :gray[(every step again: its picture, its numbers, its place)]")
        if snapshot.step < 1:
            st.caption("There are no past steps yet.")
            return
        now = snapshot.planned if view.replayed is None else view.replayed
        fader = Fader("step", "Step", now, snapshot.planned, note="far right: the latest")
        faders("replay", "Replay", [fader], _go_to, live=True)
        if not snapshot.recorded:
            st.caption(
                "No pictures of past steps were kept of this run: the numbers and the chart go "
                "back, the picture stays the latest."
            )
        if view.replayed is None:
            st.caption("Showing the latest step.")
        else:
            st.button(
                f"Back from step {view.replayed} to the latest",
                icon=":material/last_page:",
                on_click=memory.put,
                args=(memory.REPLAYED, None),
            )


def _go_to(_: str, step: int) -> None:
    memory.put(memory.REPLAYED, step)
