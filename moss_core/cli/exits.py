"""How a command ends when it cannot do what it was asked to."""

from __future__ import annotations

import sys
from typing import Any

import click

from moss_core.errors import MossError


class MossGroup(click.Group):
    """A group of commands; a MossError of one, or of its options, is a line and status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command."""
        try:
            return super().invoke(ctx)
        except MossError as error:
            click.echo(f"moss: {error}", err=True)
            sys.exit(2)
