"""A listening test of somebody's run, for whoever was invited to it by a link."""

import streamlit as st

from components.listening.guest import listening_page
from session import memory
from session.links import find_link

link = find_link(st.query_params.get(memory.SHOW_PARAMETER))
if link is None or link.candidate is not None:
    st.title("Nothing to hear here")
    st.markdown("This link is not whole, or whoever made it has taken it back.")
elif not link.title:
    st.title("Nothing to hear here")
    st.markdown("The sound of this link was deleted by whoever made it.")
else:
    listening_page(link)
