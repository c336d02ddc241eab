"""How the server is: for the machine's own user, who is asked when something does not work."""

import streamlit as st

from background.health.keeper import keeper
from components.server.state import show_state
from components.widgets.failures import plain
from moss_core.machine import data_folder

st.title("Server")
st.markdown("What MOSS is doing on this machine. Nobody else sees this page.")
show_state()
seen = keeper().latest
st.caption(
    f"MOSS {seen.version}, {seen.profile}, process {seen.pid}. All is kept in "
    f"{plain(str(data_folder()))}. "
    "`moss status` says the same on the command line."
)
