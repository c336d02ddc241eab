"""A picture in a shape of its own: pictures have a pixel a cell, whatever shape a canvas has."""

from __future__ import annotations

from html import escape

import streamlit as st

from components.widgets.media_urls import address


def shaped_image(
    content: bytes, alt: str, aspect: float, slot: str, width: int | None = None
) -> None:
    """Show a picture.

    Args:
        content: WebP.
        alt: the picture in words.
        aspect: how many times as wide as high it is shown.
        slot: name of the place on the page (`address`).
        width: in pixels; None: as wide as there is room.
    """
    source = address(content, "image/webp", f"{slot}:shaped")
    size = f"{width}px" if width else "100%"
    style = f"display:block;width:{size};aspect-ratio:{aspect:.4f};border-radius:0.25rem"
    st.html(
        f'<img src="{escape(source)}" alt="{escape(alt)}" style="{style}">',
        width=width or "stretch",
    )
