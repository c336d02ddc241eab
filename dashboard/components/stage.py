"""What moves while a run runs: progress, the player, the front, the losses, the steering."""

from __future__ import annotations

import streamlit as st

import charts
import state
from components.chart import chart, chart_to_pick_from
from components.objectives import show_failures
from components.player import Take, player
from components.view import View, view_of
from jobs import Job
from moss_core.objectives import Objective
from snapshots import Snapshot
from sources import clock

POLL_SECONDS, SLOW_POLL_SECONDS = 0.4, 1.0
"""How often to look at a run of one candidate; and at one of several, which steps more slowly, or
at one that rests, which another tab may set going."""

_PHASES = {
    "running": ":material/autorenew: Running",
    "paused": ":material/pause_circle: Paused",
    "finished": ":material/check_circle: Finished",
    "stopped": ":material/stop_circle: Stopped",
    "failed": ":material/error: Failed",
}


def show_stage(job: Job) -> None:
    """Show what moves; it moves by itself, and has the page drawn anew when its controls change."""
    quick = job.request.config.candidates == 1 and job.at_work
    every = POLL_SECONDS if quick else SLOW_POLL_SECONDS
    state.put(state.DRAWN, None)
    st.fragment(_stage, run_every=every)(job, [])


def note_drawn(snapshot: Snapshot) -> None:
    """Note that the page was drawn to its end, with controls made from this snapshot.

    A run of the page that another request cuts short never comes here; the next poll sees that.
    """
    state.put(state.DRAWN, _controls_of(snapshot))


def _controls_of(snapshot: Snapshot) -> tuple[object, ...]:
    """Return what the controls on the page depend on; when it changes, the page is run again."""
    return (
        snapshot.phase,
        snapshot.planned,
        snapshot.preferences,
        snapshot.undoable,
        tuple(pin.number for pin in snapshot.pins),
        bool(snapshot.picture),
        min(len(snapshot.history), 2),
        len(snapshot.candidates),
        snapshot.message,
    )


def _stage(job: Job, calls: list[None]) -> None:
    snapshot = job.look()
    if calls and _controls_of(snapshot) != state.get(state.DRAWN):
        st.rerun()
    calls.append(None)  # the first call is part of drawing the page, the others are polls
    view = view_of(job, snapshot)
    _progress(job, snapshot)
    _troubles(snapshot)
    if not snapshot.picture:
        if snapshot.at_work:
            st.skeleton(height=420)
        return
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        _player(view)
    with right:
        if view.axes and view.candidates:
            _front(view, *view.axes)
        else:
            st.skeleton(height=360)
    if snapshot.history:
        _losses(view)


def _progress(job: Job, snapshot: Snapshot) -> None:
    if snapshot.phase == "waiting":
        runs = "1 other run" if job.ahead == 1 else f"{job.ahead} other runs"
        text = f"Waiting for {runs}." if job.ahead else "Next in line."
        st.progress(0.0, text=f":material/hourglass_top: {text}")
        return
    if snapshot.phase == "preparing":
        text = "Preparing: loading the objectives, measuring track and image"
        st.progress(0.0, text=f":material/hourglass_top: {text}")
        return
    parts = [f"**{_PHASES[snapshot.phase]}**", f"step {snapshot.step} of {snapshot.planned}"]
    if snapshot.steps_per_second is not None:
        parts.append(f"{snapshot.steps_per_second:.1f} steps/s")
    if job.asked:
        parts.append(f"{'pausing' if job.asked == 'pause' else 'stopping'} after this step")
    elif snapshot.phase == "running" and snapshot.seconds_left is not None:
        parts.append(f"about {clock(snapshot.seconds_left)} left")
    elif not snapshot.at_work and snapshot.history:
        parts.append(f"{clock(snapshot.history[-1].seconds)} of learning")
    st.progress(min(1.0, snapshot.step / max(1, snapshot.planned)), text=" · ".join(parts))


