"""Components of MOSS's own, from the files in `web/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_WEB = Path(__file__).resolve().parents[2] / "web"


def style_pages() -> None:
    """Give the page what Streamlit's theme cannot say (`web/page.css`)."""
    st.html(_WEB / "page.css")


def web_component(name: str) -> Any:
    """Register the component whose HTML, CSS and JavaScript are `web/<name>.*`."""
    html, css, js = ((_WEB / f"{name}.{kind}").read_text() for kind in ("html", "css", "js"))
    return st.components.v2.component(f"moss_{name}", html=html, css=css, js=js)
