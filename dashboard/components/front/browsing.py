"""What moves while one browses a front: the chart, the player, the facts of a candidate."""

from __future__ import annotations

import base64
from functools import partial

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from charts.browsing import browsing_rows
from charts.front import front_spec
from charts.parallel import parallel_rows, parallel_spec
from charts.shared import percent
from components.run.run_player import show_player
from components.run.status import show_progress, show_troubles
from components.run.view import View, directions, pick
from components.widgets.chart import chart_to_pick_from
from moss_core.objectives import Objective
from session import memory

_WIDTH = (
    "The width of the stereo image on the canvas: how strong what left and right do not share "
    "(the sides) is next to what they share (the middle). 0 % is mono, 100 % as wide as the track."
)


def offer_knee(job: Job, snapshot: Snapshot) -> None:
    """Show the knee of the front where nothing was picked yet."""
    if memory.get(memory.PICKED) is None and snapshot.candidates and not snapshot.at_work:
        memory.put(memory.PICKED, snapshot.front.knee)
        job.watch(snapshot.front.knee)


def show_browsing(view: View) -> None:
    """Show the front, the candidate on show, and all its objectives."""
    snapshot = view.snapshot
    show_progress(view.job, snapshot)
    show_troubles(view.job, snapshot)
    if not snapshot.candidates or not view.axes:
        if snapshot.at_work:
            st.skeleton(height=420)
        return
    left, right = st.columns([1, 1], gap="medium")
    with right:  # first, so that a browser has the sound before it draws the charts
        show_player(view, arrows=False)
        _facts(view)
    with left:
        _front(view, *view.axes)
    if len(snapshot.objectives) > 2:
        _parallel(view)


def _front(view: View, across: Objective, up: Objective) -> None:
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    knee = snapshot.front.knee
    on_front = sum(not c.dominated for c in snapshot.candidates)
    count = len(snapshot.candidates)
    st.markdown(
        f"**Pareto front** :gray[({on_front} of {count} candidates; it covers "
        f"{snapshot.front.hypervolume:.0%} of the box)]",
        help="The hypervolume: of the box from 0 to each objective's worse end (the track alone, "
        "or the image alone), the share that some candidate is at least as good as.",
    )
    chart_to_pick_from(
        f"front-{memory.get(memory.CHART_EPOCH)}",
        front_spec(across.label, up.label, pictures=True),
        browsing_rows(snapshot, across, up, candidate, knee, lambda index: _address(view, index)),
        f"{count} candidates by {across.label} and {up.label}; {on_front} on the front; candidate "
        f"{candidate + 1} is ringed; the knee is candidate {knee + 1}",
        partial(pick, job, from_chart=True),
    )
    st.caption(
        f"{directions(across, up)} Violet: more weight on the track, amber: on the image. Hollow: "
        "another candidate is better in everything. Click a point, or use the slider or the "
        "arrow keys."
    )


def _address(view: View, index: int) -> str:
    thumbnail = view.job.thumbnail(index, view.snapshot, view.shown)
    content = base64.b64encode(thumbnail).decode()
    return f"data:image/webp;base64,{content}"


def _facts(view: View) -> None:
    """Show the losses of the candidate on show, with what they mean."""
    snapshot = view.snapshot
    found = next((c for c in snapshot.candidates if c.index == view.candidate), None)
    if not found:
        return
    place = "dominated" if found.dominated else "on the front"
    if found.index == snapshot.front.knee:
        place = "the knee: the best bargain"
    share = percent(snapshot, found.preference)
    st.markdown(f"**Candidate {found.index + 1}**, {place}; {share:.0f} % weight on the image")
    facts = [
        f"{objective.label} {loss:.3f} ({100 * loss / max(worst, 1e-9):.0f} % of its worse end)"
        for objective, loss, worst in zip(
            snapshot.objectives, found.losses, snapshot.worst, strict=True
        )
    ]
    width = view.job.width(found.index, snapshot)
    if width is not None:
        facts.append(f"Width {width:.0%} of the track's".replace("%", " %"))
    st.caption(" · ".join(facts), help=_WIDTH if width is not None else None)


def _parallel(view: View) -> None:
    snapshot = view.snapshot
    st.markdown("**All objectives** :gray[(parallel coordinates; lower is better)]")
    by_domain = sorted(snapshot.objectives, key=lambda objective: objective.domain)
    labels = tuple(objective.label for objective in by_domain)
    chart_to_pick_from(
        f"parallel-{memory.get(memory.CHART_EPOCH)}",
        parallel_spec(labels),
        parallel_rows(snapshot, view.candidate),
        f"{len(snapshot.candidates)} candidates over {', '.join(labels)}; candidate "
        f"{view.candidate + 1} is thick",
        partial(pick, view.job, from_chart=True),
    )
