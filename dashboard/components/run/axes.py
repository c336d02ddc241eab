"""Which two objectives span the front."""

from __future__ import annotations

import streamlit as st

from background.snapshots import Snapshot
from components.run.view import axes_of
from components.widgets.details import details
from moss_core.objectives import Objective
from session import memory


def choose_axes(snapshot: Snapshot) -> None:
    """Show which two objectives span the front, where they are shown and there is a choice."""
    if not details():
        return
    axes = axes_of(snapshot)
    if axes is None or len(snapshot.objectives) < 3:
        return
    with st.container(horizontal=True, gap="medium", key="axes"):
        _choose(snapshot, axes)


def _choose(snapshot: Snapshot, axes: tuple[Objective, Objective]) -> None:
    names = (memory.ACROSS, "Front, left to right"), (memory.UP, "Front, bottom to top")
    for (key, label), chosen, other in zip(names, axes, reversed(axes), strict=True):
        offered = {o.name: o.label for o in snapshot.objectives if o is not other}
        if len(offered) > 1:
            st.selectbox(
                label,
                list(offered),
                index=list(offered).index(chosen.name),
                format_func=offered.__getitem__,
                key=memory.widget(key),
                on_change=memory.keep,
                args=(key,),
            )
