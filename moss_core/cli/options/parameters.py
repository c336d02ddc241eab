"""The options of installed objectives: `moss optimize ... --log_mel.bands 80`."""

from __future__ import annotations

from typing import Any

import click

from moss_core.errors import MossError
from moss_core.objectives import Parameter, Plugins, Value, as_text, discover


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
