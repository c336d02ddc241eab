"""`moss export`: one candidate of a run as a sound file, of any kind that the dashboard has."""

from __future__ import annotations

from pathlib import Path

import click

from moss_core.cli.files.chosen import choose_candidate, chosen
from moss_core.errors import MossError
from moss_core.runs import hybrid, load, tagged
from moss_core.synthesis import FORMATS, encode_sound


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@choose_candidate
@click.option("--kind", help=f"Of file: {', '.join(FORMATS)}.  [default: as --out ends, or wav]")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
def export(folder: Path, candidate: int | None, kind: str | None, out: Path) -> None:
    """Write a candidate of the run in FOLDER as a sound file.

    The file is the whole track with the candidate's canvas, with the track's own tags and cover,
    and with what made it, which `moss show` prints. A WAV or FLAC has 24 bits.
    """
    named = out.suffix.removeprefix(".").lower()
    form = kind or (named if named in FORMATS else "wav")
    _check_place(out)
    run = load(folder)
    index, front = chosen(run, candidate), run.state.front
    sound = hybrid(run, run.state.waveform[index])
    content = encode_sound(sound, run.track.sample_rate, form)
    _write(out, tagged(run, index, content, form))
    which = f"candidate {front.number(index)} of {len(front.candidates)}"
    click.echo(f"{out}: {which}, {FORMATS[form].label}, {out.stat().st_size:,} bytes")
    click.echo(str(front.shares(run.state.record.losses[index])))


def _check_place(out: Path) -> None:
    if out.is_dir() or not out.parent.is_dir():
        found = "a folder" if out.is_dir() else f"no folder {out.parent}"
        raise MossError(f"file {out}", "must be writable", found, "Name a file in a folder.")


def _write(out: Path, content: bytes) -> None:
    """Write beside the place and move there, so that nothing is left half written."""
    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        remedy = "Free space, or name another place."
        raise MossError(f"file {out}", "must be writable", error.strerror, remedy) from error
