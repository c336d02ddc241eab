"""`moss viewers`, the programs that MOSS draws like, and `moss view`, a sound as one draws it."""

from __future__ import annotations

from pathlib import Path

import click
import PIL.Image

from moss_core.cli.listing import columns, print_failures
from moss_core.cli.options.parameters import installed
from moss_core.errors import MossError
from moss_core.objectives import Plugins, Viewer, colour
from moss_core.synthesis import AXIS_NAMES, Canvas, draw, load_track, see

_USUAL_RATE = 48_000  # Hz; windows are told in ms at this rate where a viewer has none of its own
_CHANNELS = {"each": "each", "first": "the first", "mix": "mixed"}


@click.command()
@click.pass_context
def viewers(context: click.Context) -> None:
    """List the programs whose spectrograms MOSS draws, and what failed to load and why."""
    plugins = installed(context)
    click.echo(_table(plugins))
    print_failures(plugins)


@click.command()
@click.argument("track", type=click.Path(path_type=Path))
@click.option("--as", "name", default="audacity", show_default=True, help="Name of a viewer.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="PNG to write.")
@click.option("--height", default=512, show_default=True, help="Pixels of a channel, 16 to 4096.")
@click.option("--width", default=1024, show_default=True, help="Pixels, 16 to 8192.")
@click.option("--start", type=float, help="Show a part: from this second on.")
@click.option("--duration", type=float, help="Show a part: so many seconds.")
@click.option("--low", type=float, help="Show a part: lowest frequency, Hz.")
@click.option("--high", type=float, help="Show a part: highest frequency, Hz.")
@click.option("--axis", type=click.Choice(AXIS_NAMES), help="Of a part.  [default: linear]")
@click.pass_context
def view(
    context: click.Context,
    track: Path,
    name: str,
    out: Path,
    height: int,
    width: int,
    start: float | None,
    duration: float | None,
    low: float | None,
    high: float | None,
    axis: str | None,
) -> None:
    """Draw TRACK as a program shows it when it is opened, in the program's colours.

    With a part: the program set to show just that. Channels are one below the other.
    """
    viewer = installed(context).find_viewer(name).viewer
    for side, pixels, most in (("height", height, 4096), ("width", width, 8192)):
        if not 16 <= pixels <= most:
            raise MossError(side, f"must be 16 to {most} pixels", pixels, "Leave it out.")
    sound = load_track(track)
    if any(part is not None for part in (start, duration, low, high, axis)):
        chosen = axis or "linear"
        canvas = Canvas(start or 0.0, duration, low, high, chosen)  # type: ignore[arg-type]
        placed = canvas.on(sound)
        shown = see(viewer, sound.samples, sound.sample_rate, placed, (height, width))
    else:
        shown = draw(viewer, sound.samples, sound.sample_rate, (height, width))
    pixels_of_all = colour(shown.flatten(0, 1), viewer.colours)
    try:
        PIL.Image.fromarray(pixels_of_all.numpy()).save(out, "PNG")
    except OSError as error:
        remedy = "Name a file in a folder that is there."
        raise MossError(f"file {out}", "must be writable", error.strerror, remedy) from None


def _table(plugins: Plugins) -> str:
    header = ("NAME", "LABEL", "WINDOW", "AXIS", "RANGE", "CHANNELS", "DISTRIBUTION")
    rows = [
        (
            name,
            found.viewer.label,
            _window(found.viewer),
            _axis(found.viewer),
            _range(found.viewer),
            _CHANNELS[found.viewer.channel],
            f"{found.distribution} {found.version}",
        )
        for name, found in plugins.viewers.items()
    ]
    return columns([header, *rows])


def _window(viewer: Viewer) -> str:
    rate = viewer.rate_for(_USUAL_RATE)
    milliseconds = 1000 * viewer.seconds(_USUAL_RATE)
    return f"{viewer.window} samples, {milliseconds:.0f} ms at {rate / 1000:g} kHz"


def _axis(viewer: Viewer) -> str:
    high = "half the rate" if viewer.high is None else f"{viewer.high:g} Hz"
    return f"{viewer.axis} {viewer.low:g} to {high}"


def _range(viewer: Viewer) -> str:
    if viewer.white is None:
        return f"{viewer.range:g} dB below its loudest"
    return f"{viewer.white - viewer.range:.0f} to {viewer.white:.0f} dBFS"
