"""Pushing a run where one wants it: more image, more audio, a weight for each objective."""

from __future__ import annotations

import streamlit as st

import state
from components.view import View
from jobs import MORE_STEPS, Job
from moss_core.preferences import image_share, lean, reweigh
from snapshots import Snapshot

_PUSH = 0.1


def steer(view: View) -> None:
    """Show the candidate picker, a weight slider for each objective, and undo."""
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    with st.container(border=True, key="steer"):
        st.markdown(f"**Steer candidate {candidate + 1}** :gray[(its preference)]")
        if len(snapshot.candidates) > 1:
            _picker(job, snapshot, candidate)
        preference = job.preference(candidate)
        for index, objective in enumerate(snapshot.objectives):
            key = f"steer:{objective.name}"
            st.session_state[key] = round(100 * preference[index])
            st.slider(
                f"{objective.label} :gray[({objective.domain})], %",
                0,
                100,
                key=key,
                on_change=_reweigh,
                args=(job, candidate, index, key),
                disabled=index not in snapshot.active,
                help=objective.description or None,
            )
        st.caption(_effect(snapshot))


def _effect(snapshot: Snapshot) -> str:
    if snapshot.phase == "paused":
        return "The run is paused: a steer takes effect when you resume."
    if snapshot.at_work:
        return "The weights sum to 100 %. A steer takes effect at the next step; nothing is lost."
    return f"A steer goes on from here for {MORE_STEPS} more steps."


def _picker(job: Job, snapshot: Snapshot, candidate: int) -> None:
    order = [c.index for c in snapshot.candidates]
    key = "picker"
    st.session_state[key] = candidate
    st.select_slider(
        "Candidate, from most track to most image",
        order,
        format_func=lambda index: str(index + 1),
        key=key,
        on_change=_pick,
        args=(job, key),
    )


def _pick(job: Job, key: str) -> None:
    candidate = st.session_state[key]
    job.watch(candidate)
    state.pick(candidate)


def _reweigh(job: Job, candidate: int, index: int, key: str) -> None:
    weight = st.session_state[key] / 100
    state.put(state.REPLAYED, None)
    job.steer(candidate, reweigh(job.preference(candidate), index, weight))


def push_buttons(view: View) -> None:
    """Show Better image, Better audio, and Undo."""
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    share = image_share(snapshot.objectives, job.preference(candidate))
    st.button(
        "Better audio",
        type="primary",
        icon=":material/hearing:",
        shortcut="A",
        disabled=share < 0.005,
        on_click=_push,
        args=(job, snapshot, candidate, -_PUSH),
        help=f"{_PUSH:.0%} more weight on sounding like the track",
    )
    st.button(
        "Better image",
        type="primary",
        icon=":material/image:",
        shortcut="I",
        disabled=share > 0.995,
        on_click=_push,
        args=(job, snapshot, candidate, _PUSH),
        help=f"{_PUSH:.0%} more weight on looking like the image",
    )
    st.button(
        "Undo",
        icon=":material/undo:",
        disabled=candidate not in snapshot.undoable,
        on_click=_undo,
        args=(job, candidate),
        help="Put the candidate back to what it was before its last steer",
    )


def _push(job: Job, snapshot: Snapshot, candidate: int, amount: float) -> None:
    preference = job.preference(candidate)
    share = min(1.0, max(0.0, image_share(snapshot.objectives, preference) + amount))
    weights = [weight for _, weight in job.request.config.objectives]
    kept = [
        value if _total(snapshot, preference, place) > 0 else weights[place]
        for place, value in enumerate(preference)
    ]
    state.put(state.REPLAYED, None)
    job.steer(candidate, lean(snapshot.objectives, kept, share))


def _total(snapshot: Snapshot, preference: tuple[float, ...], place: int) -> float:
    """Return the weight of an objective's whole domain."""
    share = image_share(snapshot.objectives, preference)
    return share if snapshot.objectives[place].domain == "image" else 1 - share


def _undo(job: Job, candidate: int) -> None:
    state.put(state.REPLAYED, None)
    job.undo(candidate)
