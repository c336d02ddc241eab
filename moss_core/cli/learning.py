"""The commands that learn: `moss optimize` and `moss resume`."""

from __future__ import annotations

from pathlib import Path

import click

from moss_core.cli.keeping.learn import learn_and_save
from moss_core.cli.options.like import tell_differences
from moss_core.cli.options.log import name_run_in_log
from moss_core.cli.options.parameters import WithParameters
from moss_core.cli.options.planning import Wanted, plans_run
from moss_core.cli.progress import waiting
from moss_core.optimization import check_fits
from moss_core.runs import check_folder, load
from moss_core.synthesis import SUBTYPE, SUBTYPES, check_subtype, remarks

subtype_option = click.option(
    "--subtype",
    default=SUBTYPE,
    show_default=True,
    help=f"Of the WAVs: {', '.join(SUBTYPES)}. Only float keeps what is beyond full scale.",
)


@click.command(cls=WithParameters)
@plans_run
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@subtype_option
@click.option("--overwrite", is_flag=True, help="Replace a run that is in the folder.")
def optimize(wanted: Wanted, out: Path, subtype: str, overwrite: bool) -> None:
    """Paint IMAGE into TRACK and write the front of trade-offs.

    The folder gets audio/001.wav ... (001 = most track, last = most image), the picture of each
    in pictures/, front.csv, front.png, history.csv, masks.safetensors and run.json. Ctrl-C stops
    between two steps and writes what has been learned so far. It is there before the first step,
    and what was learned is written while it learns: whatever ends the program, `moss resume` goes
    on from there.
    """
    name_run_in_log(out)
    check_subtype(subtype)
    check_folder(out, overwrite)
    plan = wanted.read()
    if plan.told:
        tell_differences(plan.told, {kind: one.content for kind, one in plan.inputs.items()})
    check_fits(plan.cost)
    with waiting("Preparing"):
        run = plan.run()
    for painted in run.adjusted:
        for remark in remarks(painted.pixels, plan.config.adjustments):
            click.echo(f"moss: image {painted.name}: {remark}", err=True)
    learn_and_save(run, out, subtype, begin=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--steps",
    type=int,
    help="More steps to learn.  [default: those that were planned and are left]",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write.  [default: FOLDER]")
@subtype_option
@click.option("--overwrite", is_flag=True, help="Replace a run that is in the folder --out.")
def resume(
    folder: Path, steps: int | None, out: Path | None, subtype: str, overwrite: bool
) -> None:
    """Open the run in FOLDER, learn some more steps, and write everything.

    FOLDER was written by `moss optimize`, or by the dashboard (its Library says where; a ZIP from
    there is unpacked first). A run that was interrupted goes on to the step that was planned. One
    that is at its end, or --steps 0, writes the sounds and pictures of what was learned so far.
    """
    check_subtype(subtype)
    name_run_in_log(out or folder)
    if out:
        check_folder(out, overwrite)
    with waiting("Opening"):
        run = load(folder)
    if steps is not None:
        run.extend(steps, from_here=True)
    elif not run.finished:
        here = run.state.record.step
        click.echo(f"Interrupted at step {here}: goes on to step {run.planned}, as planned.")
    learn_and_save(run, out or folder, subtype, begin=out is not None)
