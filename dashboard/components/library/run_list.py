"""The library's runs as cards, searched and sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from components.widgets.gallery import Tile, gallery
from moss_core.runs import Entry
from session import memory
from session.shared import library
from sources.source import title_of

_NEWEST, _TITLE, _COVERED, _STEPS = "Newest", "Title", "Covers most", "Most steps"
_ORDERS: dict[str, tuple[Callable[[Entry], Any], bool]] = {
    _NEWEST: (lambda entry: entry.changed, True),
    _TITLE: (lambda entry: entry.title.casefold(), False),
    _COVERED: (lambda entry: entry.manifest.hypervolume if entry.manifest else -1, True),
    _STEPS: (lambda entry: entry.manifest.steps if entry.manifest else -1, True),
}


def show_run_list(entries: Sequence[Entry]) -> Entry | None:
    """Show the runs to choose from; return the chosen one."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.text_input(
            "Search",
            memory.get(memory.FOUND),
            key=memory.widget(memory.FOUND),
            on_change=memory.keep,
            args=(memory.FOUND,),
            placeholder="Title, image, track or objective",
            icon=":material/search:",
        )
        order = memory.get(memory.SORTED) or _NEWEST
        st.selectbox(
            "Sort by",
            list(_ORDERS),
            index=list(_ORDERS).index(order),
            key=memory.widget(memory.SORTED),
            on_change=memory.keep,
            args=(memory.SORTED,),
            width=170,
        )
    key, reverse = _ORDERS[order]
    shown = sorted((e for e in entries if _matches(e, memory.get(memory.FOUND))), key=key)
    if reverse:
        shown.reverse()
    if not shown:
        st.info("No run matches the search.", icon=":material/search_off:")
        return None
    chosen = next((e for e in shown if e.id == memory.get(memory.OPENED)), shown[0])
    count = f"{len(shown)} of {len(entries)} runs" if len(shown) < len(entries) else ""
    if count:
        st.caption(count)
    gallery("runs", "Runs", [_tile(e) for e in shown], chosen.id, choose_run, wide=True)
    return chosen


def choose_run(run: str) -> None:
    """Show this run in detail."""
    memory.put(memory.OPENED, run)
    memory.put(memory.LIBRARY_ERROR, "")


def _matches(entry: Entry, words: str) -> bool:
    manifest = entry.manifest
    text = entry.title
    if manifest:
        names = (objective.label for objective in manifest.objectives)
        text = " ".join(
            (
                text,
                manifest.image,
                manifest.track,
                title_of(manifest.image),
                title_of(manifest.track),
                *names,
            )
        )
    return all(word in text.casefold() for word in words.casefold().split())


def _tile(entry: Entry) -> Tile:
    manifest = entry.manifest
    if manifest is None:
        lines: tuple[str, ...] = ("cannot be opened", day(entry.changed))
    else:
        count = len(manifest.candidates)
        many = "1 candidate" if count == 1 else f"{count} candidates"
        lines = (
            f"{many}, step {manifest.steps}, covers {manifest.hypervolume:.0%}",
            ", ".join(objective.label for objective in manifest.objectives),
            day(entry.changed),
        )
    picture = library().cover(entry.id)
    return Tile(entry.id, entry.title, lines, f"Picture of {entry.title} at its knee", picture)


def day(seconds: float) -> str:
    """Return a date for people, in universal time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M UTC")
