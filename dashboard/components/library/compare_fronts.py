"""The fronts of two runs, one over the other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from charts.two_runs import (
    two_fronts_rows,
    two_fronts_spec,
    two_shares_rows,
    two_shares_spec,
)
from components.widgets.chart import chart
from components.widgets.details import details
from components.widgets.failures import readable
from moss_core.runs import Entry, Manifest
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
        format_func=lambda run: f"{readable(others[run].title)} ({moment(others[run].changed)})",
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
    titles = (f"A: {readable(entry.title)}", f"B: {readable(other.title)}")
    runs = list(zip(titles, (entry.manifest, other.manifest), strict=True))
    known = all(manifest.opening_shares for _, manifest in runs)
    if known and not details():
        words = f"Fronts of {titles[0]} and {titles[1]} by their shares of picture and sound"
        chart("two-shares", two_shares_spec(titles), two_shares_rows(runs), words)
    elif not _by_losses(runs):
        return
    first, second = entry.manifest, other.manifest
    same = (
        first.image_sha256 == second.image_sha256
        and first.right_sha256 == second.right_sha256
        and first.track_sha256 == second.track_sha256
    )
    if not same:
        st.caption(
            "They were made from different images or tracks: each is measured by how far it is "
            "from its own."
        )


def _by_losses(runs: Sequence[tuple[str, Manifest]]) -> bool:
    """Show two fronts by the objectives that both have; return whether there are such."""
    (one, first), (other, second) = runs
    theirs = {objective.name for objective in second.objectives}
    common = [o for o in first.objectives if o.name in theirs]
    across = next((o for o in common if o.domain == "audio"), None)
    up = next((o for o in common if o.domain == "image"), None)
    if not across or not up:
        st.info(
            "These two have no image objective and no audio objective in common, so that their "
            "losses cannot be laid side by side.",
            icon=":material/info:",
        )
        return False
    chart(
        "two-fronts",
        two_fronts_spec(across.label, up.label, (one, other)),
        two_fronts_rows(runs, across.name, up.name),
        f"Fronts of {one} and {other} by {across.label} and {up.label}",
    )
    return True
