"""What is done to the image before everything, and whether it is too dark to be seen then."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st

from moss_core.synthesis import Adjustments
from session import memory

_DARK = 0.18
"""Median of what is not black, below which most of an image lies 65 dB or more under its white."""
_STEPS_TO_TWICE = 8
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


def adjust_image() -> Adjustments:
    """Show what can be done to the image; return what is."""
    with st.expander("The image", icon=":material/contrast:"):
        with st.container(horizontal=True, gap="medium"):
            _switch("levels", "Automatic levels")
            _switch("invert", "Invert")
            _switch("flip", "Flip")
        _turn()
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
    return _told()


def warn_if_dark(light: float, adjustments: Adjustments) -> None:
    """Say that an image is too dark to be seen well, and what helps.

    Args:
        light: the median of what is not black in the adjusted image, 0 to 1.
        adjustments: that were made to it.
    """
    if light >= _DARK:
        return
    if adjustments.levels:
        remedy = "Move **Midtones** to the right"
    else:
        remedy = "Switch on **Automatic levels**"
    st.warning(
        f"Dark: half of what is not black in this image is below {light:.0%} gray (100% is "
        f"white), and the track may cover it. {remedy} under *The image*.",
        icon=":material/brightness_low:",
    )


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
