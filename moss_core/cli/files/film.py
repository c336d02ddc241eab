"""`moss film`: a run as a video, its picture with a playhead and its sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click
import torch
from torch import Tensor

from moss_core.cli.files.chosen import choose_candidate, chosen
from moss_core.cli.progress import progress
from moss_core.errors import MossError
from moss_core.optimization import Run
from moss_core.runs import FILMS, SHAPES, film_of, load, write_film

_MOST_PICTURES = 256


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(list(FILMS)),
    default="picture",
    show_default=True,
    help="picture: one candidate. morph: from the track to the image, along the front. "
    "learning: how a candidate was learned; it is learned again, as long as it took.",
)
@choose_candidate
@click.option(
    "--shape",
    type=click.Choice(list(SHAPES)),
    default="square",
    show_default=True,
    help="Square (1:1), wide (16:9) or tall (9:16).",
)
@click.option("--title/--no-title", default=True, show_default=True, help="Begin with a title.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="MP4 to write.")
def film(
    folder: Path, kind: str, candidate: int | None, shape: str, title: bool, out: Path
) -> None:
    """Write the run in FOLDER as a video: H.264 and AAC in an MP4 file.

    It plays the canvas's section of the track with a playhead over its picture. The part of a
    morph that each candidate has is 3 seconds or more, while the section is heard again and again.
    """
    _check(out)
    run = load(folder)
    index = chosen(run, candidate)
    past = _learned_again(run, index) if kind == "learning" else ()
    found = film_of(run, kind, index, shape, card=title, past=past)
    size, seconds = found.needs
    click.echo(f"{found.seconds:.1f} s, about {size / 1e6:.1f} MB, about {seconds:.0f} s to write")
    with progress("Writing") as tell:
        write_film(found, out, tell)
    click.echo(str(out))


def _check(out: Path) -> None:
    """Raise `MossError` for a name that no film can have, before anything takes time."""
    if out.suffix.lower() != ".mp4":
        raise MossError(
            "--out", "must end in .mp4", out.name, f"Say --out {out.stem or 'film'}.mp4."
        )
    if not out.parent.is_dir():
        rule, remedy = "must lie in a folder that is there", "Make the folder, or name another."
        raise MossError("--out", rule, out.parent, remedy)


def _learned_again(run: Run, candidate: int) -> Sequence[tuple[int, Callable[[], Tensor]]]:
    """Return a candidate's pictures at all steps that the configuration has.

    A folder keeps no pictures of past steps, but the same inputs and configuration learn the same.

    Raises:
        MossError: for a candidate that came later, as by filling a gap.
    """
    images = run.right, run.others
    again = Run(run.image, run.track, run.config, None, False, *images)
    every = math.ceil((again.planned + 1) / _MOST_PICTURES)
    past: list[tuple[int, Callable[[], Tensor]]] = []
    with progress("Learning again") as tell:
        for record in again.steps():
            if record.step % every == 0 and candidate < len(again.state.waveform):
                picture = again.picture(again.heard(again.state.waveform[candidate]))
                past.append((record.step, partial(torch.div, picture.mul(255).byte(), 255)))
            tell(len(again.history) / (again.planned + 1))
    return past
