"""Addresses of bytes that a component fetches: pictures and sounds too large for its data."""

from __future__ import annotations

import base64

from streamlit import runtime


def address(content: bytes, mimetype: str, slot: str) -> str:
    """Return an address of `content` that lives as long as `slot` holds it in this session.

    A slot holds one thing: what it held before goes once this run of the script is over, so
    pictures that change twice a second do not pile up. Outside a server it is a data URL.

    Args:
        content: the bytes.
        mimetype: for example "image/webp".
        slot: name of the place on the page.
    """
    if not runtime.exists():
        return f"data:{mimetype};base64,{base64.b64encode(content).decode()}"
    return runtime.get_instance().media_file_mgr.add(content, mimetype, f"moss:{slot}")
