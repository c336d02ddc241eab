"""`moss spots`: where on a track an image changes the sound least."""

from __future__ import annotations

from pathlib import Path

import click

from moss_core.cli.listing import columns
from moss_core.cli.options.adjusting import adjusts
from moss_core.synthesis import (
    AXIS_NAMES,
    USUAL_SECONDS,
    Adjustments,
    Canvas,
    best_spots,
    load_image,
    load_track,
)


@click.command()
@click.argument("image", type=click.Path(path_type=Path))
@click.argument("track", type=click.Path(path_type=Path))
@click.option(
    "--duration",
    type=float,
    help=f"Canvas length, seconds.  [default: {USUAL_SECONDS:g}, or all of a shorter track]",
)
@click.option("--low", type=float, help="Canvas lowest frequency, Hz.  [default: 0]")
@click.option("--high", type=float, help="Canvas highest frequency, Hz.  [default: 8000]")
@click.option("--axis", default="linear", show_default=True, help=", ".join(AXIS_NAMES) + ".")
@click.option(
    "--count",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="How many to list at most; they do not overlap.",
)
@adjusts
def spots(
    image: Path,
    track: Path,
    duration: float | None,
    low: float | None,
    high: float | None,
    axis: str,
    count: int,
    adjustments: Adjustments,
) -> None:
    """List the spots of TRACK where IMAGE changes the sound least, the best first.

    COST is by how many decibels the sound changes on average, weighed by how loud it is, where the
    picture is equally clear at every spot. Give START to `moss optimize --start`.
    """
    sound = load_track(track)
    length = min(USUAL_SECONDS, sound.duration) if duration is None else duration
    canvas = Canvas(0.0, length, low, high, axis)  # type: ignore[arg-type]
    found = best_spots(adjustments.apply_to(load_image(image)), sound, canvas, count)
    rows = [(f"{spot.start:.2f}", f"{spot.cost:.1f} dB", spot.reason) for spot in found]
    click.echo(columns([("START", "COST", "WHAT IS THERE"), *rows]))
