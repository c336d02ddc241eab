"""Where what MOSS logs goes when the dashboard runs."""

from __future__ import annotations

import logging
import os

import streamlit as st

from moss_core.errors import MossError
from moss_core.machine import FORMAT_VARIABLE, FORMATS, VARIABLE, Known, configure, logger


@st.cache_resource(show_spinner=False)
def start_log() -> None:
    """Log to the server's standard error; a level that is none is told there, not to visitors."""
    form = os.environ.get(FORMAT_VARIABLE) or FORMATS[0]
    try:
        configure(os.environ.get(VARIABLE) or "warning", form)
    except MossError as error:
        configure("warning", form if form in FORMATS else FORMATS[0])
        logger.warning("%s: %s", Known(error.thing), error)


def log_pages_once() -> None:
    """Keep what Streamlit logs of a page that failed out of the log, where MOSS logs it itself.

    It would be there twice, without its id, and with words that may be a visitor's.
    """
    logging.getLogger("streamlit.error_util").addFilter(
        lambda record: record.msg != "Uncaught app execution"
    )
