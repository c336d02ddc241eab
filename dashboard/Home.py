"""The dashboard's frame: page settings, navigation, and what a session remembers."""

import streamlit as st

import state

st.set_page_config(page_title="MOSS", page_icon=":material/graphic_eq:", layout="wide")
page = st.navigation(
    [st.Page("app_pages/create.py", title="Create", icon=":material/graphic_eq:", default=True)],
    position="top",
)
state.prepare()
page.run()
