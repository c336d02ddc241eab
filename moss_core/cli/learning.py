"""The commands that learn: `moss optimize` and `moss resume`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from moss_core.cli.exits import mosserrors_exit_2
from moss_core.cli.files.first_files import tell_first_files
from moss_core.cli.options.adjusting import adjusts
from moss_core.cli.options.blending import blends
from moss_core.cli.options.like import aims_for, config_like, is_given, like, tell_differences
from moss_core.cli.options.log import name_run_in_log
from moss_core.cli.options.parameters import WithParameters, installed
from moss_core.cli.options.placing import (
    as_long_as_usual,
    names_in,
    paints_channels,
    places_canvas,
)
from moss_core.cli.options.several import also, other_images, placed
from moss_core.cli.progress import learning, progress, waiting
from moss_core.errors import MossError
from moss_core.machine import given_or_sample
from moss_core.objectives import Settings
from moss_core.optimization import ON_FAILURE, Run, RunConfig, check_fits, cost_of_pair
from moss_core.runs import Written, check_folder, load, read_settings, save
from moss_core.synthesis import (
    SUBTYPE,
    SUBTYPES,
    Adjustments,
    Blend,
    Canvas,
    check_subtype,
    load_image,
    load_track,
    remarks,
)

_DEFAULT = RunConfig()
_subtype = click.option(
    "--subtype",
    default=SUBTYPE,
    show_default=True,
    help=f"Of the WAVs: {', '.join(SUBTYPES)}. Only float keeps what is beyond full scale.",
)


def _parse_objectives(text: str) -> tuple[tuple[str, float], ...]:
    """Read "lpips,ssim=0.5": names with weights inside their domain, 1 where none is given."""
    chosen = []
    for word in names_in(text):
        name, _, weight = word.partition("=")
        try:
            chosen.append((name, float(weight or 1)))
        except ValueError:
            raise MossError(
                f"weight of objective {name}", "must be a number", repr(weight), "Write ssim=0.5."
            ) from None
    return tuple(chosen)


@click.command(cls=WithParameters)
@click.argument("image", type=click.Path(path_type=Path), required=False)
@click.argument("track", type=click.Path(path_type=Path), required=False)
@click.option("--sample", is_flag=True, help="Take MOSS's own portrait and piano for both.")
@like
@aims_for
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option(
    "--candidates", default=_DEFAULT.candidates, show_default=True, help="Masks to learn."
)
@click.option("--steps", default=_DEFAULT.steps, show_default=True, help="0 gives the crossfade.")
@click.option(
    "--objectives",
    default=",".join(name for name, _ in _DEFAULT.objectives),
    show_default=True,
    help="Names, with weights inside their domain where wanted: lpips,ssim=0.5,...",
)
@click.option(
    "--lean",
    default=_DEFAULT.lean,
    show_default=True,
    help="Towards the track (0.1) or the image (0.95).",
)
@click.option("--seed", default=_DEFAULT.seed, show_default=True)
@click.option(
    "--patience",
    default=_DEFAULT.patience,
    show_default=True,
    help="Seconds that one call of one objective may take.",
)
@click.option(
    "--on-failure",
    type=click.Choice(ON_FAILURE),
    default=_DEFAULT.on_failure,
    show_default=True,
    help="When an objective fails: go on without it, or stop and write what was learned.",
)
@click.option(
    "--device", default=_DEFAULT.device, show_default=True, help="auto, cpu, cuda or mps."
)
@places_canvas
@paints_channels
@adjusts
@blends
@also
@other_images
@_subtype
@click.option("--overwrite", is_flag=True, help="Replace a run that is in the folder.")
@click.pass_context
def optimize(
    context: click.Context,
    image: Path | None,
    track: Path | None,
    sample: bool,
    like: Path | None,
    preset: str | None,
    out: Path,
    candidates: int,
    steps: int,
    objectives: str,
    lean: float,
    seed: int,
    patience: float,
    on_failure: str,
    device: str,
    channels: str,
    right_image: Path | None,
    also: tuple[str, ...],
    other_image: tuple[Path, ...],
    viewers: str,
    subtype: str,
    overwrite: bool,
    canvas: Canvas,
    adjustments: Adjustments,
    blend: Blend,
    parameters: Settings,
) -> None:
    """Paint IMAGE into TRACK and write the front of trade-offs.

    The folder gets audio/001.wav ... (001 = most track, last = most image), the picture of each
    in pictures/, front.csv, front.png, history.csv, masks.safetensors and run.json. Ctrl-C stops
    between two steps and writes what has been learned so far.
    """
    with mosserrors_exit_2():
        told = read_settings(like) if like else None
        given = {
            "objectives": _parse_objectives(objectives),
            "lean": lean,
            "candidates": candidates,
            "steps": steps,
            "seed": seed,
            "device": device,
            "canvas": canvas,
            "parameters": parameters,
            "patience": patience,
            "on_failure": on_failure,
            "channels": channels,
            "viewers": names_in(viewers),
            "adjustments": adjustments,
            "blend": blend,
        }
        config = config_like(context, told, preset, given)
        name_run_in_log(out)
        check_subtype(subtype)
        files = given_or_sample(image, track, sample)
        check_folder(out, overwrite)
        others = [load_image(path) for path in other_image]
        right = load_image(right_image) if right_image else None
        image_of, track_of = load_image(files[0]), load_track(files[1])
        if not (told or is_given(context, "duration")):
            config = replace(config, canvas=as_long_as_usual(config.canvas, track_of))
        if also or not told:
            placements, others = placed(also, config)
            config = replace(config, others=placements)
        if told:
            found = {"image": image_of.content, "track": track_of.content}
            found |= {"right": right.content} if right else {}
            found |= {f"other{number}": one.content for number, one in enumerate(others, 1)}
            tell_differences(told, found)
        plugins = installed(context)
        check_fits(cost_of_pair(config, image_of, track_of))
        with waiting("Preparing"):
            run = Run(image_of, track_of, config, plugins, right=right, others=others)
        for painted in run.adjusted:
            for remark in remarks(painted.pixels, config.adjustments):
                click.echo(f"moss: image {painted.name}: {remark}", err=True)
        if told and not is_given(context, "steps"):
            run.planned = told.step  # where the file was, of the steps that were planned
        _learn_and_save(run, out, overwrite, subtype)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--steps", default=0, show_default=True, help="More steps to learn.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write.  [default: FOLDER]")
@_subtype
@click.option("--overwrite", is_flag=True, help="Replace a run that is in the folder --out.")
def resume(folder: Path, steps: int, out: Path | None, subtype: str, overwrite: bool) -> None:
    """Open the run in FOLDER, learn some more steps, and write everything.

    FOLDER was written by `moss optimize`, or by the dashboard (its Library says where; a ZIP from
    there is unpacked first). With no more steps it writes the sounds and pictures of what was
    learned so far.
    """
    with mosserrors_exit_2():
        check_subtype(subtype)
        name_run_in_log(out or folder)
        if out:
            check_folder(out, overwrite)
        with waiting("Opening"):
            run = load(folder)
        run.extend(steps, from_here=True)
        _learn_and_save(run, out or folder, overwrite or not out, subtype)


def _learn_and_save(run: Run, out: Path, overwrite: bool, subtype: str) -> None:
    """Learn the steps that are planned, or until something stops it, and write the folder."""
    problem: MossError | None = None
    with learning(run) as show:
        try:
            for record in run.steps():
                show(record)
            if run.halted:
                problem = run.failures[-1].error
                run.settle()
        except KeyboardInterrupt:
            if not run.history:
                raise
            run.settle()
        except MossError as error:  # no objective of a domain is left
            if not run.history:
                raise
            problem = error
    last = run.history[-1]
    if last.step < run.planned:
        click.echo(f"Stopped at step {last.step} of {run.planned}; writing what is there.")
    for failure in run.failures:
        click.echo(f"moss: objective {failure.name} was switched off: {failure.reason}", err=True)
    with progress("Writing the files") as tell:
        written = save(run, out, overwrite, subtype, tell)
    _warn(written)
    tell_first_files(run, out, written)
    if problem:
        raise problem


def _warn(written: Sequence[Written]) -> None:
    """Tell what ears would mind of the file that has the most of it, and of how many others."""
    warned = [one for one in written if one.safety.warnings]
    if not warned:
        return
    worst = max(warned, key=lambda one: max(one.safety.high, one.safety.tone_share))
    for warning in worst.safety.warnings:
        click.echo(f"moss: {worst.sound}: {warning}", err=True)
    others = len(warned) - 1
    if others:
        files = "1 other file has" if others == 1 else f"{others} other files have"
        click.echo(f"moss: {files} some of this too: see about.txt.", err=True)
