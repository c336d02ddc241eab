"""Batches of the library: each is one entry, which opens into its rows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.library.run_details import go, show_run_details
from components.widgets.failures import plain, readable
from components.widgets.gallery import Tile, gallery
from components.widgets.press import press_button
from moss_core.batch import Place, Standing, words_of
from session import memory
from session.allowance import check_room
from session.browser import moment_of
from session.shared import library, open_run

_POLL_SECONDS, _MOST_SHOWN = 2.0, 200
_STATES = {"waiting": "waiting", "begun": "at work, or interrupted", "failed": "failed"}


def show_batches(places: Sequence[Place]) -> None:
    """Show the batches to open."""
    if places:
        gallery("batches", "Batches", [_tile(place) for place in places], "", _open, wide=True)


def open_batch(places: Sequence[Place]) -> Place | None:
    """Return the batch that is open, if one is."""
    return next((p for p in places if p.folder.name == memory.get(memory.BATCH)), None)


def show_batch(place: Place) -> None:
    """Show the rows of a batch, and the chosen one in detail."""
    press_button("All runs", lambda: _open(""), icon=":material/arrow_back:")
    st.subheader(plain(place.title))
    standings = place.glance()
    ended = _ended(standings)
    st.fragment(_follow, run_every=None if ended else _POLL_SECONDS)(place, ended)
    shown = standings[:_MOST_SHOWN]
    if len(shown) < len(standings):
        st.caption(f"The first {len(shown)} of {len(standings):,} rows.")
    chosen = next((one for one in shown if one.name == memory.get(memory.ROW)), shown[0])
    left, right = st.columns([1.8, 1], gap="large")
    with left:
        tiles = [_row_tile(place, one) for one in shown]
        gallery("rows", "Rows", tiles, chosen.name, _choose, wide=True)
    with right:
        _show_row(place, chosen)


def _follow(place: Place, ended: bool) -> None:
    standings = place.glance()
    share = sum(one.state in ("done", "failed") for one in standings) / len(standings)
    st.progress(share, f"{words_of(standings)}. Begun {moment_of(place.created)}.")
    if _ended(standings) and not ended:
        st.rerun()


def _ended(standings: Sequence[Standing]) -> bool:
    return all(one.state in ("done", "failed") for one in standings)


def _show_row(place: Place, standing: Standing) -> None:
    entry = place.entry(standing.name)
    if standing.state == "failed":
        st.error(plain(standing.reason), icon=":material/error:")
    elif standing.reason:
        st.warning(plain(standing.reason), icon=":material/warning:")
    if entry.manifest is None:
        if standing.state != "failed":
            st.subheader(plain(standing.name))
            st.caption("Nothing was learned yet.")
        return
    show_run_details(entry)
    if st.button("Open a copy", type="primary", icon=":material/folder_open:"):
        go("app_pages/front.py", lambda: _open_copy(place, standing.name))


def _open_copy(place: Place, name: str) -> None:
    check_room(library().folder)
    memory.go_to_run(open_run(library().add_folder(place.run_folder(name))).token)


def _tile(place: Place) -> Tile:
    standings = place.glance()
    first = next((one.name for one in standings if one.state == "done"), "")
    title = readable(place.title)
    lines = (f"Batch: {words_of(standings)}", moment_of(place.created))
    picture = place.cover(first) if first else b""
    return Tile(place.folder.name, title, lines, f"Picture of {title}", picture)


def _row_tile(place: Place, standing: Standing) -> Tile:
    manifest = place.manifest(standing.name) if standing.state != "waiting" else None
    lines = [] if standing.state == "done" else [_STATES[standing.state]]
    if manifest and manifest.opening_shares:
        lines.append(str(manifest.opening_shares))
    title = f"{standing.number}. {readable(standing.name)}"
    picture = place.cover(standing.name)
    return Tile(standing.name, title, tuple(lines), f"Picture of {title}", picture)


def _open(folder: str) -> None:
    memory.put(memory.BATCH, folder)
    memory.put(memory.ROW, "")


def _choose(row: str) -> None:
    memory.put(memory.ROW, row)
