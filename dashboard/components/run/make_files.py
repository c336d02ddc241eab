"""Files that take a while: videos, ZIPs and the table, made while the page goes on."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from background.downloads.export import Export, Exports, Order
from background.downloads.orders import (
    candidate_zip_order,
    film_order,
    has_past,
    table_order,
    zip_order,
)
from components.run.view import View
from components.widgets.failures import plain
from components.widgets.press import pressed
from moss_core.errors import MossError
from moss_core.runs import FILMS, SHAPES
from session import memory
from sources.cards import length_text

_POLL_SECONDS = 0.5
_FILES = {"video": "Video", "zip": "ZIP", "table": "Table"}
_FILM_LABELS = {"picture": "Picture", "morph": "Morph", "learning": "Learning"}


def make_files(view: View, run_name: str, candidate_name: str, shown: str) -> None:
    """Show what can be made of a run, or the file that is being made.

    Args:
        view: what is on the page.
        run_name: the beginning of the names of files of the whole run.
        candidate_name: that of files of the candidate on show.
        shown: what of the candidate is shown, as the end of a file's name.
    """
    exports = view.job.exports
    st.markdown("**Make a file** :gray[(takes a while; you may leave the page)]")
    export = exports.latest
    if export and export.status.at_work:
        _show_at_work(export)
        return
    if export:
        _show_made(exports, export)
    _choose(_FILES, memory.FILE, "What to make")
    kind = memory.get(memory.FILE)
    try:
        if kind == "video":
            order = _film(view, run_name, candidate_name, shown)
        elif kind == "zip":
            order = _zip(view, run_name, candidate_name)
        else:
            order = table_order(view.job, view.snapshot, run_name)
    except MossError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if order is None:
        return
    size, seconds = order.needs
    st.caption(
        f"{plain(order.what)}: about {_size_text(size)}, about {_wait_text(seconds)} to make."
    )
    ready = export is not None and export.status.state == "ready"
    if pressed(
        f"Make the {order.kind}",
        "make-file",
        type="secondary" if ready else "primary",
        icon=":material/build:",
    ):
        exports.start(order)
        st.rerun()


def _film(view: View, run_name: str, candidate_name: str, shown: str) -> Order | None:
    _choose(_FILM_LABELS, memory.FILM, "What it shows")
    kind = memory.get(memory.FILM)
    st.caption(f"{FILMS[kind]}, with a playhead, while the canvas's part of the track plays.")
    if kind == "learning" and not has_past(view.job, view.snapshot, view.candidate):
        st.caption(
            ":material/history_toggle_off: No pictures of past steps are kept of this run: it "
            "learned elsewhere, or was cut off before it rested. Learn some more steps, or film "
            "the picture."
        )
        return None
    _choose({word: shape.label for word, shape in SHAPES.items()}, memory.SHAPE, "Shape")
    st.toggle(
        "Begin with the title",
        memory.get(memory.CARD),
        key=memory.widget(memory.CARD),
        on_change=memory.keep,
        args=(memory.CARD,),
    )
    name = f"{run_name}-morph" if kind == "morph" else f"{candidate_name}{shown}"
    return film_order(
        view.job,
        view.snapshot,
        view.candidate,
        kind,
        memory.get(memory.SHAPE),
        memory.get(memory.CARD),
        view.shown,
        f"{name}-learning.mp4" if kind == "learning" else f"{name}.mp4",
    )


def _zip(view: View, run_name: str, candidate_name: str) -> Order:
    count = len(view.snapshot.candidates)
    if count > 1:
        parts = {"one": f"Candidate {view.number}", "all": f"All {count} candidates"}
        _choose(parts, memory.PARTS, "Of what")
        if memory.get(memory.PARTS) == "one":
            return candidate_zip_order(view.job, view.snapshot, view.candidate, candidate_name)
    st.caption("The Library and `moss resume` open it again.")
    return zip_order(view.job, view.snapshot, run_name)


def _choose(labels: Mapping[str, str], key: str, label: str) -> None:
    """Show a choice of words, remembered under a key."""
    st.segmented_control(
        label,
        list(labels),
        default=memory.get(key),
        required=True,
        format_func=labels.__getitem__,
        key=memory.widget(key),
        on_change=memory.keep,
        args=(key,),
        label_visibility="collapsed",
    )


def _show_at_work(export: Export) -> None:
    st.caption(plain(export.order.file_name))
    st.fragment(_watch, run_every=_POLL_SECONDS)(export, [])
    st.button(
        "Cancel",
        icon=":material/close:",
        on_click=export.cancel,
        disabled=export.cancelling,
        key="cancel-file",
    )


def _watch(export: Export, calls: list[None]) -> None:
    """Show how far it is; when it is done, the page is drawn anew."""
    status = export.status
    if status.state == "waiting":
        words = ":material/hourglass_top: Waiting for another file"
    else:
        words = f":material/build: {plain(status.doing) or 'Beginning'} · {status.done:.0%}"
    if export.cancelling:
        words = ":material/close: Cancelling after this part"
    st.progress(status.done, text=words)
    # The first call is part of drawing the page, which shows what comes next by itself.
    if calls and not status.at_work:
        st.rerun()
    calls.append(None)


def _show_made(exports: Exports, export: Export) -> None:
    status, name = export.status, export.order.file_name
    if status.state == "failed":
        st.error(plain(status.doing), icon=":material/error:")
    elif status.state == "cancelled":
        st.caption("Cancelled or forgotten: nothing of it is kept.")
    else:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.download_button(
                f"Download the {export.order.kind} ({_size_text(status.size)})",
                export.content,
                name,
                export.order.mimetype,
                type="primary",
                icon=":material/download:",
                on_click="ignore",
                key="download-file",
            )
            st.button(
                "Forget it",
                type="tertiary",
                icon=":material/delete:",
                on_click=exports.forget,
            )
        st.caption(f"{plain(name)}: kept for half an hour, or until another one is made.")


def _size_text(size: int) -> str:
    if size < 100_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1e6:,.1f} MB" if size < 10e6 else f"{size / 1e6:,.0f} MB"


def _wait_text(seconds: float) -> str:
    return length_text(max(1, round(seconds))).replace(".0 s", " s")
