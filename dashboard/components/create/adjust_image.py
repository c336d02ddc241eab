"""What is done to the image before everything, what it looks like then, and what is against it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.create.cropper import Edges, Seen, cropper
from moss_core.synthesis import Adjustments, PlacedCanvas
from session import memory
from sources.preview import Sides

_STEPS_TO_TWICE = 8
_PERCENT = 100
_FITS = {
    "fit": "The whole image as it is: the canvas narrows to its shape, and beside it the track "
    "stays untouched.",
    "fill": "The middle of the image as it is, on the whole canvas: what is beyond its shape is "
    "cut off.",
    "stretch": "The whole image on the whole canvas, wider or higher than it is.",
}
_ICONS = {
    "Dark": ":material/brightness_low:",
    "Flat": ":material/gradient:",
    "Full of fine noise": ":material/grain:",
}
_HELP = {
    "levels": "The brightest half percent of the image becomes white, so that a dark photo is "
    "not a quiet one. Black stays black.",
    "invert": "Black and white swap places. For dark lines on white paper: white is loud, black "
    "is silent.",
    "rotate": "Turns the image, clockwise.",
    "flip": "Left and right swap places.",
    "brightness": "Lightens or darkens all of it alike. Light is loud, dark is quiet.",
    "contrast": "How far light and dark lie apart. × 1 leaves it as it is.",
    "gamma": "Lightens or darkens what lies between black and white, which stay (gamma). × 1 "
    "leaves it as it is.",
}


def adjust_image() -> tuple[Adjustments, DeltaGenerator]:
    """Show what can be done to the image; return what is, and the place for what comes of it."""
    with st.expander("The image", icon=":material/contrast:"):
        place = st.container()
        _fit()
        across, down = st.columns(2)
        with across:
            _crop("Crop: left and right edge", 0)
        with down:
            _crop("Crop: top and bottom edge", 1)
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            _turn()
            _switch("flip", "Flip")
        with st.container(horizontal=True, gap="medium"):
            _switch("levels", "Automatic levels")
            _switch("invert", "Invert")
        brightness, contrast, midtones = st.columns(3)
        with brightness:
            key = _key("brightness")
            least, most = Adjustments.RANGES["brightness"]
            st.slider(
                "Brightness",
                least,
                most,
                float(_told().brightness),
                step=0.05,
                format="percent",
                key=key,
                on_change=_keep,
                args=("brightness", key),
                help=_HELP["brightness"],
            )
        with contrast:
            _factor("contrast", "Contrast")
        with midtones:
            _factor("gamma", "Midtones")
    return _told(), place


def show_sides(title: str, sides: Sides, canvas: PlacedCanvas) -> None:
    """Show an image as it is, and beside it as it will be painted.

    Args:
        title: of the image.
        sides: the two.
        canvas: that it is painted on.
    """
    cropper(
        "cropper",
        Seen(sides.original, f"{title}, as it is", sides.aspect),
        Seen(sides.painted, f"{title}, as it will be painted", canvas.aspect),
        _told().crop,
        sides.part,
        _put_crop,
    )
    end = canvas.start + canvas.duration
    st.caption(
        f"Painted at {canvas.start:.1f} to {end:.1f} s, {canvas.low:,.0f} to {canvas.high:,.0f} Hz."
    )


def show_remarks(remarks: Iterable[str]) -> None:
    """Say why the image may not be seen well, and what helps."""
    for remark in remarks:
        icon = next((icon for word, icon in _ICONS.items() if f"{word}:" in remark), None)
        st.warning(remark, icon=icon)


def _told() -> Adjustments:
    adjustments: Adjustments = memory.get(memory.ADJUSTMENTS)
    return adjustments


def _key(name: str) -> str:
    return memory.widget(f"adjust:{name}")


def _keep(name: str, key: str) -> None:
    memory.put(memory.ADJUSTMENTS, replace(_told(), **{name: st.session_state[key]}))


def _switch(name: str, label: str) -> None:
    key = _key(name)
    st.toggle(
        label,
        getattr(_told(), name),
        key=key,
        on_change=_keep,
        args=(name, key),
        help=_HELP[name],
    )


def _fit() -> None:
    key, chosen = _key("fit"), _told().fit
    st.segmented_control(
        "On the canvas",
        Adjustments.FITS,
        default=chosen,
        required=True,
        format_func=str.capitalize,
        key=key,
        on_change=_keep,
        args=("fit", key),
    )
    st.caption(_FITS[chosen])


def _crop(label: str, side: int) -> None:
    """Show a slider with the two edges of the crop that lie on a side: 0 across, 1 down."""
    key, crop = _key(f"crop{side}"), _told().crop
    # It follows the frame, which is dragged too.
    st.session_state[key] = round(_PERCENT * crop[side]), round(_PERCENT * crop[side + 2])
    st.slider(
        label,
        0,
        _PERCENT,
        format="%d%%",
        key=key,
        on_change=_keep_crop,
        args=(side, key),
        help="The part of the image, as it is turned and flipped, that is painted.",
    )


def _keep_crop(side: int, key: str) -> None:
    first, last = st.session_state[key]
    crop = list(_told().crop)
    # A slider lets its two ends meet, where nothing would be left.
    first = min(first, _PERCENT - 1)
    crop[side], crop[side + 2] = first / _PERCENT, max(last, first + 1) / _PERCENT
    left, top, right, bottom = crop
    memory.put(memory.ADJUSTMENTS, replace(_told(), crop=(left, top, right, bottom)))


def _put_crop(crop: Edges) -> None:
    memory.put(memory.ADJUSTMENTS, replace(_told(), crop=crop))


def _turn() -> None:
    key = _key("rotate")
    st.segmented_control(
        "Rotate",
        Adjustments.TURNS,
        default=_told().rotate,
        required=True,
        format_func="{}°".format,
        key=key,
        on_change=_keep,
        args=("rotate", key),
        help=_HELP["rotate"],
    )


def _factor(name: str, label: str) -> None:
    """Show a slider whose middle changes nothing, as far from a half as from twice."""
    key, value = _key(name), float(getattr(_told(), name))
    least, most = Adjustments.RANGES[name]
    first, last = (round(_STEPS_TO_TWICE * math.log2(end)) for end in (least, most))
    stops = {round(2 ** (step / _STEPS_TO_TWICE), 2) for step in range(first, last + 1)}
    st.select_slider(
        label,
        sorted(stops | {value}),  # that of a run from the command line may lie between two
        value,
        format_func="× {:.2g}".format,
        key=key,
        on_change=_keep,
        args=(name, key),
        help=_HELP[name],
    )
