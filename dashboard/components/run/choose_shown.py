"""What of a run's candidates the pictures show."""

from __future__ import annotations

import streamlit as st

from background.job import Job
from background.snapshots import Shown, Snapshot
from components.run.view import shown_of
from session import memory


def choose_shown(job: Job, snapshot: Snapshot) -> None:
    """Show which channel's picture is shown, where there is more than one."""
    names = snapshot.heard
    if len(names) < 2:
        return
    key = memory.widget(memory.SHOWN)
    with st.container(horizontal=True, gap="medium", width="content", key="what-is-shown"):
        st.segmented_control(
            "Channel",
            range(len(names)),
            default=shown_of(snapshot).channel,
            required=True,
            format_func=lambda channel: names[channel].capitalize(),
            key=key,
            on_change=_show,
            args=(job, key),
            help="Whose picture is shown, such as the channel that you open in an editor. What you "
            "hear is always all of them.",
        )


def _show(job: Job, key: str) -> None:
    shown = Shown(st.session_state[key])
    memory.put(memory.SHOWN, shown)
    job.show(shown)
