"""The option that says what is logged, and whose run it is."""

from __future__ import annotations

import os
from pathlib import Path

import click

from moss_core.errors import MossError
from moss_core.machine import FORMAT_VARIABLE, FORMATS, LEVELS, VARIABLE, configure, run_token


def _configure_log(ctx: click.Context, param: click.Parameter, level: str | None) -> None:
    if level is None:
        return
    try:
        configure(level, os.environ.get(FORMAT_VARIABLE) or FORMATS[0])
    except MossError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    os.environ[VARIABLE] = level  # for the programs that a command starts


log_level = click.option(
    "--log-level",
    envvar=VARIABLE,
    expose_value=False,
    callback=_configure_log,
    metavar="LEVEL",
    help=f"Log to standard error: {', '.join(LEVELS)}; as JSON where {FORMAT_VARIABLE} is json."
    f"  [default: {VARIABLE}, or no log]",
)


def name_run_in_log(folder: Path) -> None:
    """Let what the command at work logs from here on name the run by its folder."""
    click.get_current_context().with_resource(run_token(folder.resolve().name))
