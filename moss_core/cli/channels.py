"""The options that say which channels are painted, and with which second image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from moss_core.optimization import RunConfig
from moss_core.synthesis import CHANNEL_CHOICES

_CHANNELS = (
    "What of the track shows the image: every channel; its mono mix, and the channels keep their "
    "width; the left or the right channel alone; or the sides, what left and right do not share: "
    "then it vanishes on a mono speaker."
)
_RIGHT = "A second image for the right channel; IMAGE is then for the left. For stereo tracks."


def paints_channels(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `channels` and `right_image`."""
    second = click.option("--right-image", type=click.Path(path_type=Path), help=_RIGHT)
    choice = click.option(
        "--channels",
        type=click.Choice(CHANNEL_CHOICES),
        default=RunConfig.channels,
        show_default=True,
        help=_CHANNELS,
    )
    return choice(second(command))
