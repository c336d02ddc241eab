"""How to write an objective: the smallest plugin there is, and the whole guide."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

_GUIDE = Path(__file__).resolve().parents[3] / "plugins" / "README.md"

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
        st.markdown("Install it beside MOSS, and open this page again")
        st.code(_INSTALL, language="bash")
    if _GUIDE.is_file():
        with st.expander("The whole guide: contract, testing, failures"):
            st.markdown(_guide())


def _guide() -> str:
    """Return the guide as it fits under a heading: no title, smaller headings, no dead links."""
    text = _GUIDE.read_text(encoding="utf-8").partition("\n")[2]
    text = re.sub(r"\[[^\]\n]+\]\(([\w./-]+)\)", r"`plugins/\1`", text)
    return re.sub(r"(?m)^## ", "### ", text)
