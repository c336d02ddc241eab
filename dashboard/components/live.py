"""What moves while a run runs: progress, the picture beside its target, the front, the losses."""

from __future__ import annotations

import streamlit as st

import charts
import state
from components.objectives import show_failures
from components.resources import job_manager
from jobs import Job, Snapshot
from moss_core.objectives import Objective

POLL_SECONDS = 1.0
LOSSES_POLL_SECONDS = 5.0  # drawing charts takes a browser longer than anything else here
_PHASES = {
    "running": ":material/autorenew: Running",
    "finished": ":material/check_circle: Finished",
    "stopped": ":material/stop_circle: Stopped",
    "failed": ":material/error: Failed",
}


def show_stage(job: Job, axes: tuple[Objective, Objective] | None) -> None:
    """Show progress, pictures and front; they move by themselves until the job is done."""
    every = None if job.done else POLL_SECONDS
    st.fragment(_stage, run_every=every)(job, axes, polled=every is not None)


def show_losses(job: Job) -> None:
    """Show a panel per objective; they move by themselves until the job is done."""
    every = None if job.done else LOSSES_POLL_SECONDS
    st.fragment(_losses, run_every=every)(job)


def picked(snapshot: Snapshot) -> int:
    """Return the candidate on show: the picked one, or the one in the middle."""
    chosen = state.get(state.PICKED)
    known = {candidate.index for candidate in snapshot.candidates}
    return chosen if chosen in known else snapshot.watched


def _stage(job: Job, axes: tuple[Objective, Objective] | None, polled: bool) -> None:
    snapshot = job.look()
    first_result = axes is None and snapshot.state is not None
    if (polled and snapshot.done) or first_result:
        st.rerun()  # to end the timer, or to bring in the controls
    _progress(job, snapshot)
    show_failures(snapshot.failures, "was switched off in this run")
    if snapshot.phase == "failed":
        st.error(snapshot.message, icon=":material/error:")
        if snapshot.details:
            with st.expander("Details"):
                st.code(snapshot.details, language=None)
    if snapshot.state is None or axes is None:
        if not snapshot.done:
            st.skeleton(height=380)
        elif snapshot.phase != "failed":
            st.info("It stopped before its first step, so there is nothing to show. Start anew.")
        return
    pictures, front = st.columns([1.35, 1], gap="medium")
    with pictures, st.container(horizontal=True, wrap=False, gap="small"):
        _pictures(job, snapshot)
    with front:
        _front(job, snapshot, *axes)


def _progress(job: Job, snapshot: Snapshot) -> None:
    if snapshot.phase == "waiting":
        ahead = job_manager().ahead(job)
        runs = "1 other run" if ahead == 1 else f"{ahead} other runs"
        text = f"Waiting for {runs} and the one at work." if ahead else "Next in line."
        st.progress(0.0, text=f":material/hourglass_top: {text}")
        return
    if snapshot.phase == "preparing":
        text = "Preparing: loading the objectives and measuring track and image (a few seconds)"
        st.progress(0.0, text=f":material/hourglass_top: {text}")
        return
    parts = [f"**{_PHASES[snapshot.phase]}**", f"step {snapshot.step} of {snapshot.steps}"]
    if snapshot.seconds_per_step is not None:
        parts.append(f"{snapshot.seconds_per_step:.2f} s a step")
    if job.stopping:
        parts.append("stopping after this step")
    elif not snapshot.done and snapshot.seconds_left is not None:
        parts.append(f"about {_clock(snapshot.seconds_left)} left")
    elif snapshot.history:
        parts.append(f"took {_clock(snapshot.history[-1].seconds)}")
    if snapshot.phase == "stopped":
        parts.append(snapshot.message)
    done = snapshot.step / snapshot.steps if snapshot.steps else 1.0
    st.progress(done, text=" · ".join(parts))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _pictures(job: Job, snapshot: Snapshot) -> None:
    candidate, canvas = picked(snapshot), snapshot.canvas
    assert canvas is not None
    end = canvas.start + canvas.duration
    edges = (
        f"{canvas.start:g} to {end:.1f} s, {canvas.low:,.0f} to {canvas.high:,.0f} Hz "
        f"({canvas.axis})"
    )
    with st.container(gap="xsmall"):
        st.markdown("**Target image**")
        title = job.request.image.title
        st.image(snapshot.target, width="stretch", alt=f"The target image, {title}, in grays")
        st.caption(f"{title}, stretched onto the canvas")
    with st.container(gap="xsmall"):
        st.markdown(f"**Candidate {candidate + 1}, step {snapshot.step}**")
        st.image(
            job.picture(candidate, snapshot),
            width="stretch",
            alt=f"Spectrogram of candidate {candidate + 1} at step {snapshot.step}, {edges}",
        )
        st.caption(f"Its spectrogram: {edges}")


def _front(job: Job, snapshot: Snapshot, across: Objective, up: Objective) -> None:
    st.markdown("**The trade-offs**")
    candidate = picked(snapshot)
    on_front = sum(not c.dominated for c in snapshot.candidates)
    event = st.altair_chart(
        charts.front(snapshot, across, up, candidate),
        on_select="rerun",
        selection_mode=charts.PICK,
        key=f"front-{state.get(state.CHART_EPOCH)}",
        alt=f"{len(snapshot.candidates)} candidates by {across.label} and {up.label}; "
        f"{on_front} on the front; candidate {candidate + 1} is ringed",
    )
    st.caption(
        "A point is a candidate: left sounds closer to the track, low looks closer to the image. "
        "Hollow points are dominated by another. Click one to show it."
    )
    hits = event["selection"].get(charts.PICK) or []
    clicked = int(hits[0]["id"]) if hits else candidate
    if clicked != candidate:
        job.watch(clicked)
        state.pick(clicked, from_chart=True)
        st.rerun()


def _losses(job: Job) -> None:
    snapshot = job.look()
    if snapshot.state is None:
        return
    st.subheader("Losses")
    st.caption(
        "A line is a candidate, from violet (all weight on the track) to amber (all on the "
        f"image); the thick one is candidate {picked(snapshot) + 1}."
    )
    columns = st.columns(min(3, len(snapshot.objectives)))
    for place, objective in enumerate(snapshot.objectives):
        with columns[place % len(columns)]:
            st.markdown(f"**{objective.label}** ({objective.domain})")
            st.altair_chart(
                charts.losses(snapshot, objective, picked(snapshot)),
                alt=_summary(snapshot, objective, place),
                key=f"losses-{objective.name}",
            )


def _summary(snapshot: Snapshot, objective: Objective, place: int) -> str:
    index = picked(snapshot)
    first, last = (snapshot.history[at].losses[index][place] for at in (0, -1))
    return (
        f"{objective.label} loss of every candidate over {snapshot.step} steps; "
        f"candidate {index + 1} went from {first:.3f} to {last:.3f}"
    )
