"""The runs of this workspace: search, open, rename, duplicate, delete, compare."""

import streamlit as st

from components.library.batches import open_batch, show_batch, show_batches
from components.library.bring_in import bring_in
from components.library.compare_fronts import compare_with
from components.library.run_details import show_actions, show_run_details, show_undo
from components.library.run_list import show_run_list
from components.library.where import show_going, where
from components.widgets.details import details_switch
from components.widgets.failures import plain
from moss_core.batch import batches_in
from moss_core.errors import MossError
from session.shared import library

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    st.title("Library", width="content")
    details_switch()
where()
show_undo()
try:
    entries = library().entries()
except MossError as error:
    entries = ()
    st.error(plain(str(error)), icon=":material/error:")

batches = batches_in(library().folder)
batch = open_batch(batches)
show_going(entries)
if batch:
    show_batch(batch)
elif entries or batches:
    show_batches(batches)
    left, right = st.columns([1.8, 1], gap="large")
    with left:
        chosen = show_run_list(entries) if entries else None
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
