"""How a command ends when it cannot do what it was asked to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from moss_core.errors import MossError


@contextmanager
def mosserrors_exit_2() -> Iterator[None]:
    """Print a MossError as one line and end the program with status 2."""
    try:
        yield
    except MossError as error:
        click.echo(f"moss: {error}", err=True)
        sys.exit(2)


class MossGroup(click.Group):
    """A group whose commands' options may raise a MossError, too: it is told likewise."""

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command."""
        with mosserrors_exit_2():
            return super().invoke(ctx)
