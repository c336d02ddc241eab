"""One run of the library: what it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.library.duplicate import duplicate
from components.library.words import images, places
from components.widgets.details import details
from components.widgets.failures import plain, readable
from components.widgets.press import press_button
from moss_core.errors import MossError
from moss_core.runs import MAX_TITLE, Entry, Manifest
from moss_core.words import count_text
from session import memory
from session.browser import moment, moment_of
from session.shared import find_job, installed, library, open_run
from sources.cards import length_text
from sources.source import title_of


def show_run_details(entry: Entry) -> None:
    """Show what a run is."""
    manifest = entry.manifest
    st.subheader(plain(entry.title))
    if manifest is None:
        st.error(plain(entry.trouble), icon=":material/error:")
        return
    rows = _rows(manifest) | {"Saved": moment(entry.changed)}
    if details() and memory.get(memory.WORKSPACE) is None:
        rows["Folder"] = entry.id
    told = [f":gray[{label}:] {plain(value)}" for label, value in rows.items()]
    st.markdown("  \n".join(told))
    missing = [o.label for o in manifest.objectives if o.name not in installed().installed]
    if missing:
        st.warning(
            f"Not installed any more: {plain(', '.join(missing))}. The run opens without.",
            icon=":material/extension_off:",
        )


def _rows(manifest: Manifest) -> dict[str, str]:
    """Return what is told of a run, and more of it with details."""
    shares = manifest.opening_shares
    several = bool(manifest.right or manifest.others)
    rows = {"Reached": str(shares)} if shares else {}
    rows |= {
        "Images" if several else "Image": images(manifest),
        "Track": f"{title_of(manifest.track)}, {length_text(manifest.track_seconds)}",
        "Channels": _channels(manifest),
    }
    lie = places(manifest, axes=details())
    rows |= (
        {"Where": lie[0]}
        if len(lie) == 1
        else {f"Where ({number})": place for number, place in enumerate(lie, 1)}
    )
    on_front = sum(not c.dominated for c in manifest.candidates)
    count, learned = len(manifest.candidates), length_text(manifest.seconds)
    if details():
        rows |= {
            "Objectives": ", ".join(objective.label for objective in manifest.objectives),
            "Candidates": f"{count}, {on_front} on the front",
            "Covers": f"{manifest.hypervolume:.0%} of the box (hypervolume)",
            "Steps": f"{manifest.steps} of {manifest.planned}, {learned} of learning",
        }
    else:
        told = (count_text(count, "candidate"), count_text(manifest.steps, "step"), learned)
        rows["Learned"] = ", ".join(told)
    return rows | {"Started": moment_of(manifest.created)}


def _channels(manifest: Manifest) -> str:
    """Return which channels show the image."""
    if manifest.track_channels == 1:
        return "mono"
    if manifest.right:
        return "an image on each"
    names = {"every": "every channel", "mono": "the mono mix only", "sides": "the sides only"}
    return names.get(manifest.config.channels, f"{manifest.config.channels} only")


def show_actions(entry: Entry) -> None:
    """Show what can be done with a run."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        usable = entry.manifest is not None
        if st.button(
            "Open run", type="primary", icon=":material/folder_open:", disabled=not usable
        ):
            go("app_pages/front.py", lambda: memory.go_to_run(open_run(entry.id).token))
        if usable:
            with st.popover("Rename", icon=":material/edit:"):
                key = f"rename:{entry.id}"

                def renamed() -> None:
                    _try(lambda: _rename(entry, st.session_state[key]))

                st.text_input(
                    "Title; press Enter",
                    readable(entry.title),
                    max_chars=MAX_TITLE,
                    key=key,
                    on_change=renamed,
                )
            if st.button(
                "Duplicate with changes",
                icon=":material/content_copy:",
                help="Go to Create with this run's image, track and settings",
            ):
                go("app_pages/create.py", lambda: duplicate(entry))
        press_button(
            "Delete",
            lambda: _try(lambda: _delete(entry)),
            icon=":material/delete:",
            help="It can be undone",
        )


def show_undo() -> None:
    """Show the way to undo the last deletion, and what did not work."""
    if deleted := memory.get(memory.DELETED):
        run, title = deleted
        with st.container(horizontal=True, vertical_alignment="center", key="undo"):
            st.markdown(f"Deleted **{plain(title)}**.")
            press_button("Undo", lambda: _try(lambda: _undelete(run)), icon=":material/undo:")
    if problem := memory.pop(memory.LIBRARY_ERROR):
        st.error(plain(problem), icon=":material/error:")


def _try(action: Callable[[], object]) -> bool:
    try:
        action()
    except MossError as error:
        memory.put(memory.LIBRARY_ERROR, str(error))
        return False
    return True


def go(page: str, action: Callable[[], object]) -> None:
    """Do something and go to a page; stay and say what is wrong if it does not work."""
    if _try(action):
        st.switch_page(page)
    st.rerun()


def _rename(entry: Entry, title: str) -> None:
    job = find_job(entry.id)
    if job:
        job.rename(title, lambda: library().rename(entry.id, title))
    else:
        library().rename(entry.id, title)


def _delete(entry: Entry) -> None:
    job = find_job(entry.id)
    was_there = bool(job and not job.look().deleted)
    if job:
        job.delete()
    try:
        library().delete(entry.id)
    except MossError:
        if job and was_there:
            job.undelete()
        raise
    memory.put(memory.DELETED, (entry.id, entry.title))


def _undelete(run: str) -> None:
    library().undelete(run)
    if job := find_job(run):
        job.undelete()
    memory.put(memory.DELETED, None)
    memory.put(memory.OPENED, run)
