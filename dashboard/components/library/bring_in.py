"""Taking in a run from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from components.library.run_list import choose_run
from moss_core.errors import MossError
from moss_core.machine import logger
from session import memory
from session.allowance import check_room, upload_mb
from session.shared import library

MAX_ZIP_MB = 500
"""Of a run; one of nine candidates has about 70 MB as a ZIP with all of them."""


def bring_in() -> None:
    """Show the ways to take in a run from elsewhere: a ZIP, or a folder on one's own machine."""
    with st.expander("Bring in a run", icon=":material/add:"):
        st.file_uploader(
            "ZIP of a run, with **all candidates**, or a folder that `moss optimize` wrote",
            type=["zip"],
            max_upload_size=upload_mb(MAX_ZIP_MB),
            key="run_zip",
            on_change=_add_zip,
        )
        if memory.get(memory.WORKSPACE) is None:
            st.text_input(
                "Or a folder on this machine, as `moss optimize --out` writes it; press Enter",
                key="run_folder",
                placeholder="out",
                on_change=_add_folder,
            )


def _add_zip() -> None:
    file = st.session_state["run_zip"]
    if file is not None:
        _add(lambda: _checked(lambda: library().add_zip(file)))


def _checked(add: Callable[[], str]) -> str:
    check_room(library().folder)
    return add()


def _add_folder() -> None:
    folder = st.session_state["run_folder"].strip()
    if folder:
        _add(lambda: library().add_folder(Path(os.path.expanduser(folder))))  # noqa: PTH111


def _add(add: Callable[[], str]) -> None:
    try:
        choose_run(add())
        memory.put(memory.FOUND, "")
    except MossError as error:
        logger.info("refused: %s", error)
        memory.put(memory.LIBRARY_ERROR, str(error))
