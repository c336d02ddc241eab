"""The catalogue of objectives: each one in detail, what failed to load, how to write another."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from components.objectives import plain, show_failures
from moss_core.plugins import Installed, Plugins

_HEADINGS = {
    "image": ":material/image: Image: how it looks",
    "audio": ":material/hearing: Audio: how it sounds",
}
_ARCHIVES = {"arxiv.org/abs/": "arXiv:", "doi.org/": "doi:"}
_GUIDE = Path(__file__).resolve().parents[2] / "plugins" / "README.md"

SNIPPET = """\
from moss_core import Objective, hookimpl

def build(target):
    wanted = target.picture.mean(3)  # of each row, computed once
    return lambda got: (got.picture.mean(3) - wanted).abs().mean((1, 2))

@hookimpl
def moss_objectives():
    about = "https://example.org/brightness"
    return [Objective("brightness", "Brightness", "image", about, build)]
"""
ENTRY_POINT = """\
[project.entry-points.moss]
brightness = "moss_brightness"
"""
_INSTALL = """\
pip install .
moss objectives
"""


def show_installed(plugins: Plugins) -> None:
    """Show a card for each objective, the image's beside the track's."""
    for column, (domain, heading) in zip(
        st.columns(2, gap="medium"), _HEADINGS.items(), strict=True
    ):
        with column:
            st.subheader(heading)
            entries = [e for e in plugins.installed.values() if e.objective.domain == domain]
            for entry in entries:
                _card(entry)
            if not entries:
                st.caption("None is installed, and a run needs one.")


def _card(entry: Installed) -> None:
    objective = entry.objective
    with st.container(border=True, gap="xsmall", key=f"catalogue-{objective.name}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
            st.markdown(f"**{plain(objective.label)}**", width="content")
            st.markdown(f"`{objective.name}`", width="content")
        if objective.description:
            st.caption(plain(objective.description))
        facts = {plain(name): plain(str(value)) for name, value in objective.parameters.items()}
        facts |= {
            "Defined in": _link(objective.reference),
            "From": f"{plain(entry.distribution)} {plain(entry.version)}, "
            f"entry point `{entry.entry_point}`",
        }
        st.table(facts, border="horizontal", alt=f"What {objective.label} is made of")


def _link(reference: str) -> str:
    """Return a link that reads as people cite it; what is no address stays text."""
    scheme, _, text = reference.partition("://")
    if scheme not in ("http", "https"):
        return plain(reference)
    for address, name in _ARCHIVES.items():
        if text.startswith(address):
            text = name + text.removeprefix(address)
    # Parentheses, which old DOIs have, would end the link.
    return f"[{plain(text)}]({quote(reference, safe=':/?#@!$&*+,;=%~')})"


def show_failed(plugins: Plugins) -> None:
    """Name what could not be loaded and why, or say that nothing failed."""
    if not plugins.failures:
        st.markdown(":green[:material/check_circle:] All plugins loaded.")
        return
    st.subheader(":material/extension_off: Failed to load")
    show_failures(plugins.failures, "could not be loaded")


def show_guide() -> None:
    """Show the smallest plugin there is, and the whole guide one click away."""
    st.subheader(":material/code: Write your own")
    st.markdown(
        "An objective is a function that is given the image and the track, once, and returns a "
        "loss: 0 for what is identical to them, larger for worse, one value a rendering, "
        "differentiable with PyTorch. Two files make it a package."
    )
    left, right = st.columns((3, 2), gap="medium")
    with left:
        st.markdown("`moss_brightness.py`")
        st.code(SNIPPET)
    with right:
        st.markdown("In `pyproject.toml`")
        st.code(ENTRY_POINT, language="toml")
        st.markdown("Install it beside MOSS, look for it, restart the server")
        st.code(_INSTALL, language="bash")
    if _GUIDE.is_file():
        with st.expander("The whole guide: contract, testing, failures"):
            st.markdown(_guide())


def _guide() -> str:
    """Return the guide as it fits under a heading: no title, smaller headings, no dead links."""
    text = _GUIDE.read_text(encoding="utf-8").partition("\n")[2]
    text = re.sub(r"\[[^\]\n]+\]\(([\w./-]+)\)", r"`plugins/\1`", text)
    return re.sub(r"(?m)^## ", "### ", text)
