"""How far a run is, on a terminal or in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import click

from moss_core.optimization import Record, Run

_PLAIN_LINES = 12


@contextmanager
def progress(run: Run) -> Iterator[Callable[[Record], None]]:
    """A progress bar on a terminal, a dozen plain lines elsewhere."""
    steps = run.planned
    if sys.stdout.isatty():
        progress: AbstractContextManager[Any] = click.progressbar(
            length=steps + 1 - len(run.history),
            label="Learning",
            show_pos=True,
            item_show_func=lambda record: record.ranges(run.sources) if record else None,
        )
        with progress as bar:
            yield lambda record: bar.update(1, record)
    else:
        every = max(1, steps // _PLAIN_LINES)

        def show(record: Record) -> None:
            if record.step % every == 0 or record.step == steps:
                ranges = record.ranges(run.sources)
                click.echo(f"step {record.step}/{steps}  {record.seconds:.1f} s  {ranges}")

        yield show
