"""Walking along a front, and filling a gap in it."""

from __future__ import annotations

import streamlit as st

from background.commands import GROWN, MORE_STEPS
from background.job import Job
from components.front.compare import compare_button
from components.run.candidate_slider import candidate_slider
from components.run.view import View, pick
from components.widgets.press import press_button
from moss_core.words import count_text
from session import memory

MOST_ON_FRONT = 64


def walk(view: View) -> None:
    """Show the slider along the front, and the step to a neighbour; for a front of one: more."""
    snapshot, job = view.snapshot, view.job
    order = [c.index for c in snapshot.candidates]
    if view.candidate not in order:
        st.caption("The new candidate comes with the next step.")
        return
    if len(order) == 1:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _grow_button(view)
        return
    place = order.index(view.candidate)
    candidate_slider("walk", job, snapshot.front, view.candidate)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
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
        compare_button(view)


def widen(view: View) -> None:
    """Show what makes more of a front: the filling of a gap, and the way back to Studio."""
    snapshot = view.snapshot
    order = [c.index for c in snapshot.candidates]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if len(order) > 1 and view.candidate in order:
            _fill_button(view, order)
        st.page_link("app_pages/studio.py", label="Steer it in Studio", icon=":material/tune:")


def _fill_button(view: View, order: list[int]) -> None:
    snapshot, place = view.snapshot, order.index(view.candidate)
    other = order[place + 1] if place + 1 < len(order) else order[place - 1]
    low, high = sorted(snapshot.front.number(index) for index in (view.candidate, other))
    going = "" if snapshot.at_work else "; sets the run going for it alone"
    press_button(
        f"Fill the gap between {low} and {high}",
        _fill,
        view.job,
        view.candidate,
        other,
        key="fill",
        icon=":material/add_circle:",
        disabled=len(order) >= MOST_ON_FRONT,
        help=f"Learn a new candidate half way between these two{going}; the others stay as they "
        f"are. At most {MOST_ON_FRONT} in all.",
    )


def _grow_button(view: View) -> None:
    press_button(
        "Grow a front",
        view.job.grow,
        view.candidate,
        key="grow",
        type="primary",
        icon=":material/add_circle:",
        help=f"Learn {count_text(len(GROWN), 'more candidate')} from this one, from more track to "
        f"more image, in {MORE_STEPS} steps",
    )


def _fill(job: Job, candidate: int, other: int) -> None:
    memory.put(memory.PICKED, len(job.look().preferences))  # the index of the new one
    job.fill(candidate, other)
