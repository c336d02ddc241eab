"""The options that say how the image sits in the song, in the words of `Blend`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from moss_core.cli.options.adding import with_options
from moss_core.synthesis import MODES, MOST_BLACK, MOST_SOFT, Blend

_NAMES = ("blend", "black", "soft_time", "soft_frequency")
_SOFT = "the image fades in and out over, a part of the canvas"


def blends(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; what they say reaches it as `blend`."""

    @wraps(command)
    def blended(*arguments: Any, **options: Any) -> Any:
        mode, *rest = (options.pop(name) for name in _NAMES)
        blend = Blend(mode, *rest)
        return command(*arguments, blend=blend, **options)

    return with_options(blended, _BLEND)


_BLEND = (
    click.option(
        "--blend",
        type=click.Choice(MODES),
        default=Blend.mode,
        show_default=True,
        help="How the image sits in the song: mix goes from the track to the image; glow only "
        "adds, and the track stays everywhere; carve only removes, and nothing gets louder.",
    ),
    click.option(
        "--black",
        type=float,
        help="How far the image's black lies below what is usual around the canvas, dB; "
        f"{MOST_BLACK:g} is silence.  [default: 0 for mix, silence for glow and carve]",
    ),
    click.option(
        "--soft-time",
        default=Blend.soft_time,
        show_default=True,
        help=f"What {_SOFT}'s width, 0 to {MOST_SOFT:g}.",
    ),
    click.option(
        "--soft-frequency",
        default=Blend.soft_frequency,
        show_default=True,
        help=f"What {_SOFT}'s height, 0 to {MOST_SOFT:g}.",
    ),
)
