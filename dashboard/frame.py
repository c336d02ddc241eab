"""The frame around every page: settings, navigation, the running job, what a session remembers."""

from pathlib import Path
from typing import Literal

import streamlit as st

from components.run.badge import show_badge
from components.widgets.web import style_pages
from serving.log import start_log
from session import memory
from session.links import title_of_link
from session.shared import title_on_show

ICON = Path(__file__).parent / "web" / "icon.png"

start_log()
# A page's icon would become the tab's, and be asked for at a host of fonts: this one comes first.
st.set_page_config(page_icon=ICON, layout="wide")
create = st.Page("app_pages/create.py", title="Create", icon=":material/add_photo_alternate:")
studio = st.Page("app_pages/studio.py", title="Studio", icon=":material/graphic_eq:")
objectives = st.Page("app_pages/objectives.py", title="Objectives", icon=":material/extension:")
front = st.Page("app_pages/front.py", title="Front", icon=":material/scatter_plot:")
library = st.Page("app_pages/library.py", title="Library", icon=":material/folder_open:")
server = st.Page("app_pages/server.py", title="Server", icon=":material/monitor_heart:")
style_pages()
shown = st.Page("app_pages/shown.py", title="Shown", visibility="hidden")
listen = st.Page("app_pages/listen.py", title="Listen", visibility="hidden")
token = st.query_params.get(memory.SHOW_PARAMETER)
# Who follows a link sees what it shows, and nothing around it.
position: Literal["top", "hidden"] = "top" if token is None else "hidden"
pages = [create, studio, front, library, objectives, shown, listen]
pages += [server] if memory.own_machine() else []
page = st.navigation(pages, position=position)
memory.prepare()
if page in (
    shown,
    listen,
):  # neither a workspace nor a run of the visitor's belongs into its address
    name = title_of_link(token)
else:
    memory.follow_address()
    name = title_on_show() if page in (studio, front) else "" if page == create else page.title
st.set_page_config(f"{name} · MOSS" if name else "MOSS")
if page not in (studio, front, shown, listen):
    show_badge("app_pages/studio.py")
page.run()
