"""Where what MOSS logs goes when the dashboard runs."""

from __future__ import annotations

import os

import streamlit as st

from moss_core.errors import MossError
from moss_core.machine import VARIABLE, configure, logger


@st.cache_resource(show_spinner=False)
def start_log() -> None:
    """Log to the server's standard error; a level that is none is told there, not to visitors."""
    try:
        configure(os.environ.get(VARIABLE) or "warning")
    except MossError as error:
        configure("warning")
        logger.warning("%s", error)
