"""The options that say what is done to the image, in the words of `Adjustments`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from moss_core.cli.options.adding import with_options
from moss_core.synthesis import Adjustments

_HELP = {
    "levels": "Make the brightest half percent of the image white.",
    "brightness": "Added to the image's grays; white is 1.",
    "contrast": "How far the image's grays lie from the middle one.",
    "gamma": "Above 1 the image's middle grays get lighter, below 1 darker.",
    "invert": "Swap the image's black and white, before all else.",
    "rotate": "Degrees by which the image is turned clockwise.",
    "flip": "Swap the image's left and right, after turning.",
    "crop": "Left, top, right and bottom edge of the part of the image, as turned and flipped, "
    "that is painted; 0.1,0,0.9,1 leaves out a tenth on the left and on the right.",
    "fit": "How image and canvas of different shapes meet: fit narrows the canvas to the image, "
    "fill crops the image to the canvas, stretch distorts the image.",
}
ADJUSTMENT_OPTIONS = tuple(_HELP)
"""The names that the options have in a command."""


def adjusts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; what they say reaches it as `adjustments`."""

    @wraps(command)
    def adjusted(*arguments: Any, **options: Any) -> Any:
        values = {name: options.pop(name) for name in _HELP}
        values["crop"] = _numbers(values["crop"])
        adjustments = Adjustments(**values)
        return command(*arguments, adjustments=adjustments, **options)

    return with_options(adjusted, map(_option, _HELP))


def _option(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    unchanged, explanation = getattr(Adjustments, name), _HELP[name]
    if name in Adjustments.RANGES:
        least, most = Adjustments.RANGES[name]
        text = f"{explanation}  [{least:g} to {most:g}; default: {unchanged}]"
        return click.option(f"--{name}", type=float, default=unchanged, help=text)
    if name == "rotate":
        turns = ", ".join(map(str, Adjustments.TURNS))
        text = f"{explanation}  [{turns}; default: {unchanged}]"
        return click.option("--rotate", type=int, default=unchanged, help=text)
    if name == "crop":
        text = f"{explanation}  [default: 0,0,1,1]"
        return click.option("--crop", default="0,0,1,1", metavar="L,T,R,B", help=text)
    if name == "fit":
        text = f"{explanation}  [{', '.join(Adjustments.FITS)}; default: {unchanged}]"
        return click.option("--fit", default=unchanged, help=text)
    if unchanged:
        switch = f"--{name}/--no-{name}"
        return click.option(switch, default=True, show_default=True, help=explanation)
    return click.option(f"--{name}", is_flag=True, help=explanation)


def _numbers(text: str) -> tuple[float, ...] | str:
    """Read "0.1,0,0.9,1"; what is no list of numbers comes back as it is, and `crop` refuses it."""
    try:
        return tuple(map(float, text.split(",")))
    except ValueError:
        return text
