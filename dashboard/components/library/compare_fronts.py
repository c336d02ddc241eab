"""The fronts of two runs, one over the other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from charts.two_runs import two_fronts_rows, two_fronts_spec
from components.widgets.chart import chart
from moss_core.runs import Entry
from session import memory
from session.browser import moment


def compare_with(entry: Entry, entries: Sequence[Entry]) -> None:
    """Show the fronts of two runs in one chart, where they have objectives in common."""
    others = {other.id: other for other in entries if other.manifest and other.id != entry.id}
    if not entry.manifest or not others:
        return
    against = memory.get(memory.AGAINST) if memory.get(memory.AGAINST) in others else None
    st.selectbox(
        "Compare its front with",
        list(others),
        index=list(others).index(against) if against else None,
        format_func=lambda run: f"{others[run].title} ({moment(others[run].changed)})",
        placeholder="Choose another run",
        key=memory.widget(memory.AGAINST),
        on_change=memory.keep,
        args=(memory.AGAINST,),
    )
    if against:
        _two_fronts(entry, others[against])


def _two_fronts(entry: Entry, other: Entry) -> None:
    assert entry.manifest
    assert other.manifest
    theirs = {objective.name for objective in other.manifest.objectives}
    common = [o for o in entry.manifest.objectives if o.name in theirs]
    across = next((o for o in common if o.domain == "audio"), None)
    up = next((o for o in common if o.domain == "image"), None)
    if not across or not up:
        st.info(
            "These two have no image objective and no audio objective in common, so that their "
            "losses cannot be laid side by side.",
            icon=":material/info:",
        )
        return
    titles = (f"A: {entry.title}", f"B: {other.title}")
    runs = list(zip(titles, (entry.manifest, other.manifest), strict=True))
    chart(
        "two-fronts",
        two_fronts_spec(across.label, up.label, titles),
        two_fronts_rows(runs, across.name, up.name),
        f"Fronts of {entry.title} and {other.title} by {across.label} and {up.label}",
    )
    same = (
        entry.manifest.image_sha256 == other.manifest.image_sha256
        and entry.manifest.right_sha256 == other.manifest.right_sha256
        and entry.manifest.track_sha256 == other.manifest.track_sha256
    )
    if not same:
        st.caption(
            "They were made from different images or tracks: a loss says how far each is from "
            "its own."
        )
