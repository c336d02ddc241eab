"""The dashboard's frame: page settings, navigation, and what a session remembers."""

import os

# Torch's threads spin while they wait for each other, which starves a browser on the same cores
# (and then themselves); read when torch is loaded, so it stands before the imports that do.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import streamlit as st

import state

st.set_page_config(page_title="MOSS", page_icon=":material/graphic_eq:", layout="wide")
page = st.navigation(
    [st.Page("app_pages/create.py", title="Create", icon=":material/graphic_eq:", default=True)],
    position="top",
)
state.prepare()
page.run()
