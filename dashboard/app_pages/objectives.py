"""See which objectives are installed, what failed to load and why, and how to write one."""

import streamlit as st

from components.catalogue.guide import show_guide
from components.catalogue.objective_cards import show_failed, show_installed
from components.widgets.details import details, details_switch
from session.shared import installed

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    st.title("Objectives", width="content")
    details_switch()
st.markdown(
    "An objective says how far a hybrid is from the image or from the track; a run makes the "
    "chosen ones small. Each one is a plugin, MOSS's own included."
)
if details():
    st.markdown(
        "Beside its label stands its name, the word for it on the command line. One that you "
        "`pip install` is here the next time this page is opened; after a change to the code of "
        "one that is here, and after `pip install -e`, restart the server."
    )
plugins = installed()
show_installed(plugins)
show_failed(plugins)
show_guide()
