"""The option that takes all others from what made a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from moss_core.cli.options.parameters import installed
from moss_core.optimization import RunConfig
from moss_core.runs import FileSettings, find_preset

_OPTIONS = {"range": "range_db", "mode": "blend"}
"""Fields that have an option of another name."""

like: Callable[..., Any] = click.option(
    "--like",
    type=click.Path(path_type=Path),
    help="Take all options that are not given from what made this file: a sound or PNG that MOSS "
    "wrote, or the folder of a run.",
)

aims_for: Callable[..., Any] = click.option(
    "--preset",
    metavar="NAME|FILE",
    help="What to aim for: objectives, their parameters, the blend and --lean, as `moss presets` "
    "lists them, or as a file that somebody saved. It wins over --like; options win over it.",
)


def config_like(
    context: click.Context,
    settings: FileSettings | None,
    preset: str | None,
    given: Mapping[str, Any],
) -> RunConfig:
    """Return a configuration: what was given on the command line, then a preset, then a file.

    Args:
        context: of the command, which knows what was given.
        settings: of a file; None: the defaults stand for what was not given.
        preset: name or file of what to aim for; None: none.
        given: values of all options, by the names that `RunConfig` has.

    Raises:
        MossError: for values that are no configuration together, and a preset that cannot be used.
    """
    if settings is None and preset is None:
        return RunConfig(**given)
    before = settings.config if settings else RunConfig(**{**given, "parameters": {}})
    values = {f.name: getattr(before, f.name) for f in fields(RunConfig)}
    if preset is not None:
        aim = find_preset(preset)
        aim.check(installed(context))
        values |= aim.settings
    for name, value in given.items():
        if is_dataclass(value) and not isinstance(value, type):
            chosen = {
                f.name: getattr(value, f.name)
                for f in fields(value)
                if is_given(context, _OPTIONS.get(f.name, f.name))
            }
            values[name] = replace(values[name], **chosen)
        elif name != "parameters" and is_given(context, name):
            values[name] = value
    objectives = [name for name, _ in values["objectives"]]
    first = {n: told for n, told in values["parameters"].items() if n in objectives}
    last = given.get("parameters", {})
    values["parameters"] = {
        name: {**first.get(name, {}), **last.get(name, {})} for name in {**first, **last}
    }
    return RunConfig(**values)


def is_given(context: click.Context, option: str) -> bool:
    """Return whether an option stands on the command line."""
    return context.get_parameter_source(option) is ParameterSource.COMMANDLINE


def tell_differences(settings: FileSettings, found: Mapping[str, bytes]) -> None:
    """Say on standard error which inputs are not those that the file was made of.

    Args:
        settings: of the file.
        found: contents of the files "image", "track" and "right" as they are now.
    """
    words = {"image": "image", "right": "image on the right", "track": "track"}
    for kind in settings.differences(found):
        was = settings.inputs[kind][0] if kind in settings.inputs else "none"
        word = words.get(kind) or f"image {kind.removeprefix('other')} of the further ones"
        click.echo(
            f"moss: the {word} is not the one that it was made of ({was}), so the result "
            "will be another one.",
            err=True,
        )
