"""Objectives that failed, by name, with their reasons."""

from __future__ import annotations

import re

import streamlit as st

from moss_core.objectives import PluginFailure


def show_failures(failures: tuple[PluginFailure, ...], what: str) -> None:
    """Name each plugin that failed, with its reason; the traceback is one click away."""
    for failure in failures:
        source, reason = plain(failure.distribution), plain(failure.reason)
        text = f"Objective **{plain(failure.name)}** ({source}) {what}: {reason}"
        st.warning(text, icon=":material/extension_off:")
        if failure.details:
            with st.expander(f"Details of {plain(failure.name)}"):
                st.code(failure.details, language=None)


def plain(text: str) -> str:
    """Return other people's text on one line and without its Markdown: `__init__` is not bold."""
    return re.sub(r"([\\`*_~$<>\[\]#|&!])", r"\\\1", " ".join(readable(text).split()))


def readable(text: str) -> str:
    """Return other people's text without what no page can be sent: halves of characters."""
    return text.encode("utf-8", "replace").decode()
