"""The options that say where the canvas lies and which channels are painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from moss_core.cli.options.adding import with_options
from moss_core.optimization import RunConfig
from moss_core.synthesis import AXIS_NAMES, CHANNEL_CHOICES, USUAL_SECONDS, Canvas, Track

CANVAS_OPTIONS = ("start", "duration", "low", "high", "axis", "range_db")
"""The names that the options of a canvas have in a command."""


def places_canvas(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a canvas; what they say reaches it as `canvas`."""

    @wraps(command)
    def placed(*arguments: Any, **options: Any) -> Any:
        start, duration, low, high, axis, range_db = (options.pop(n) for n in CANVAS_OPTIONS)
        length = None if duration == _TO_THE_END else duration
        canvas = Canvas(start, length, low, high, axis, range=range_db)
        return command(*arguments, canvas=canvas, **options)

    return with_options(placed, _CANVAS)


def as_long_as_usual(canvas: Canvas, track: Track) -> Canvas:
    """Return a canvas of which nobody said how long it is: `USUAL_SECONDS`, or to the end."""
    longer = track.duration - canvas.start > USUAL_SECONDS
    return replace(canvas, duration=USUAL_SECONDS) if longer else canvas


_TO_THE_END = 0.0
_CANVAS = (
    click.option(
        "--start", default=0.0, show_default=True, help="Canvas start in the track, seconds."
    ),
    click.option(
        "--duration",
        type=float,
        help=f"Canvas length, seconds; 0: to the end.  [default: {USUAL_SECONDS:g}, or to the end "
        "of a shorter track]",
    ),
    click.option("--low", type=float, help="Canvas lowest frequency, Hz.  [default: 0]"),
    click.option("--high", type=float, help="Canvas highest frequency, Hz.  [default: 8000]"),
    click.option("--axis", default="linear", show_default=True, help=", ".join(AXIS_NAMES) + "."),
    click.option(
        "--range", "range_db", default=80.0, show_default=True, help="Black to white, dB."
    ),
)


def names_in(text: str) -> tuple[str, ...]:
    """Read "audacity,sox": what stands between commas."""
    return tuple(filter(None, (part.strip() for part in text.split(","))))


_CHANNELS = (
    "What of the track shows the image: every channel; its mono mix, and the channels keep their "
    "width; the left or the right channel alone; or the sides, what left and right do not share: "
    "then it vanishes on a mono speaker."
)
_RIGHT = "A second image for the right channel; IMAGE is then for the left. For stereo tracks."


def paints_channels(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `channels`, `right_image` and `viewers`."""
    seen = click.option(
        "--viewers",
        default=",".join(RunConfig.viewers),
        show_default=True,
        help="Programs in which the picture is to be seen: any_editor, or names that `moss "
        "viewers` lists: audacity,sox,...",
    )
    second = click.option("--right-image", type=click.Path(path_type=Path), help=_RIGHT)
    choice = click.option(
        "--channels",
        type=click.Choice(CHANNEL_CHOICES),
        default=RunConfig.channels,
        show_default=True,
        help=_CHANNELS,
    )
    return choice(second(seen(command)))
