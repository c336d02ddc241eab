"""Browsing a front: walk along it, fill a gap in it, compare candidates side by side."""

from __future__ import annotations

import base64
from functools import partial

import streamlit as st

import charts
import fronts
import state
from commands import GROWN, MORE_STEPS
from components.chart import chart_to_pick_from
from components.listen import show_player
from components.picker import candidate_slider
from components.press import press_button
from components.status import show_progress, show_troubles
from components.view import View, beside, directions, pick
from job import Job
from moss_core.objectives import Objective
from snapshots import Snapshot

MOST_BESIDE = 4
MOST_ON_FRONT = 64


def offer_knee(job: Job, snapshot: Snapshot) -> None:
    """Show the knee of the front where nothing was picked yet."""
    if state.get(state.PICKED) is None and snapshot.candidates and not snapshot.at_work:
        state.put(state.PICKED, snapshot.front.knee)
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
    bend = snapshot.front.knee
    left, right = st.columns([1, 1], gap="medium")
    with right:  # first, so that a browser has the sound before it draws the charts
        show_player(view, arrows=False)
        _facts(view, bend)
    with left:
        _front(view, *view.axes, bend)
    if len(snapshot.objectives) > 2:
        _parallel(view)


def _front(view: View, across: Objective, up: Objective, bend: int) -> None:
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    on_front = sum(not c.dominated for c in snapshot.candidates)
    count = len(snapshot.candidates)
    st.markdown(
        f"**Pareto front** :gray[({on_front} of {count} candidates; it covers "
        f"{snapshot.front.hypervolume:.0%} of the box)]",
        help="The hypervolume: of the box from 0 to each objective's worse end (the track alone, "
        "or the image alone), the share that some candidate is at least as good as.",
    )
    chart_to_pick_from(
        f"front-{state.get(state.CHART_EPOCH)}",
        charts.front_spec(across.label, up.label, pictures=True),
        fronts.browsing_rows(
            snapshot, across, up, candidate, bend, lambda index: _address(job, index, snapshot)
        ),
        f"{count} candidates by {across.label} and {up.label}; {on_front} on the front; candidate "
        f"{candidate + 1} is ringed; the knee is candidate {bend + 1}",
        partial(pick, job, from_chart=True),
    )
    st.caption(
        f"{directions(across, up)} Violet: more weight on the track, amber: on the image. Hollow: "
        "another candidate is better in everything. Click a point, or use the slider or the "
        "arrow keys."
    )


def _address(job: Job, index: int, snapshot: Snapshot) -> str:
    content = base64.b64encode(job.thumbnail(index, snapshot)).decode()
    return f"data:image/webp;base64,{content}"


def _facts(view: View, bend: int) -> None:
    """Show the losses of the candidate on show, with what they mean."""
    snapshot = view.snapshot
    found = next((c for c in snapshot.candidates if c.index == view.candidate), None)
    if not found:
        return
    place = "dominated" if found.dominated else "on the front"
    if found.index == bend:
        place = "the knee: the best bargain"
    share = charts.percent(snapshot, found.preference)
    st.markdown(f"**Candidate {found.index + 1}**, {place}; {share:.0f} % weight on the image")
    st.caption(
        " · ".join(
            f"{objective.label} {loss:.3f} ({100 * loss / max(worst, 1e-9):.0f} % of its worse end)"
            for objective, loss, worst in zip(
                snapshot.objectives, found.losses, snapshot.worst, strict=True
            )
        )
    )


def _parallel(view: View) -> None:
    snapshot = view.snapshot
    st.markdown("**All objectives** :gray[(parallel coordinates; lower is better)]")
    by_domain = sorted(snapshot.objectives, key=lambda objective: objective.domain)
    labels = tuple(objective.label for objective in by_domain)
    chart_to_pick_from(
        f"parallel-{state.get(state.CHART_EPOCH)}",
        fronts.parallel_spec(labels),
        fronts.parallel_rows(snapshot, view.candidate),
        f"{len(snapshot.candidates)} candidates over {', '.join(labels)}; candidate "
        f"{view.candidate + 1} is thick",
        partial(pick, view.job, from_chart=True),
    )


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
            _compare_button(view)
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
    state.put(state.PICKED, len(view.snapshot.preferences))  # the index of the new one
    view.job.fill(view.candidate, other)


def _compare_button(view: View) -> None:
    chosen = beside(view.snapshot)
    if view.candidate in chosen:
        _toggle_button(view.candidate, "Remove from comparison", "compare")
        return
    full = len(chosen) >= MOST_BESIDE
    st.button(
        "Compare",
        key="compare",
        icon=":material/compare:",
        disabled=full,
        on_click=_toggle,
        args=(view.candidate,),
        help=f"{MOST_BESIDE} are compared already; remove one first"
        if full
        else f"Put it beside up to {MOST_BESIDE - 1} others, below",
    )


def _toggle_button(candidate: int, label: str, key: str) -> None:
    st.button(label, key=key, icon=":material/close:", on_click=_toggle, args=(candidate,))


def _toggle(candidate: int) -> None:
    others = tuple(other for other in state.get(state.BESIDE) if other != candidate)
    fresh = len(others) == len(state.get(state.BESIDE))
    state.put(state.BESIDE, (*others, candidate) if fresh else others)


def side_by_side(view: View) -> None:
    """Show the compared candidates: pictures, differences from the image, losses, sound."""
    snapshot, job = view.snapshot, view.job
    chosen = beside(snapshot)
    if not chosen:
        return
    st.subheader("Side by side")
    st.caption(
        "Top: the picture. Below: its difference from the image (black: none, white: all the way "
        "from black to white). The player above switches between them at the same place."
    )
    losses = {c.index: c.losses for c in snapshot.candidates}
    for column, index in zip(st.columns(MOST_BESIDE), chosen, strict=False):
        with column, st.container(border=True, key=f"beside-{index}"):
            st.markdown(f"**Candidate {index + 1}**, step {snapshot.rendered_at(index)}")
            st.image(job.picture(index, snapshot), alt=f"Picture of candidate {index + 1}")
            st.image(
                job.difference(index, snapshot),
                alt=f"Difference of candidate {index + 1} from the image",
            )
            for k, objective in enumerate(snapshot.objectives):
                best = min(losses[other][k] for other in chosen) == losses[index][k]
                mark = " :green[(best here)]" if best and len(chosen) > 1 else ""
                st.markdown(f"{objective.label}: {losses[index][k]:.3f}{mark}")
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Play",
                    key=f"play-{index}",
                    icon=":material/play_arrow:",
                    on_click=pick,
                    args=(job, index),
                )
                _toggle_button(index, "Remove", f"remove-{index}")
