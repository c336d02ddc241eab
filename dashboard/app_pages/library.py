"""The runs of this workspace: search, open, rename, duplicate, delete, compare."""

import streamlit as st

from components.library.bring_in import bring_in
from components.library.compare_fronts import compare_with
from components.library.run_details import show_actions, show_run_details, show_undo
from components.library.run_list import show_run_list
from components.widgets.details import details_switch
from moss_core.errors import MossError
from session import memory
from session.shared import library


def show_where() -> None:
    """Say where the runs lie, and who can see them."""
    if memory.get(memory.WORKSPACE) is None:
        st.caption(f"Kept on this machine, in {library().folder}.")
    else:
        st.caption(
            ":material/key: The address of this page, as of every other one here, holds the key "
            "to these runs: bookmark it, and give it only to whom you trust. Without it "
            "nobody sees them. To show one run, send its ZIP."
        )


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    st.title("Library", width="content")
    details_switch()
show_where()
show_undo()
try:
    entries = library().entries()
except MossError as error:
    entries = ()
    st.error(str(error), icon=":material/error:")

if entries:
    left, right = st.columns([1.8, 1], gap="large")
    with left:
        chosen = show_run_list(entries)
        bring_in()
    if chosen:
        with right:
            show_run_details(chosen)
            compare_with(chosen, entries)
        with st.bottom:
            show_actions(chosen)
else:
    st.markdown(
        "Every run is kept here by itself: it can be opened, steered and extended later. There is "
        "none yet."
    )
    if st.button("Create a hybrid", type="primary", icon=":material/add:"):
        st.switch_page("app_pages/create.py")
    bring_in()
