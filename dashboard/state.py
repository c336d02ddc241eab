"""What a visitor's session remembers: every session-state key and its default, in one place."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sources import Card, sample_images, sample_tracks

RUN_PARAMETER = "run"

IMAGE = "image"
"""Name of the chosen image: a sample's file name, or UPLOADED."""
TRACK = "track"
"""Name of the chosen track, likewise."""
UPLOADED = "uploaded"
UPLOADS = "uploads"
"""Card of the last good upload by kind, "image" or "track"; keeps the bytes."""
UPLOAD_ERRORS = "upload_errors"
"""What was wrong with the last upload, by kind."""
OBJECTIVES = "objectives"
"""Names of the chosen objectives."""
CANDIDATES, STEPS, SEED = "candidates", "steps", "seed"
LOW, HIGH, AXIS = "low", "high", "axis"
TOKEN = "token"
"""Token of the run on show."""
PICKED = "picked"
"""Index of the candidate on show."""
HEARD = "heard"
"""(token, candidate, step, WAV) of what was last asked to be heard."""
CHART_EPOCH = "chart_epoch"
"""Counts the times the candidate was picked elsewhere, which clears the front chart's own pick."""

DEFAULT_OBJECTIVES = ("lpips", "ssim", "multi_resolution_stft")


def prepare() -> None:
    """Fill in what this session does not have yet, and take the run from the address."""
    images, tracks = sample_images(), sample_tracks()
    defaults: dict[str, Any] = {
        IMAGE: images[0].name if images else "",
        TRACK: tracks[0].name if tracks else "",
        UPLOADS: {},
        UPLOAD_ERRORS: {},
        OBJECTIVES: DEFAULT_OBJECTIVES,
        CANDIDATES: 9,
        STEPS: 60,
        SEED: 0,
        LOW: 0,
        HIGH: 8000,
        AXIS: "linear",
        TOKEN: st.query_params.get(RUN_PARAMETER),
        PICKED: None,
        HEARD: None,
        CHART_EPOCH: 0,
    }
    for key, value in defaults.items():
        st.session_state.setdefault(key, value)
    if st.session_state[TOKEN]:
        st.query_params[RUN_PARAMETER] = st.session_state[TOKEN]


def get(key: str) -> Any:
    """Return what the session remembers under a key."""
    return st.session_state[key]


def put(key: str, value: Any) -> None:
    """Remember a value."""
    st.session_state[key] = value


def keep(key: str) -> None:
    """Copy a widget's value to the session's own key; widgets forget theirs when hidden."""
    st.session_state[key] = st.session_state[widget(key)]


def widget(key: str) -> str:
    """Return the key of the widget that edits a remembered value."""
    return f"{key}_widget"


def upload(kind: str) -> Card | None:
    """Return the last good upload of a kind, "image" or "track"."""
    card: Card | None = st.session_state[UPLOADS].get(kind)
    return card


def show_run(token: str) -> None:
    """Go to a run."""
    put(TOKEN, token)
    put(PICKED, None)
    put(HEARD, None)
    st.query_params[RUN_PARAMETER] = token


def leave_run() -> None:
    """Go back to the set-up."""
    put(TOKEN, None)
    st.query_params.pop(RUN_PARAMETER, None)


def pick(candidate: int, *, from_chart: bool = False) -> None:
    """Show another candidate."""
    put(PICKED, candidate)
    if not from_chart:
        put(CHART_EPOCH, get(CHART_EPOCH) + 1)
