"""Choosing the objectives and how much each one counts."""

from __future__ import annotations

import math
import re

import streamlit as st

import state
from moss_core.errors import MossError
from moss_core.plugins import Installed, PluginFailure, Plugins

_HEADINGS = {
    "image": (":material/image: Look like the image", "image objectives"),
    "audio": (":material/hearing: Sound like the track", "audio objectives"),
}
_LEAST, _MOST = 1, 10


def choose_objectives(plugins: Plugins) -> tuple[tuple[str, float], ...] | None:
    """Show the objectives by domain; return names with weights, None if they cannot be used."""
    st.subheader("3. What to aim for")
    for domain, (heading, term) in _HEADINGS.items():
        st.markdown(f"**{heading}** :gray[({term})]")
        entries = {
            name: entry
            for name, entry in plugins.installed.items()
            if entry.objective.domain == domain
        }
        for name, entry in entries.items():
            _card(name, entry, _rivals(entries))
    show_failures(plugins.failures, "cannot be used")
    chosen = [name for name in plugins.installed if name in state.get(state.CHOSEN)]
    try:
        plugins.choose(chosen)
    except MossError as error:
        st.error(str(error), icon=":material/error:")
        return None
    return tuple((name, float(_weight(name))) for name in chosen)


def _rivals(entries: dict[str, Installed]) -> dict[str, int]:
    """Return the weights of the chosen objectives of a domain."""
    return {name: _weight(name) for name in entries if name in state.get(state.CHOSEN)}


def _weight(name: str) -> int:
    weight: int = state.get(state.WEIGHTS).get(name, state.DEFAULT_WEIGHT)
    return weight


def _card(name: str, entry: Installed, rivals: dict[str, int]) -> None:
    objective = entry.objective
    with st.container(border=True, gap="xsmall", key=f"objective-card-{name}"):
        st.checkbox(
            f"**{objective.label}**",
            value=name in state.get(state.CHOSEN),
            key=f"objective:{name}",
            on_change=_choose,
            args=(name,),
            help=f"From {entry.distribution} {entry.version}. Defined in {objective.reference}",
        )
        if objective.description:
            st.caption(objective.description)
        if name in rivals and len(rivals) > 1:
            share = rivals[name] / math.fsum(rivals.values())
            st.slider(
                f"Weight ({share:.0%} of its side)",
                _LEAST,
                _MOST,
                _weight(name),
                key=f"weight:{name}",
                on_change=_weigh,
                args=(name,),
                help="How much it counts among the chosen objectives of its side.",
            )


def _choose(name: str) -> None:
    others = tuple(other for other in state.get(state.CHOSEN) if other != name)
    state.put(state.CHOSEN, (*others, name) if st.session_state[f"objective:{name}"] else others)


def _weigh(name: str) -> None:
    state.put_in(state.WEIGHTS, name, st.session_state[f"weight:{name}"])


def show_failures(failures: tuple[PluginFailure, ...], what: str) -> None:
    """Name each plugin that failed, with its reason; the traceback is one click away."""
    for failure in failures:
        source, reason = plain(failure.distribution), plain(failure.reason)
        text = f"Objective **{failure.name}** ({source}) {what}: {reason}"
        st.warning(text, icon=":material/extension_off:")
        if failure.details:
            with st.expander(f"Details of {failure.name}"):
                st.code(failure.details, language=None)


def plain(text: str) -> str:
    """Return other people's text on one line and without its Markdown: `__init__` is not bold."""
    return re.sub(r"([\\`*_~$<>\[\]])", r"\\\1", " ".join(text.split()))
