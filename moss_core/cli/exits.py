"""How a command ends when it cannot do what it was asked to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
