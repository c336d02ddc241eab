"""`moss certify`: what others will see in a sound file, in each program, channel and codec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from moss_core.cli.listing import columns
from moss_core.cli.options.adjusting import ADJUSTMENT_OPTIONS, adjusts
from moss_core.cli.options.parameters import installed
from moss_core.cli.options.placing import (
    CANVAS_OPTIONS,
    as_long_as_usual,
    names_in,
    places_canvas,
)
from moss_core.errors import MossError
from moss_core.objectives import Plugins
from moss_core.runs import (
    CODECS,
    Certificate,
    Showing,
    certify_sounds,
    run_around,
    score_rows,
    showing_in,
    sounds_in,
    write_certificates,
)
from moss_core.synthesis import Adjustments, Canvas, load_image, load_track


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--image", type=click.Path(path_type=Path), help="What it is to show.")
@click.option("--right-image", type=click.Path(path_type=Path), help="Another for the right side.")
@places_canvas
@adjusts
@click.option("--viewers", help="Names of programs: audacity,sox,...  [default: all installed]")
@click.option("--codecs", help=f"Of {', '.join(CODECS)}.  [default: all]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for certificate.csv, certificate.html and the pictures.",
)
@click.pass_context
def certify(
    context: click.Context,
    file: Path,
    image: Path | None,
    right_image: Path | None,
    viewers: str | None,
    codecs: str | None,
    out: Path | None,
    canvas: Canvas,
    adjustments: Adjustments,
) -> None:
    """Say how well others will see the image in FILE: in programs, channels and codecs.

    FILE is any sound file. Where it lies in the folder of a run, image and canvas are the run's
    unless they are given. The folder of a run as FILE certifies all its sounds: as exported, and
    the best bargain of picture and sound in all codecs; the folder then gets certificate.csv and
    certificate.html.
    """
    plugins = installed(context)
    whole = file.is_dir()
    folder = file if whole else run_around(file)
    if folder is None and image is None:
        rule = "must be named for a file that lies in no folder of a run"
        raise MossError("--image", rule, "none", "Say --image IMAGE.")
    showing = showing_in(folder, plugins) if folder else None
    placed = not folder or _is_given(context, CANVAS_OPTIONS)
    if showing is None or image or right_image:
        if not (placed or _is_given(context, ("fit",))):
            # The canvas of a run is the image's own: another image is looked for all over it.
            adjustments = replace(adjustments, fit="stretch")
        showing = _given(image, right_image, adjustments, showing, file)
    elif _is_given(context, ADJUSTMENT_OPTIONS):
        rule = "must come with --image, which they are of"
        raise MossError("adjustments", rule, "no --image", "Name the image, or leave them out.")
    if placed:
        if not _is_given(context, ("duration",)):
            canvas = as_long_as_usual(canvas, load_track(sounds_in(file)[0] if whole else file))
        showing = replace(showing, canvas=canvas)
    names, ways = (None if text is None else names_in(text) for text in (viewers, codecs))
    if whole:
        found = certify_sounds(file, showing, plugins, names, ways)
    else:
        found = [_certificate(file, showing, plugins, names, ways)]
    _print(found)
    if out or whole:
        place = out or file
        write_certificates(found, showing.title, place, pictures=bool(out))
        click.echo(f"\n{place / 'certificate.html'}")


def _given(
    image: Path | None,
    right: Path | None,
    adjustments: Adjustments,
    showing: Showing | None,
    file: Path,
) -> Showing:
    """Return what a command's images ask for, in the place of those of the run if there is one."""
    if image is None or (right and right == image):
        rule = "must come with another --image, for the left channel"
        raise MossError("--right-image", rule, image or "none", "Name both.")
    files = [image, right] if right else [image]
    images = tuple(load_image(path) for path in files)
    if showing:
        return replace(showing, images=images, adjustments=adjustments)
    return Showing(file.name, images, Canvas(), None, (), {}, 0, adjustments)


def _certificate(
    file: Path,
    showing: Showing,
    plugins: Plugins,
    viewers: Sequence[str] | None,
    codecs: Sequence[str] | None,
) -> Certificate:
    sound = load_track(file)
    if len(showing.images) > len(sound.samples):
        raise MossError(
            "--right-image", "must be for a track with two channels", "one", "Leave it out."
        )
    examiner = showing.examiner(sound, plugins, viewers)
    return examiner.certify(sound, tuple(CODECS) if codecs is None else codecs)


def _print(certificates: Sequence[Certificate]) -> None:
    for number, certificate in enumerate(certificates):
        click.echo(f"{chr(10) * bool(number)}{certificate.sound}: {certificate.headline}")
        click.echo(columns(score_rows(certificate)))
        for remark in certificate.remarks:
            click.echo(f"left out: {remark}")
        for viewer in certificate.viewers:
            if warning := certificate.warning(viewer):
                click.echo(f"{viewer.label}: {warning}")
    click.echo("\nTo see it best:")
    for viewer in certificates[0].viewers:
        # Its gain differs from file to file, and stands with the file.
        click.echo(f"{viewer.label}: {replace(certificates[0], brighter={}).settings(viewer)}")


def _is_given(context: click.Context, names: Sequence[str]) -> bool:
    return any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in names)
