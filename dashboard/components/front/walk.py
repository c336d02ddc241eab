"""Walking along a front, and filling a gap in it."""

from __future__ import annotations

import streamlit as st

from background.commands import GROWN, MORE_STEPS
from components.front.compare import compare_button
from components.run.candidate_slider import candidate_slider
from components.run.view import View, pick
from components.widgets.press import press_button
from session import memory

MOST_ON_FRONT = 64


def walk(view: View) -> None:
    """Show the slider along the front, the step to a neighbour, and the filling of a gap."""
    snapshot, job = view.snapshot, view.job
    order = [c.index for c in snapshot.candidates]
    if view.candidate not in order:
        st.caption("The new candidate comes with the next step.")
        return
    place = order.index(view.candidate)
    if len(order) > 1:
        candidate_slider("walk", job, order, view.candidate)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if len(order) > 1:
            for label, to, icon, key in (
                ("More track", place - 1, ":material/arrow_back:", "Left"),
                ("More image", place + 1, ":material/arrow_forward:", "Right"),
            ):
                st.button(
                    label,
                    icon=icon,
                    shortcut=key,
                    disabled=not 0 <= to < len(order),
                    on_click=lambda to=to: pick(job, order[to]),
                )
            other = order[place + 1] if place + 1 < len(order) else order[place - 1]
            press_button(
                f"Fill the gap to {other + 1}",
                _fill,
                view,
                other,
                key="fill",
                icon=":material/add_circle:",
                disabled=len(order) >= MOST_ON_FRONT,
                help="Learn a new candidate half way between these two"
                + (
                    ""
                    if snapshot.at_work
                    else f", in {MORE_STEPS} steps; the others stay as they are"
                )
                + f". At most {MOST_ON_FRONT} in all.",
            )
            compare_button(view)
        else:
            press_button(
                "Grow a front",
                job.grow,
                view.candidate,
                key="grow",
                type="primary",
                icon=":material/add_circle:",
                help=f"Learn {len(GROWN)} more candidates from this one, from more track to more "
                f"image, in {MORE_STEPS} steps",
            )
        st.page_link("app_pages/studio.py", label="Steer it in Studio", icon=":material/tune:")


def _fill(view: View, other: int) -> None:
    memory.put(memory.PICKED, len(view.snapshot.preferences))  # the index of the new one
    view.job.fill(view.candidate, other)
