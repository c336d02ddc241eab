"""The library's shelf: its runs as cards, searched and sorted, and ways to bring one in."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

import state
from components.gallery import Tile, gallery
from components.resources import library
from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.runs import Entry
from sources import title_of

MAX_ZIP_MB = 500
_NEWEST, _TITLE, _COVERED, _STEPS = "Newest", "Title", "Covers most", "Most steps"
_ORDERS: dict[str, tuple[Callable[[Entry], Any], bool]] = {
    _NEWEST: (lambda entry: entry.changed, True),
    _TITLE: (lambda entry: entry.title.casefold(), False),
    _COVERED: (lambda entry: entry.manifest.hypervolume if entry.manifest else -1, True),
    _STEPS: (lambda entry: entry.manifest.steps if entry.manifest else -1, True),
}


def show_shelf(entries: Sequence[Entry]) -> Entry | None:
    """Show the runs to choose from; return the chosen one."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.text_input(
            "Search",
            state.get(state.FOUND),
            key=state.widget(state.FOUND),
            on_change=state.keep,
            args=(state.FOUND,),
            placeholder="Title, image, track or objective",
            icon=":material/search:",
        )
        order = state.get(state.SORTED) or _NEWEST
        st.selectbox(
            "Sort by",
            list(_ORDERS),
            index=list(_ORDERS).index(order),
            key=state.widget(state.SORTED),
            on_change=state.keep,
            args=(state.SORTED,),
            width=170,
        )
    key, reverse = _ORDERS[order]
    shown = sorted((e for e in entries if _matches(e, state.get(state.FOUND))), key=key)
    if reverse:
        shown.reverse()
    if not shown:
        st.info("No run matches the search.", icon=":material/search_off:")
        return None
    chosen = next((e for e in shown if e.id == state.get(state.OPENED)), shown[0])
    count = f"{len(shown)} of {len(entries)} runs" if len(shown) < len(entries) else ""
    if count:
        st.caption(count)
    gallery("runs", "Runs", [_tile(e) for e in shown], chosen.id, _choose, wide=True)
    return chosen


def _choose(run: str) -> None:
    state.put(state.OPENED, run)
    state.put(state.LIBRARY_ERROR, "")


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


def bring_in() -> None:
    """Show the ways to take in a run from elsewhere: a ZIP, or a folder on one's own machine."""
    with st.expander("Bring in a run", icon=":material/add:"):
        st.file_uploader(
            "ZIP of a run, from **Everything (ZIP)** or a folder that `moss optimize` wrote",
            type=["zip"],
            max_upload_size=MAX_ZIP_MB,
            key="run_zip",
            on_change=_take_zip,
        )
        if state.get(state.WORKSPACE) is None:
            st.text_input(
                "Or a folder on this machine, as `moss optimize --out` writes it; press Enter",
                key="run_folder",
                placeholder="out",
                on_change=_take_folder,
            )


def _take_zip() -> None:
    file = st.session_state["run_zip"]
    if file is not None:
        _take(lambda: library().add_zip(file))


def _take_folder() -> None:
    folder = st.session_state["run_folder"].strip()
    if folder:
        _take(lambda: library().add_folder(Path(os.path.expanduser(folder))))  # noqa: PTH111


def _take(add: Callable[[], str]) -> None:
    try:
        _choose(add())
        state.put(state.FOUND, "")
    except MossError as error:
        logger.info("refused: %s", error)
        state.put(state.LIBRARY_ERROR, str(error))