def _troubles(snapshot: Snapshot) -> None:
    show_failures(snapshot.failures, "was switched off in this run; the others go on")
    if snapshot.held:
        step, candidate = snapshot.held
        st.warning(
            f"Candidate {candidate + 1} learned nothing at step {step}: its gradient was not "
            "finite. It stays as it was, and the others go on.",
            icon=":material/warning:",
        )
    if snapshot.message:
        show = st.error if snapshot.phase == "failed" else st.info
        show(snapshot.message, icon=":material/info:")
    if snapshot.details:
        with st.expander("Details"):
            st.code(snapshot.details, language=None)


def _player(view: View) -> None:
    snapshot, job = view.snapshot, view.job
    canvas, request = snapshot.canvas, job.request
    assert canvas is not None
    edges = (
        f"{canvas.start:g} to {canvas.start + canvas.duration:.1f} s, "
        f"{canvas.low:,.0f} to {canvas.high:,.0f} Hz ({canvas.axis})"
    )
    name = f"Candidate {view.candidate + 1}"
    takes = [
        Take(
            "this",
            name,
            view.note,
            view.picture,
            view.sound,
            f"Spectrogram of candidate {view.candidate + 1} at step {view.step}, {edges}",
        )
    ]
    if view.pin:
        pin = view.pin
        takes.append(
            Take(
                "pinned",
                f"Pin {pin.number}",
                f"pin {pin.number}: candidate {pin.candidate + 1}, step {pin.step}",
                pin.picture,
                pin.sound,
                f"Spectrogram of pin {pin.number}, {edges}",
            )
        )
    if snapshot.track_sound:
        takes.append(
            Take(
                "original",
                "Original",
                f"the track, {request.track.title}",
                snapshot.track_picture,
                snapshot.track_sound,
                f"Spectrogram of the track {request.track.title}, {edges}",
            )
        )
    player(
        job.token,
        takes,
        canvas,
        snapshot.sample_rate,
        aspect=snapshot.aspect,
        target=snapshot.target,
        target_alt=f"The image {request.image.title}, in grays",
    )


def _front(view: View, across: Objective, up: Objective) -> None:
    snapshot = view.snapshot
    candidate, candidates = view.candidate, view.candidates
    on_front = sum(not c.dominated for c in candidates)
    st.markdown("**The trade-off** :gray[(Pareto front)]")
    clicked = chart_to_pick_from(
        f"front-{state.get(state.CHART_EPOCH)}",
        charts.front_spec(across.label, up.label),
        charts.front_rows(snapshot, candidates, across, up, candidate, view.replayed),
        f"{len(candidates)} candidates by {across.label} and {up.label}; {on_front} on the "
        f"front; candidate {candidate + 1} is ringed",
    )
    if len(candidates) == 1:
        st.caption(
            "Left: sounds closer to the track. Low: looks closer to the image. The line "
            "is the way from the plain crossfade to now."
        )
    else:
        st.caption(
            "A point is a candidate. Left: sounds closer to the track. Low: looks closer to the "
            "image. Violet: weight on the track, amber: on the image. Hollow: dominated by "
            "another. Click one to show it."
        )
    known = {c.index for c in candidates}
    if clicked in known and clicked != candidate:
        view.job.watch(clicked)
        state.pick(clicked, from_chart=True)
        st.rerun()


def _losses(view: View) -> None:
    snapshot, candidate = view.snapshot, view.candidate
    columns = st.columns(min(3, len(snapshot.objectives)))
    for place, objective in enumerate(snapshot.objectives):
        with columns[place % len(columns)]:
            st.markdown(f"**{objective.label}** :gray[({objective.domain} loss)]")
            chart(
                f"losses-{objective.name}",
                charts.losses_spec(objective.label, snapshot.planned),
                charts.losses_rows(snapshot, objective, candidate, view.replayed),
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
        charts.steering_spec(labels, snapshot.planned),
        charts.steering_rows(snapshot, candidate),
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
