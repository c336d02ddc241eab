"""Options: the log, where the canvas lies, which channels are painted, objectives' parameters.

`moss --log-level debug optimize ... --log_mel.bands 80`
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from moss_core.errors import MossError
from moss_core.machine import LEVELS, VARIABLE, configure, run_token
from moss_core.objectives import Parameter, Plugins, Value, as_text, discover
from moss_core.optimization import RunConfig
from moss_core.synthesis import AXIS_NAMES, CHANNEL_CHOICES, Canvas


def _configure_log(ctx: click.Context, param: click.Parameter, level: str | None) -> None:
    if level is None:
        return
    try:
        configure(level)
    except MossError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    os.environ[VARIABLE] = level  # for the programs that a command starts


log_level = click.option(
    "--log-level",
    envvar=VARIABLE,
    expose_value=False,
    callback=_configure_log,
    metavar="LEVEL",
    help=f"Log to standard error: {', '.join(LEVELS)}.  [default: {VARIABLE}, or no log]",
)


def name_run_in_log(folder: Path) -> None:
    """Let what the command at work logs from here on name the run by its folder."""
    click.get_current_context().with_resource(run_token(folder.resolve().name))


CANVAS_OPTIONS = ("start", "duration", "low", "high", "axis", "range_db")
"""The names that the options of a canvas have in a command."""


def places_canvas(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a canvas; what they say reaches it as `canvas`."""

    @wraps(command)
    def placed(*arguments: Any, **options: Any) -> None:
        start, duration, low, high, axis, range_db = (options.pop(n) for n in CANVAS_OPTIONS)
        canvas = Canvas(start, duration, low, high, axis, range=range_db)
        command(*arguments, canvas=canvas, **options)

    told: Callable[..., None] = placed
    for option in reversed(_CANVAS):  # an option that is added later stands earlier in the help
        told = option(told)
    return told


_CANVAS = (
    click.option(
        "--start", default=0.0, show_default=True, help="Canvas start in the track, seconds."
    ),
    click.option("--duration", type=float, help="Canvas length, seconds.  [default: to the end]"),
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


class _Setting(click.ParamType[Value]):
    def __init__(self, name: str, parameter: Parameter) -> None:
        self.name = parameter.kind
        self._thing = name
        self._parameter = parameter

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Value:
        try:
            return self._parameter.read(value, self._thing)
        except MossError as error:
            self.fail(str(error), param, ctx)


class WithParameters(click.Command):
    """A command that has an option for each parameter of each installed objective.

    What is given reaches the command as `parameters`, by objective and parameter.
    """

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own options, and those of the objectives."""
        return [*super().get_params(ctx), *_options(installed(ctx))]

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command, the parameters gathered in one argument."""
        parameters: dict[str, dict[str, Value]] = {}
        for option in _options(installed(ctx)):
            value = ctx.params.pop(str(option.name))
            if value is not None:
                objective, _, name = option.opts[0].removeprefix("--").partition(".")
                parameters.setdefault(objective, {})[name] = value
        ctx.params["parameters"] = parameters
        return super().invoke(ctx)


def installed(ctx: click.Context) -> Plugins:
    """Return what is installed; looked up once a call of the program."""
    found: Plugins = ctx.find_root().meta.setdefault("moss_core.plugins", None) or discover()
    ctx.find_root().meta["moss_core.plugins"] = found
    return found


def _options(plugins: Plugins) -> list[click.Option]:
    return [
        click.Option(
            [f"--{objective}.{name}", f"parameter_{number}"],
            type=_Setting(f"{objective}.{name}", parameter),
            metavar=metavar(parameter),
            help=f"{parameter.help}  [{_range(parameter)}default: {as_text(parameter.default)}]",
        )
        for number, (objective, name, parameter) in enumerate(_declared(plugins))
    ]


def _declared(plugins: Plugins) -> list[tuple[str, str, Parameter]]:
    return [
        (objective, name, parameter)
        for objective, found in plugins.installed.items()
        for name, parameter in found.objective.parameters.items()
    ]


def metavar(parameter: Parameter) -> str:
    """Return what stands for a value in a usage line."""
    if parameter.kind == "switch":
        return "on|off"
    return "|".join(parameter.choices) or parameter.unit or "NUMBER"


def _range(parameter: Parameter) -> str:
    if parameter.least is None:
        return ""
    return f"{parameter.least:g} to {parameter.most:g}; "


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
