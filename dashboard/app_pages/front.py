"""Browse a front by ear and eye, fill its gaps, compare, and take files home."""

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from components.front.browsing import offer_opening, show_browsing
from components.front.certificate import show_certificate
from components.front.compare import side_by_side
from components.front.share import share_link
from components.front.walk import walk, widen
from components.listening.listen import can_you_hear_it
from components.run.axes import choose_axes
from components.run.polling import poll
from components.run.run_page import run_page
from components.run.status import undelete_button
from components.run.take_home import take_home
from components.run.view import view_of

IDLE_SECONDS = 5.0


def show(job: Job, snapshot: Snapshot) -> None:
    """Show a run's front and all that can be done with it."""
    offer_opening(job, snapshot)
    poll(job, show_browsing, IDLE_SECONDS)
    view = view_of(job, snapshot)
    if snapshot.deleted:
        undelete_button(job)
    if snapshot.phase == "failed":
        st.page_link(
            "app_pages/library.py", label="Back to the Library", icon=":material/arrow_back:"
        )
    if snapshot.candidates:
        widen(view)
        choose_axes(snapshot)
        can_you_hear_it(job)
        side_by_side(view)
        show_certificate(view)
        take_home(view)
        share_link(view)
        with st.bottom:
            walk(view)


run_page(
    show,
    "Front",
    "Here you walk along the front of a run, from pure music to pure image, listen, compare, "
    "and take files home. There is no run yet.",
)
