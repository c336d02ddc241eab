"""What is said when a run is written: which files to open first, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from moss_core.cli.listing import columns
from moss_core.optimization import Run
from moss_core.runs import Written
from moss_core.words import count_text

_COLUMNS = 80


def tell_first_files(run: Run, out: Path, written: Sequence[Written]) -> None:
    """Say what lies in a folder that was just written.

    Args:
        run: that was learned.
        out: its folder.
        written: the sound files in it.
    """
    front = run.state.front
    on_front = sum(not candidate.dominated for candidate in front.candidates)
    told = count_text(len(written), "candidate")
    told += f", {on_front} on the front" if len(written) > 1 else ""
    click.echo(f"{told}, learned in {run.state.record.seconds:.0f} s.")
    for one in written:
        if one.candidate.index == front.opening:
            _tell(out, one, str(front.shares(one.candidate.losses)))


def _tell(out: Path, opening: Written, shares: str) -> None:
    sound = opening.sound
    files = [
        (str(out / sound), shares),
        (str(out / opening.picture), "its picture, as measured on the sound"),
        (str(out / "front.png"), "all of them: sound against picture"),
    ]
    folder, file = (shlex.quote(str(path)) for path in (out, out / sound))
    commands = [
        (f"moss view {file} --out seen.png", "as Audacity draws it"),
        (f"moss resume {folder} --steps 30", "learn on"),
        (f"moss film {folder} --out film.mp4", "a video to show"),
        ("moss app", "its Library takes the folder in"),
    ]
    click.echo(f"\nOpen first:\n{_table(files)}\n\nThen type:\n{_table(commands)}")


def _table(rows: Sequence[tuple[str, str]]) -> str:
    """Return rows in two columns; below each other where they would be too wide."""
    lines = columns([("", *row) for row in rows])
    if max(map(len, lines.splitlines())) <= _COLUMNS:
        return lines
    return "\n".join(f"  {first}\n      {second}" for first, second in rows)
