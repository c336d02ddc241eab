"""What moves while a run runs: progress, the player, the meters, the front, the losses."""

from __future__ import annotations

from functools import partial

import streamlit as st

from background.snapshots import Snapshot
from charts.front import front_rows, front_spec
from charts.losses import losses_rows, losses_spec
from charts.plane import Plane
from charts.steering import steering_rows, steering_spec
from components.run.run_player import show_player
from components.run.status import show_progress, show_troubles
from components.run.view import View, directions, pick
from components.studio.meters import meters
from components.widgets.chart import chart, chart_to_pick_from
from components.widgets.details import details
from components.widgets.failures import plain
from moss_core.objectives import Objective
from moss_core.words import count_text
from session import memory

_ONE_HEIGHT, _FRONT_HEIGHT = 290, 400


def show_live_view(view: View) -> None:
    """Show what moves of a run."""
    snapshot, job = view.snapshot, view.job
    show_progress(job, snapshot)
    show_troubles(job, snapshot)
    if not snapshot.picture:
        if snapshot.at_work:
            st.skeleton(height=420)
        return
    alone = len(snapshot.preferences) == 1
    left, right = st.columns([2, 1] if alone else [1.2, 1], gap="medium")
    with left:
        show_player(view, focus=memory.get(memory.FOCUSED))
    with right:
        if view.plane and view.candidates:
            meters(view)
            _front(view, view.plane)
        else:
            st.skeleton(height=360)
    if snapshot.history and details():
        _losses(view)


def _front(view: View, plane: Plane) -> None:
    snapshot, candidates = view.snapshot, view.candidates
    alone = len(candidates) == 1
    height = _ONE_HEIGHT if alone else _FRONT_HEIGHT
    if alone:
        st.markdown("**The way of your pushes**")
    else:
        st.markdown("**The front** :gray[(from most track to most image)]")
    chart_to_pick_from(
        f"front-{memory.get(memory.CHART_EPOCH)}",
        front_spec(plane, height=height),
        front_rows(snapshot, candidates, plane, view.candidate, view.replayed, height),
        _in_words(view, plane),
        partial(pick, view.job, from_chart=True),
    )
    where = directions(snapshot, plane)
    if alone:
        st.caption(
            f"{where} The line is the way since the start; it keeps a point wherever you push or "
            "undo."
        )
    else:
        st.caption(
            f"A point is a candidate. {where} Violet: weight on the track, amber: on the image. "
            "Hollow: another is better in everything. Click one to show it."
        )


def _in_words(view: View, plane: Plane) -> str:
    many = count_text(len(view.candidates), "candidate")
    on_front = sum(not c.dominated for c in view.candidates)
    return (
        f"{many} by {plane.across} and {plane.up}; {on_front} on the front; candidate "
        f"{view.number} is ringed: {view.shares}"
    )


def _losses(view: View) -> None:
    snapshot, candidate = view.snapshot, view.candidate
    columns = st.columns(min(3, len(snapshot.objectives)))
    for place, objective in enumerate(snapshot.objectives):
        with columns[place % len(columns)]:
            st.markdown(f"**{plain(objective.label)}** :gray[({objective.domain} loss)]")
            chart(
                f"losses-{objective.name}",
                losses_spec(objective.label, snapshot.planned),
                losses_rows(snapshot, objective, candidate, view.replayed),
                _summary(snapshot, objective, place, candidate),
            )
    st.markdown(f"**Steering of candidate {view.number}** :gray[(preference)]")
    labels = tuple(objective.label for objective in snapshot.objectives)
    shares = ", ".join(
        f"{label} {100 * weight:.0f} %"
        for label, weight in zip(labels, snapshot.preferences[candidate], strict=True)
    )
    chart(
        "steering",
        steering_spec(labels, snapshot.planned),
        steering_rows(snapshot, candidate),
        f"Weights of candidate {view.number} over the steps; now {shares}",
    )


def _summary(snapshot: Snapshot, objective: Objective, place: int, candidate: int) -> str:
    records = [record for record in snapshot.history if candidate < len(record.losses)]
    if not records:
        return f"{objective.label} loss of every candidate over the steps"
    first, last = (records[at].losses[candidate][place] for at in (0, -1))
    return (
        f"{objective.label} loss of every candidate over {count_text(snapshot.step, 'step')}; "
        f"candidate {snapshot.front.number(candidate)} went from {first:.3f} to {last:.3f}"
    )
