"""The library's runs as cards, searched and sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from components.library.words import images, part_of_song
from components.widgets.details import details
from components.widgets.failures import readable
from components.widgets.gallery import Tile, gallery
from moss_core.runs import Entry
from moss_core.words import count_text
from session import memory
from session.browser import moment
from session.shared import library
from sources.source import title_of

_NEWEST, _TITLE, _BEST, _STEPS, _COVERED = (
    "Newest",
    "Title",
    "Best of both",
    "Most steps",
    "Covers most",
)


def _both(entry: Entry) -> float:
    """Return how much of picture and sound a run has at once; less than nothing where unknown."""
    shares = entry.manifest.opening_shares if entry.manifest else None
    return (shares.picture or 0.0) * (shares.sound or 0.0) if shares else -1.0


_ORDERS: dict[str, tuple[Callable[[Entry], Any], bool]] = {
    _NEWEST: (lambda entry: entry.changed, True),
    _TITLE: (lambda entry: entry.title.casefold(), False),
    _BEST: (_both, True),
    _STEPS: (lambda entry: entry.manifest.steps if entry.manifest else -1, True),
    _COVERED: (lambda entry: entry.manifest.hypervolume if entry.manifest else -1, True),
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
        orders = [name for name in _ORDERS if name != _COVERED or details()]
        kept = memory.get(memory.SORTED)
        order = kept if kept in orders else _NEWEST
        st.selectbox(
            "Sort by",
            orders,
            index=orders.index(order),
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
        files = manifest.image, manifest.track, images(manifest), title_of(manifest.track)
        text = " ".join((text, *files, *names))
    return all(word in text.casefold() for word in words.casefold().split())


def _tile(entry: Entry) -> Tile:
    picture, sound = library().cover(entry.id), library().cover_sound(entry.id)
    alt = f"Picture of {readable(entry.title)}"
    return Tile(entry.id, readable(entry.title), _lines(entry), alt, picture, sound)


def _lines(entry: Entry) -> tuple[str, ...]:
    manifest, saved = entry.manifest, moment(entry.changed)
    if manifest is None:
        return "cannot be opened", saved
    shares = manifest.opening_shares
    count = (
        f"{count_text(len(manifest.candidates), 'candidate')}, {count_text(manifest.steps, 'step')}"
    )
    lines = [str(shares)] if shares else []
    if details():
        lines.append(f"{count}, covers {manifest.hypervolume:.0%}")
        lines.append(", ".join(objective.label for objective in manifest.objectives))
    else:
        lines.append(count)
    return *lines, part_of_song(manifest), saved
