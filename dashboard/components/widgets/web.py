"""Components of MOSS's own, from the files in `web/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

_WEB = Path(__file__).resolve().parents[2] / "web"


def style_pages() -> None:
    """Give the page what Streamlit's theme cannot say (`web/page.css`)."""
    st.html(_WEB / "page.css")


def web_component(name: str, *scripts: str, constants: Mapping[str, object] | None = None) -> Any:
    """Register the component whose HTML, CSS and JavaScript are `web/<name>.*` (`parts_of`)."""
    html, css, js = parts_of(name, *scripts, constants=constants)
    return st.components.v2.component(f"moss_{name}", html=html, css=css, js=js)


def parts_of(
    name: str, *scripts: str, constants: Mapping[str, object] | None = None
) -> tuple[str, str, str]:
    """Return HTML, CSS and JavaScript of a component.

    Args:
        name: of the component.
        scripts: names of more files of JavaScript, which stand before its own with the style of
            that name where there is one: a component is one module, which cannot import others.
        constants: what its JavaScript finds under these names, as JSON.
    """
    html = (_WEB / f"{name}.html").read_text()
    styles = [_WEB / f"{part}.css" for part in (*scripts, name)]
    css = "\n".join(style.read_text() for style in styles if style.exists())
    given = [f"const {key} = {json.dumps(value)}" for key, value in (constants or {}).items()]
    code = [(_WEB / f"{script}.js").read_text() for script in (*scripts, name)]
    return html, css, "\n".join((*given, *code))
