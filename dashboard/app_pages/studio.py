"""Watch a run, steer it, listen to it, and keep what it made."""

import streamlit as st

import state
from components.keep import files, pins, replay, transport
from components.resources import job_manager
from components.settings import choose_axes
from components.stage import note_drawn, show_stage
from components.steer import push_buttons, steer
from components.view import view_of
from jobs import Job

FIRST_PICTURE_SECONDS = 0.9


def show_empty(token: str | None) -> None:
    """Say that there is no run, and what to do next."""
    st.title("Studio")
    if token:
        state.leave_run()
        st.warning(
            "The run in this address is no longer kept: newer ones came, or the server was "
            "restarted.",
            icon=":material/history_toggle_off:",
        )
    st.markdown(
        "Here you watch a run learn, hear it get better, and push it where you want it. There is "
        "none yet: choose an image and a track, and press **Start**."
    )
    if st.button("Create a hybrid", type="primary", icon=":material/add:"):
        st.switch_page("app_pages/create.py")


def show(job: Job) -> None:
    """Show a run and all that can be done with it."""
    snapshot = job.first_look(FIRST_PICTURE_SECONDS)
    st.title(f"{job.request.image.title} on {job.request.track.title}")
    show_stage(job)
    view = view_of(job, snapshot)
    can_go_on = bool(snapshot.history) and snapshot.phase != "failed"
    if can_go_on:
        one, two, three = st.columns(3, gap="medium")
        with one:
            steer(view)
        with two:
            pins(view)
        with three:
            replay(view)
            files(view)
            choose_axes(snapshot)
    elif snapshot.history:
        replay(view)
        files(view)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if can_go_on:
            push_buttons(view)
        transport(view)
    note_drawn(snapshot)


token = state.get(state.TOKEN)
job = job_manager().find(token)
if job:
    show(job)
else:
    show_empty(token)
