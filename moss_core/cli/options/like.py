"""The option that takes all others from what made a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from moss_core.optimization import RunConfig
from moss_core.runs import FileSettings

_OPTIONS = {"range": "range_db", "mode": "blend"}
"""Fields that have an option of another name."""

like: Callable[..., Any] = click.option(
    "--like",
    type=click.Path(path_type=Path),
    help="Take all options that are not given from what made this file: a sound or PNG that MOSS "
    "wrote, or the folder of a run.",
)


def config_like(
    context: click.Context, settings: FileSettings | None, given: Mapping[str, Any]
) -> RunConfig:
    """Return a configuration: what was given on the command line, the rest as in the settings.

    Args:
        context: of the command, which knows what was given.
        settings: of a file; None: the defaults stand for what was not given.
        given: values of all options, by the names that `RunConfig` has.

    Raises:
        MossError: for values that are no configuration together.
    """
    if settings is None:
        return RunConfig(**given)
    values = {f.name: getattr(settings.config, f.name) for f in fields(RunConfig)}
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
    before = {n: told for n, told in values["parameters"].items() if n in objectives}
    after = given.get("parameters", {})
    values["parameters"] = {
        name: {**before.get(name, {}), **after.get(name, {})} for name in {**before, **after}
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
