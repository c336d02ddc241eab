"""An image with a frame around what is painted of it, and beside it what becomes of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components.widgets.media_urls import address
from components.widgets.web import web_component

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the image."""

_component = web_component("cropper")


@dataclass(frozen=True)
class Seen:
    """One of the two pictures.

    Args:
        picture: WebP.
        alt: the picture in words.
        aspect: how many times as wide as high it is shown.
    """

    picture: bytes
    alt: str
    aspect: float


def cropper(
    key: str,
    original: Seen,
    painted: Seen,
    crop: Edges,
    part: Edges,
    on_crop: Callable[[Edges], None],
) -> None:
    """Show the frame, which is dragged and resized by mouse, touch and keys.

    Args:
        key: of the component on the page.
        original: the image as it is.
        painted: the image as it will be painted.
        crop: where the frame is.
        part: what of the image is painted; the rest is dark.
        on_crop: called with where a person has put the frame.
    """

    def cropped() -> None:
        edges = st.session_state[key]["cropped"]
        if edges:
            left, top, right, bottom = (round(float(edge), 2) for edge in edges)
            on_crop((left, top, right, bottom))

    _component(
        key=key,
        data={
            name: {
                "picture": address(seen.picture, "image/webp", f"{key}:{name}"),
                "alt": seen.alt,
                "aspect": seen.aspect,
            }
            for name, seen in (("original", original), ("painted", painted))
        }
        | {"crop": crop, "part": part},
        on_cropped_change=cropped,
    )
