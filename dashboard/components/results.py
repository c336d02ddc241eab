"""What a viewer does with a run: pick a candidate, steer it, listen to it, keep it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import state
from components.live import picked
from jobs import Job, Snapshot
from moss_core.objectives import Objective
from moss_core.optimizer import image_share


def choose_axes(snapshot: Snapshot) -> tuple[Objective, Objective] | None:
    """Return the audio and the image objective that span the front; offer a choice if there is one.

    Returns None before the first result.
    """
    if snapshot.state is None:
        return None
    by_domain = {
        domain: [o for o in snapshot.objectives if o.domain == domain]
        for domain in ("audio", "image")
    }
    if len(snapshot.objectives) == 2:
        return by_domain["audio"][0], by_domain["image"][0]
    with st.container(horizontal=True, horizontal_alignment="right"):
        across, up = (
            st.selectbox(
                f"Front: {direction}",
                offered,
                format_func=lambda objective: objective.label,
                key=f"axis:{direction}",
                width=230,
            )
            if len(offered) > 1
            else offered[0]
            for direction, offered in (
                ("audio objective, left to right", by_domain["audio"]),
                ("image objective, bottom to top", by_domain["image"]),
            )
        )
    return across, up


def choose_candidate(job: Job, snapshot: Snapshot) -> int:
    """Show the candidate picker, and the steering while the run runs; return the candidate."""
    candidate = picked(snapshot)
    last = len(snapshot.candidates)
    one, two = st.columns(2, gap="medium")
    key = state.widget(state.PICKED)
    st.session_state[key] = candidate + 1
    with one:
        if last > 1:
            st.slider(
                f"Candidate (1 = most track, {last} = most image)",
                1,
                last,
                key=key,
                on_change=_pick,
                args=(job,),
            )
    with two:
        if not snapshot.done:
            _steering(job, snapshot, candidate)
    return candidate


def _pick(job: Job) -> None:
    candidate = st.session_state[state.widget(state.PICKED)] - 1
    job.watch(candidate)
    state.pick(candidate)


def _steering(job: Job, snapshot: Snapshot, candidate: int) -> None:
    preference = next(c.preference for c in snapshot.candidates if c.index == candidate)
    share = image_share(snapshot.objectives, preference)
    key = f"steer:{job.token}:{candidate}"
    st.slider(
        f"Steer candidate {candidate + 1}: weight on the image (%)",
        0,
        100,
        round(100 * share),
        step=5 if round(100 * share) % 5 == 0 else 1,
        key=key,
        help="The rest is on the track. It takes effect at the next step; nothing learned is lost.",
        on_change=lambda: job.steer(candidate, st.session_state[key] / 100),
    )


def listen(job: Job, snapshot: Snapshot, candidate: int) -> None:
    """Show the track's player, the candidate's, and the downloads."""
    st.subheader("Listen")
    track, hybrid = st.columns(2, gap="medium")
    with track:
        content = job.request.track.content
        st.markdown(f"**The track**, {job.request.track.title}")
        data = str(content) if isinstance(content, Path) else content
        st.audio(data, alt=f"The track {job.request.track.title}")
    with hybrid:
        _hybrid(job, snapshot, candidate)


def _hybrid(job: Job, snapshot: Snapshot, candidate: int) -> None:
    step, wav = snapshot.step, None
    if snapshot.done:
        wav = job.sound(candidate, snapshot)
    else:
        heard = state.get(state.HEARD)
        if heard and heard[:2] == (job.token, candidate):
            step, wav = heard[2:]
    step_now = "now" if wav is None else "again, at the latest step"
    if wav is None:
        st.markdown(f"**Candidate {candidate + 1}**, still learning")
    else:
        st.markdown(f"**Candidate {candidate + 1}**, step {step}")
        st.audio(wav, format="audio/wav", alt=f"Candidate {candidate + 1} at step {step}")
    with st.container(horizontal=True, gap="small"):
        if not snapshot.done:
            st.button(
                f"Listen {step_now}",
                icon=":material/hearing:",
                on_click=_hear,
                args=(job, candidate),
            )
        if wav is not None:
            name = _file_name(job, candidate, step)
            st.download_button(
                "Sound (WAV)",
                wav,
                f"{name}.wav",
                "audio/wav",
                icon=":material/download:",
                on_click="ignore",
                help="What you hear, 16 bit, at the track's own rate and channels.",
            )
        if snapshot.done:
            st.download_button(
                "Picture (PNG)",
                job.picture(candidate, snapshot),
                f"{_file_name(job, candidate, step)}.png",
                "image/png",
                icon=":material/image:",
                on_click="ignore",
                help="The spectrogram of the sound, one pixel a cell.",
            )


def _hear(job: Job, candidate: int) -> None:
    snapshot = job.look()
    wav = job.sound(candidate, snapshot)
    state.put(state.HEARD, (job.token, candidate, snapshot.step, wav))


def _file_name(job: Job, candidate: int, step: int) -> str:
    image, track = (Path(s.name).stem for s in (job.request.image, job.request.track))
    return f"moss-{image}-{track}-candidate-{candidate + 1}-step-{step}"
