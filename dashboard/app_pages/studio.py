"""Watch a run, steer it, listen to it, and keep what it made."""

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from components.run.axes import choose_axes
from components.run.polling import poll
from components.run.run_page import run_page
from components.run.status import undelete_button
from components.run.take_home import take_home
from components.run.view import view_of
from components.studio.live_view import show_live_view
from components.studio.pins import pins
from components.studio.replay import replay
from components.studio.steer import push_buttons, steer
from components.studio.transport import transport


def show(job: Job, snapshot: Snapshot) -> None:
    """Show a run and all that can be done with it."""
    poll(job, show_live_view)
    if snapshot.deleted:
        undelete_button(job)
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
            take_home(view)
            choose_axes(snapshot)
    elif snapshot.history:
        replay(view)
        take_home(view)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if can_go_on:
            push_buttons(view)
        transport(view)


run_page(
    show,
    "Studio",
    "Here you watch a run learn, hear it get better, and push it where you want it. There is "
    "none yet: choose an image and a track, and press **Start**.",
)
