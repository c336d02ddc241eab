"""The dashboard's entry point: Streamlit's server, with MOSS's own routes and middleware."""

from pathlib import Path
from runpy import run_path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.widgets.failures import show_unexpected
from serving.door import MIDDLEWARE, ROUTES, lifespan

FRAME = Path(__file__).with_name("frame.py")

# `streamlit run` reads the sources for a line like this one, and serves what it names.
if get_script_run_ctx(suppress_warning=True) is None:
    app = st.App(
        FRAME,
        routes=ROUTES,
        middleware=MIDDLEWARE,
        lifespan=lifespan,
        on_script_error=show_unexpected,
    )
else:  # a host that runs this file as a page: all works but what the server itself would do
    run_path(str(FRAME))
