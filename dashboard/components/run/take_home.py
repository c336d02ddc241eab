"""Taking a run home: sounds, pictures, the table, and everything in a ZIP."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import streamlit as st

from background.downloads.files import csv_file, picture_file, sound_file, zip_file
from components.run.view import View
from moss_core.synthesis import FORMATS


def take_home(view: View) -> None:
    """Show the downloads of the candidate as it is at the latest step, and of the whole run."""
    job, candidate = view.job, view.candidate
    with st.container(border=True, key="files"):
        st.markdown(f"**Take candidate {candidate + 1} home** :gray[(as it is when you click)]")
        if candidate not in {c.index for c in view.snapshot.candidates}:
            st.caption("It comes with the next step.")
            return
        name = _name(view)
        with st.container(horizontal=True, gap="small"):
            for kind, sound in FORMATS.items():
                _download(
                    sound.label,
                    partial(sound_file, job, candidate, kind),
                    f"{name}.{kind}",
                    sound.mimetype,
                    sound.note,
                    disabled=view.channels > sound.channels,
                )
        st.caption(
            "The whole track with this canvas, at its own rate and in all its channels, with its "
            "title, artist and cover. Each file says what made it: `moss show FILE`."
        )
        with st.container(horizontal=True, gap="small"):
            for label, axes, note in (
                ("Picture", False, "One pixel a cell, as measured on the sound"),
                ("Picture with axes", True, "Seconds across, hertz up"),
            ):
                _download(
                    label,
                    partial(picture_file, job, candidate, view.shown, axes),
                    f"{name}{_shown(view)}{'-axes' if axes else ''}.png",
                    "image/png",
                    f"{note} (PNG)",
                )
        st.markdown("**The whole run**")
        whole = _slug(job.title)
        with st.container(horizontal=True, gap="small"):
            _download(
                "Front (CSV)",
                partial(csv_file, job),
                f"{whole}-front.csv",
                "text/csv",
                "Every candidate's losses, measured on its sound file",
            )
            _download(
                "Everything (ZIP)",
                partial(zip_file, job, whole),
                f"{whole}.zip",
                "application/zip",
                "All sounds, pictures, tables and masks; the Library and `moss resume` open it. "
                "It takes some seconds to make.",
                primary=True,
            )


def _download(
    label: str,
    make: Callable[[], bytes | str],
    file_name: str,
    mimetype: str,
    explanation: str,
    *,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    st.download_button(
        label,
        make,
        file_name,
        mimetype,
        icon=":material/download:",
        type="primary" if primary else "secondary",
        on_click="ignore",
        help=explanation,
        disabled=disabled,
    )


def _name(view: View) -> str:
    snapshot = view.snapshot
    count, step = len(snapshot.candidates), snapshot.rendered_at(view.candidate)
    which = f"-candidate-{view.candidate + 1}-of-{count}" if count > 1 else ""
    # While it learns, the step goes on between this drawing of the page and the click.
    when = "" if snapshot.at_work else f"-step-{step}"
    return f"{_slug(view.job.title)}{which}{when}"


def _shown(view: View) -> str:
    """Return what of the candidate a picture shows, as part of a file's name."""
    return "".join(f"-{_words(words)}" for words in view.shown.words(view.snapshot.heard))


def _slug(title: str) -> str:
    """Return a title as the beginning of a file's name."""
    return "moss-" + (_words(title)[:60] or "run")


def _words(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")
