"""Taking a run home: sounds and pictures at once, and what takes longer to make."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import streamlit as st

from background.downloads.files import picture_file, sound_file
from components.run.make_files import make_files
from components.run.view import View
from moss_core.synthesis import FORMATS


def take_home(view: View) -> None:
    """Show the downloads of the candidate as it is at the latest step, and of the whole run."""
    job, candidate = view.job, view.candidate
    with st.container(border=True, key="files"):
        st.markdown(f"**Take candidate {view.number} home** :gray[(as it is when you click)]")
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
        make_files(view, slug(job.title), name, _shown(view))


def _download(
    label: str,
    make: Callable[[], bytes],
    file_name: str,
    mimetype: str,
    explanation: str,
    disabled: bool = False,
) -> None:
    st.download_button(
        label,
        make,
        file_name,
        mimetype,
        icon=":material/download:",
        on_click="ignore",
        help=explanation,
        disabled=disabled,
    )


def _name(view: View) -> str:
    snapshot = view.snapshot
    count, step = len(snapshot.candidates), snapshot.rendered_at(view.candidate)
    which = f"-candidate-{view.number}-of-{count}" if count > 1 else ""
    # While it learns, the step goes on between this drawing of the page and the click.
    when = "" if snapshot.at_work else f"-step-{step}"
    return f"{slug(view.job.title)}{which}{when}"


def _shown(view: View) -> str:
    """Return what of the candidate a picture shows, as part of a file's name."""
    return "".join(f"-{_words(words)}" for words in view.shown.words(view.snapshot.heard))


def slug(title: str) -> str:
    """Return a title as the beginning of a file's name."""
    return "moss-" + (_words(title)[:60] or "run")


def _words(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")
