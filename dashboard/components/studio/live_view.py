"""What moves while a run runs: progress, the player, the front, the losses, the steering."""

from __future__ import annotations

from functools import partial

import streamlit as st

from background.snapshots import Snapshot
from charts.front import front_rows, front_spec
from charts.losses import losses_rows, losses_spec
from charts.steering import steering_rows, steering_spec
from components.run.run_player import show_player
from components.run.status import show_progress, show_troubles
from components.run.view import View, directions, pick
from components.widgets.chart import chart, chart_to_pick_from
from moss_core.objectives import Objective
from session import memory


def show_live_view(view: View) -> None:
    """Show what moves of a run."""
    snapshot, job = view.snapshot, view.job
    show_progress(job, snapshot)
    show_troubles(job, snapshot)
    if not snapshot.picture:
        if snapshot.at_work:
            st.skeleton(height=420)
        return
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        show_player(view)
    with right:
        if view.axes and view.candidates:
            _front(view, *view.axes)
        else:
            st.skeleton(height=360)
    if snapshot.history:
        _losses(view)


def _front(view: View, across: Objective, up: Objective) -> None:
    snapshot = view.snapshot
    candidate, candidates = view.candidate, view.candidates
    on_front = sum(not c.dominated for c in candidates)
    st.markdown("**The trade-off** :gray[(Pareto front)]")
    chart_to_pick_from(
        f"front-{memory.get(memory.CHART_EPOCH)}",
        front_spec(across.label, up.label),
        front_rows(snapshot, candidates, across, up, candidate, view.replayed),
        f"{len(candidates)} candidates by {across.label} and {up.label}; {on_front} on the "
        f"front; candidate {candidate + 1} is ringed",
        partial(pick, view.job, from_chart=True),
    )
    if len(candidates) == 1:
        st.caption(f"{directions(across, up)} The line is the way from the plain crossfade to now.")
    else:
        st.caption(
            f"A point is a candidate. {directions(across, up)} Violet: weight on the track, "
            "amber: on the image. Hollow: dominated by another. Click one to show it."
        )


def _losses(view: View) -> None:
    snapshot, candidate = view.snapshot, view.candidate
    columns = st.columns(min(3, len(snapshot.objectives)))
    for place, objective in enumerate(snapshot.objectives):
        with columns[place % len(columns)]:
            st.markdown(f"**{objective.label}** :gray[({objective.domain} loss)]")
            chart(
                f"losses-{objective.name}",
                losses_spec(objective.label, snapshot.planned),
                losses_rows(snapshot, objective, candidate, view.replayed),
                _summary(snapshot, objective, place, candidate),
            )
    st.markdown(f"**Steering of candidate {candidate + 1}** :gray[(preference)]")
    labels = tuple(objective.label for objective in snapshot.objectives)
    shares = ", ".join(
        f"{label} {100 * weight:.0f} %"
        for label, weight in zip(labels, snapshot.preferences[candidate], strict=True)
    )
    chart(
        "steering",
        steering_spec(labels, snapshot.planned),
        steering_rows(snapshot, candidate),
        f"Weights of candidate {candidate + 1} over the steps; now {shares}",
    )


def _summary(snapshot: Snapshot, objective: Objective, place: int, candidate: int) -> str:
    records = [record for record in snapshot.history if candidate < len(record.losses)]
    if not records:
        return f"{objective.label} loss of every candidate over the steps"
    first, last = (records[at].losses[candidate][place] for at in (0, -1))
    return (
        f"{objective.label} loss of every candidate over {snapshot.step} steps; "
        f"candidate {candidate + 1} went from {first:.3f} to {last:.3f}"
    )
