"""The command line: `moss app`, `moss optimize`, `moss resume`, `moss objectives` and more."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from moss_core.cli.batching.command import batch
from moss_core.cli.certify import certify
from moss_core.cli.doctor import doctor
from moss_core.cli.exits import MossGroup
from moss_core.cli.files.export import export
from moss_core.cli.files.film import film
from moss_core.cli.files.show import show
from moss_core.cli.learning import optimize, resume
from moss_core.cli.listening.study import study
from moss_core.cli.listing import details, preset_table, print_failures, table
from moss_core.cli.new_objective import write_package
from moss_core.cli.options.log import log_level
from moss_core.cli.options.parameters import installed
from moss_core.cli.server.app import app
from moss_core.cli.server.status import status
from moss_core.cli.spots import spots
from moss_core.cli.view import view, viewers
from moss_core.machine import DISTRIBUTION
from moss_core.runs import find_preset, preset_file


@click.group(cls=MossGroup)
@click.version_option(package_name=DISTRIBUTION)
@log_level
def main() -> None:
    """MOSS: sound that still sounds like a track while its spectrogram looks like an image."""


for command in (
    *(
        app,
        batch,
        certify,
        doctor,
        export,
        film,
        optimize,
        resume,
        show,
        spots,
        status,
        study,
        view,
        viewers,
    ),
):
    main.add_command(command)


@main.command()
@click.argument("name", required=False)
@click.pass_context
def objectives(context: click.Context, name: str | None) -> None:
    """List the objectives that are installed, and what failed to load and why.

    With a NAME: all that this one says of itself, its parameters among it.
    """
    plugins = installed(context)
    if name:
        click.echo(details(plugins.find(name)))
        return
    click.echo(table(plugins))
    print_failures(plugins)


@main.command()
@click.argument("preset", metavar="[NAME|FILE]", required=False)
@click.pass_context
def presets(context: click.Context, preset: str | None) -> None:
    """List what `moss optimize --preset` can aim for.

    With a NAME or a FILE: print it as a file, to change and to share, if it can be used here.
    """
    if preset is None:
        click.echo(preset_table())
        return
    found = find_preset(preset)
    found.check(installed(context))
    click.echo(preset_file(found).decode(), nl=False)


@main.command("new-objective")
@click.argument("name")
@click.option("--domain", type=click.Choice(["image", "audio"]), default="image", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make.  [default: ./NAME]")
def new_objective(name: str, domain: str, out: Path | None) -> None:
    """Write an installable package with an objective called NAME, to go on from.

    NAME is the word for it in files and on the command line: lower-case letters, digits and
    underscores.
    """
    folder = out or Path(name)
    write_package(name, domain, folder)
    click.echo(
        f"Wrote {folder}. Install it, and see that it is there:\n\n"
        f"  pip install {shlex.quote(str(folder) if folder.is_absolute() else f'./{folder}')}\n"
        f"  moss objectives {name}\n"
        f"  pytest --moss-objective {name}        (pip install pytest)\n\n"
        f"Its code is in {folder / f'moss_{name}.py'}; {folder / 'README.md'} says what to change."
    )
