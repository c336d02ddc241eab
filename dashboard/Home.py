"""The dashboard's frame: page settings, navigation, the running job, what a session remembers."""

from pathlib import Path

import streamlit as st

from components.run.badge import show_badge
from session import memory
from session.shared import start_log, title_on_show

ICON = Path(__file__).parent / "web" / "icon.png"  # an icon's name would load a font from elsewhere

start_log()
create = st.Page("app_pages/create.py", title="Create", icon=":material/add_photo_alternate:")
studio = st.Page("app_pages/studio.py", title="Studio", icon=":material/graphic_eq:")
objectives = st.Page("app_pages/objectives.py", title="Objectives", icon=":material/extension:")
front = st.Page("app_pages/front.py", title="Front", icon=":material/scatter_plot:")
library = st.Page("app_pages/library.py", title="Library", icon=":material/folder_open:")
page = st.navigation([create, studio, front, library, objectives], position="top")
memory.prepare()
of_run = page in (studio, front)
name = title_on_show() if of_run else "" if page == create else page.title
st.set_page_config(f"{name} · MOSS" if name else "MOSS", ICON, layout="wide")
if not of_run:
    show_badge("app_pages/studio.py")
page.run()
