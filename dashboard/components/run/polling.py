"""The part of a page that follows a run by itself, and draws the rest anew where that changed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from components.run.view import View, view_of
from session import memory

POLL_SECONDS, SLOW_POLL_SECONDS, WAITING_POLL_SECONDS = 0.4, 1.0, 2.0
"""How often to look at a run of one candidate; at one of several, which steps more slowly, or at
one at rest, which another tab may set going; and at one that waits for its turn."""


def poll(job: Job, draw: Callable[[View], None], idle: float = SLOW_POLL_SECONDS) -> None:
    """Draw something of a run, again and again; close the page with `note_drawn`.

    Args:
        job: the run.
        draw: draws it.
        idle: seconds between two looks at a run that is at rest.
    """
    waiting = waits(job)
    if not job.at_work:
        every = idle
    elif waiting:
        every = WAITING_POLL_SECONDS
    else:
        every = POLL_SECONDS if job.request.config.candidates == 1 else SLOW_POLL_SECONDS
    memory.put(memory.DRAWN, None)
    st.fragment(_look, run_every=every)(job, draw, waiting, [])


def waits(job: Job) -> bool:
    """Return whether a run waits for others: nothing of it changes but how long."""
    wait = job.wait if job.look().phase == "waiting" else None
    return bool(wait and wait.ahead)


def note_drawn(snapshot: Snapshot) -> None:
    """Note that the page was drawn to its end, with controls made from this snapshot.

    A run of the page that another request cuts short never comes here; the next poll sees that.
    """
    memory.put(memory.DRAWN, _controls_of(snapshot))


def _controls_of(snapshot: Snapshot) -> tuple[object, ...]:
    """Return what the controls on the page depend on; when it changes, the page is run again."""
    return (
        memory.get(memory.PICKED),
        memory.get(memory.SHOWN),
        snapshot.phase,
        snapshot.planned,
        snapshot.preferences,
        snapshot.undoable,
        tuple(pin.number for pin in snapshot.pins),
        bool(snapshot.picture),
        min(len(snapshot.history), 2),
        len(snapshot.candidates),
        snapshot.heard,
        snapshot.deleted,
        snapshot.cause,
        snapshot.message,
    )


def _look(job: Job, draw: Callable[[View], None], waiting: bool, calls: list[None]) -> None:
    if job.gone:
        st.rerun()  # which opens it again
    snapshot = job.look()
    draw(view_of(job, snapshot))
    # The first call is part of drawing the page, the others are polls or a click in what is drawn.
    drawn = memory.get(memory.DRAWN)
    if calls and (waits(job) != waiting or _controls_of(snapshot) != drawn):
        st.rerun()
    calls.append(None)
