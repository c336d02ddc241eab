"""Which candidate of a run a command is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from moss_core.errors import MossError
from moss_core.optimization import Run

choose_candidate: Callable[..., Any] = click.option(
    "--candidate",
    type=int,
    help="Its number, from 1, the most track.  [default: the best bargain of picture and sound]",
)


def chosen(run: Run, number: int | None) -> int:
    """Return the index of a candidate.

    Args:
        run: with at least one step taken.
        number: what people call it (`Front.number`); None: the one to show first.

    Raises:
        MossError: if there is none of this number.
    """
    candidates = run.candidates()
    if number is None:
        return run.state.front.opening
    if not 1 <= number <= len(candidates):
        rule = f"must be 1 to {len(candidates)}, as the run has so many"
        raise MossError("candidate", rule, number, "Leave it out for the best bargain.")
    return candidates[number - 1].index
