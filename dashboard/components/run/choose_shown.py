"""What of a run's candidates the pictures show."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from background.job import Job
from background.snapshots import Shown, Snapshot
from components.run.view import shown_of
from moss_core.objectives import OWN_VIEWER
from session import memory
from session.shared import installed


def choose_shown(job: Job, snapshot: Snapshot) -> None:
    """Show which channel's picture is shown, where there are several, and as which program."""
    if not snapshot.heard:
        return
    with st.container(horizontal=True, gap="medium", width="content", key="what-is-shown"):
        if len(snapshot.heard) > 1:
            _choose_channel(job, snapshot)
        _choose_viewer(job, snapshot)


def _choose_channel(job: Job, snapshot: Snapshot) -> None:
    names, now = snapshot.heard, shown_of(snapshot)
    key = memory.widget(memory.SHOWN)
    st.segmented_control(
        "Channel",
        range(len(names)),
        default=now.channel,
        required=True,
        format_func=lambda channel: names[channel].capitalize(),
        key=key,
        on_change=lambda: _show(job, replace(now, channel=st.session_state[key])),
        help="Whose picture is shown, such as the channel that you open in an editor. What you "
        "hear is always all of them.",
    )


def _choose_viewer(job: Job, snapshot: Snapshot) -> None:
    now = shown_of(snapshot)
    others = {name: found.viewer for name, found in installed().viewers.items()}
    others.pop(OWN_VIEWER, None)
    names = [OWN_VIEWER, *others]
    chosen = now.viewer.name if now.viewer else OWN_VIEWER
    key = memory.widget("viewer")
    st.selectbox(
        "As seen in",
        names,
        index=names.index(chosen) if chosen in names else 0,
        format_func=lambda name: others[name].label if name in others else "MOSS",
        key=key,
        width=220,
        on_change=lambda: _show(job, replace(now, viewer=others.get(st.session_state[key]))),
        help="How the picture looks in another program that is set to show just this part. "
        "**Will others see it?** on Front has a score for each, and the settings.",
    )


def _show(job: Job, shown: Shown) -> None:
    memory.put(memory.SHOWN, shown)
    job.show(shown)
