"""What moves while one browses a front: the chart, the player, the facts of a candidate."""

from __future__ import annotations

import base64
from functools import partial

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from charts.browsing import browsing_rows, picture_size
from charts.front import front_spec
from charts.heard import Mark
from charts.parallel import parallel_rows, parallel_spec
from charts.plane import Plane
from charts.shared import losses_text, percent
from components.run.run_player import show_player
from components.run.status import show_progress, show_troubles
from components.run.view import View, directions, pick
from components.widgets.chart import chart_to_pick_from
from components.widgets.details import details
from components.widgets.failures import plain
from moss_core.words import count_text, percent_text
from session import memory
from session.listening.heard import Heard, heard

_WIDTH = (
    "The width of the stereo image on the canvas: how strong what left and right do not share "
    "(the sides) is next to what they share (the middle). 0 % is mono, 100 % as wide as the track."
)


def offer_opening(job: Job, snapshot: Snapshot) -> None:
    """Show the candidate that a front opens on where nothing was picked yet.

    Where somebody listened it is the one with the most image that was not heard.
    """
    if memory.get(memory.PICKED) is None and snapshot.candidates and not snapshot.at_work:
        found = _heard(job, snapshot)
        unheard = found.candidate if found else None
        opening = snapshot.front.opening if unheard is None else unheard
        memory.put(memory.PICKED, opening)
        job.watch(opening)


def _heard(job: Job, snapshot: Snapshot) -> Heard | None:
    """Return what was heard of the front; nothing while somebody listens, who is not to know."""
    return heard(job.folder, snapshot) if memory.get(memory.SITTING) is None else None


def show_browsing(view: View) -> None:
    """Show the candidate on show, the front, and with the terms of the field all objectives."""
    snapshot = view.snapshot
    show_progress(view.job, snapshot)
    show_troubles(view.job, snapshot)
    if not snapshot.candidates or not view.plane:
        if snapshot.at_work:
            st.skeleton(height=420)
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:  # first, so that a browser has the sound before it draws the charts
        show_player(view, arrows=False)
        _facts(view)
    with right:
        _front(view, view.plane)
    if details() and len(snapshot.objectives) > 2:
        _parallel(view)


def _front(view: View, plane: Plane) -> None:
    snapshot, job = view.snapshot, view.job
    found = _heard(job, snapshot)
    knee = snapshot.front.knee
    on_front = sum(not c.dominated for c in snapshot.candidates)
    count = len(snapshot.candidates)
    many = count_text(count, "candidate")
    named = (knee, "knee") if details() and knee is not None and count > 1 else (-1, "")
    if details():
        st.markdown(
            f"**Pareto front** :gray[({on_front} of {many}; it covers "
            f"{snapshot.front.hypervolume:.0%} of the box)]",
            help="The hypervolume: of the box from 0 to each objective's worse end (the track "
            "alone, or the image alone), the share that some candidate is at least as good as.",
        )
    elif count > 1:
        st.markdown(f"**The front** :gray[({many}, from most track to most image)]")
    else:
        st.markdown("**One candidate, no front yet** :gray[(Grow a front makes more from it)]")
    size = picture_size(snapshot.canvas.aspect if snapshot.canvas else 1.5)
    chart_to_pick_from(
        f"front-{memory.get(memory.CHART_EPOCH)}",
        front_spec(plane, size, marked=_mark(found) is not None),
        browsing_rows(
            snapshot,
            plane,
            view.candidate,
            named,
            size,
            lambda index: _address(view, index),
            _mark(found),
        ),
        f"{many} by {plane.across} and {plane.up}; {on_front} on the front; candidate "
        f"{view.number} is ringed: {view.shares}"
        + (f"; the knee is candidate {snapshot.front.number(named[0])}" if named[1] else "")
        + (f"; {found}" if found else ""),
        partial(pick, job, from_chart=True),
    )
    st.caption(
        f"{directions(snapshot, plane)} Violet: more weight on the track, amber: on the image. "
        "Hollow: another candidate is better in everything. Click a point, or use the slider or "
        "the arrow keys." + (f" Gray band: {str(found).lower()}." if _mark(found) else "")
    )


def _mark(found: Heard | None) -> Mark | None:
    if found is None or found.threshold.guessing:
        return None
    told = found.threshold
    return Mark(told.low, told.middle, told.high, str(found))


def _address(view: View, index: int) -> str:
    thumbnail = view.job.thumbnail(index, view.snapshot, view.shown)
    content = base64.b64encode(thumbnail).decode()
    return f"data:image/webp;base64,{content}"


def _facts(view: View) -> None:
    """Show how much picture and sound the candidate on show has; with the terms of the field all.

    What the shares are measured by is in the tooltip.
    """
    snapshot, front = view.snapshot, view.snapshot.front
    found = next((c for c in snapshot.candidates if c.index == view.candidate), None)
    if not found:
        return
    losses = losses_text(snapshot, found.losses)
    st.markdown(
        f"**Candidate {view.number}**: {front.shares(found.losses)}",
        help="Picture: how far the candidate has come from the track alone to the image itself. "
        "Sound: from the image alone to the track itself. Each is the mean share of the way from "
        f"the worse end. Losses: {losses}.",
    )
    facts = [f"{percent(snapshot, found.preference):.0f} % weight on the image"]
    if (listened := _heard(view.job, snapshot)) and listened.candidate == found.index:
        facts.append("the most image that was not heard")
    if details():
        place = "dominated" if found.dominated else "on the front"
        facts.append("the knee" if _is_knee(view) else place)
        facts += [
            f"{plain(objective.label)} {loss:.3f} "
            f"({100 * loss / max(worst, 1e-9):.0f} % of its worse end)"
            for objective, loss, worst in zip(
                snapshot.objectives, found.losses, snapshot.worst, strict=True
            )
        ]
    elif found.dominated:
        facts.append("another candidate is better in everything")
    elif found.index == front.opening and len(front.candidates) > 2:
        facts.append("the most of both")
    width = view.job.width(found.index, snapshot)
    if width is not None:
        facts.append(f"Width {percent_text(width)} of the track's")
    st.caption(" · ".join(facts), help=_WIDTH if width is not None else None)


def _is_knee(view: View) -> bool:
    return len(view.snapshot.candidates) > 1 and view.candidate == view.snapshot.front.knee


def _parallel(view: View) -> None:
    snapshot = view.snapshot
    st.markdown("**All objectives** :gray[(parallel coordinates; lower is better)]")
    by_domain = sorted(snapshot.objectives, key=lambda objective: objective.domain)
    labels = tuple(objective.label for objective in by_domain)
    chart_to_pick_from(
        f"parallel-{memory.get(memory.CHART_EPOCH)}",
        parallel_spec(labels),
        parallel_rows(snapshot, view.candidate),
        f"{count_text(len(snapshot.candidates), 'candidate')} over {', '.join(labels)}; candidate "
        f"{view.number} is thick",
        partial(pick, view.job, from_chart=True),
    )
