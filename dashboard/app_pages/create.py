"""Create a hybrid: choose, start, watch, listen, keep."""

import streamlit as st

import state
from components.gallery import choose_image, choose_track
from components.live import show_losses, show_stage
from components.objectives import choose_objectives, choose_settings
from components.resources import installed, job_manager
from components.results import choose_axes, choose_candidate, listen
from jobs import Job, Request
from moss_core.errors import MossError


def set_up() -> None:
    """Choose the inputs and start."""
    st.title("Make a sound that looks like an image")
    st.markdown(
        "MOSS changes a track so that its spectrogram shows an image while it still sounds like "
        "itself. Choose below, or just press **Start**: a choice is made already."
    )
    left, right = st.columns(2, gap="large")
    with left:
        image = choose_image()
    with right:
        track = choose_track()
    plugins = installed()
    objectives = choose_objectives(plugins)
    config = choose_settings(track, objectives) if objectives else None

    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        ready = image and track and config
        start = st.button(
            "Start", type="primary", icon=":material/play_arrow:", disabled=not ready, width=150
        )
        if image and track and config:
            st.markdown(
                f"**{image.source.title}** on **{track.source.title}**: "
                f"{config.candidates} candidates, {config.steps} steps"
            )
        else:
            st.markdown("Not ready yet: see the message above.")
    if start and image and track and config:
        try:
            job = job_manager().submit(Request(image.source, track.source, config, plugins))
        except MossError as error:
            st.error(str(error), icon=":material/error:")
            return
        state.show_run(job.token)
        st.rerun()


def watch(job: Job) -> None:
    """Watch a run, steer it, listen to it and keep what it made."""
    snapshot = job.look()
    st.title(f"{job.request.image.title} on {job.request.track.title}")
    axes = choose_axes(snapshot)
    show_stage(job, axes)
    if axes:
        candidate = choose_candidate(job, snapshot)
        listen(job, snapshot, candidate)
        show_losses(job)

    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        if snapshot.done:
            st.button(
                "New run",
                type="primary",
                icon=":material/add:",
                width=150,
                on_click=state.leave_run,
            )
            st.markdown("Keep what you like first: a result is kept only for a while.")
        else:
            st.button(
                "Stop",
                type="primary",
                icon=":material/stop:",
                width=150,
                disabled=job.stopping,
                on_click=job.stop,
            )
            st.markdown("You can stop at any step; what it has learned stays.")


token = state.get(state.TOKEN)
job = job_manager().find(token)
if job:
    watch(job)
else:
    if token:
        state.leave_run()
        st.info(
            "The run in this address is no longer kept: newer ones came, or the server was "
            "restarted. Start a new one.",
            icon=":material/info:",
        )
    set_up()
