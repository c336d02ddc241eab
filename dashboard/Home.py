"""The dashboard's frame: page settings, navigation, the running job, what a session remembers."""

import streamlit as st

from components.run.badge import show_badge
from components.widgets.web import style_pages
from session import memory
from session.shared import start_log

start_log()
st.set_page_config(page_title="MOSS", page_icon=":material/graphic_eq:", layout="wide")
create = st.Page("app_pages/create.py", title="Create", icon=":material/add_photo_alternate:")
studio = st.Page("app_pages/studio.py", title="Studio", icon=":material/graphic_eq:")
objectives = st.Page("app_pages/objectives.py", title="Objectives", icon=":material/extension:")
front = st.Page("app_pages/front.py", title="Front", icon=":material/scatter_plot:")
library = st.Page("app_pages/library.py", title="Library", icon=":material/folder_open:")
style_pages()
page = st.navigation([create, studio, front, library, objectives], position="top")
memory.prepare()
if page not in (studio, front):
    show_badge("app_pages/studio.py")
page.run()
