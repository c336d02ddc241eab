"""`moss doctor DIR`: the runs of a folder, one a line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from moss_core.runs import examine_runs
from moss_core.words import count_text


def look_after(folder: Path, repair: bool) -> int:
    """Tell how the runs in a folder are; return 1 if something is left to be done, otherwise 0.

    Raises:
        MossError: if it is no folder.
    """
    counted: Counter[str] = Counter()
    for found in examine_runs(folder, repair=repair):
        counted[found.state] += 1
        inside = found.path.is_relative_to(folder) and found.path != folder
        name = found.path.relative_to(folder) if inside else found.path.name
        click.echo(f"{found.state:<10}{name}  {found.words}")
    told = {
        "repaired": "repaired",
        "moved": "moved away",
        "repair": "to repair",
        "broken": "broken",
    }
    parts = [f"{counted[state]} {words}" for state, words in told.items() if counted[state]]
    runs = count_text(counted["ok"], "run")
    click.echo(f"{runs} well{''.join(f', {part}' for part in parts)}.")
    if counted["repair"] + counted["broken"] and not repair:
        click.echo("`moss doctor DIR --repair` mends what can be, and moves away what cannot.")
    return int(bool(counted["repair"] + counted["broken"] + counted["moved"]))
