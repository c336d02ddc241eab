"""A run in tables and words, for people and their spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from moss_core.objectives import as_text
from moss_core.optimization import Candidate, Run, image_share


def about(run: Run, measured: Sequence[Candidate], subtype: str) -> str:
    """Return in plain words what lies in the folder of a run."""
    track, canvas = run.track, run.model.canvas
    channels = {1: "mono", 2: "stereo"}.get(len(track.samples), f"{len(track.samples)} channels")
    lines = [
        run.title,
        "",
        f"Made with MOSS from the image {run.image.name} and the track {track.name}.",
        f"Started {run.created}; {run.state.record.step} steps.",
        f"The image lies at {canvas.start:g} to {canvas.start + canvas.duration:g} s, "
        f"{canvas.low:g} to {canvas.high:g} Hz ({canvas.axis}); outside, the track is untouched.",
        "",
        f"audio/      the whole track with each candidate's canvas: WAV {subtype}, "
        f"{track.sample_rate} Hz, {channels}",
        "pictures/   each candidate's canvas as measured on its sound, one pixel a cell: white is "
        f"{run.model.headroom:.0f} dB above the loudest 0.5 % of the cells, black "
        f"{run.model.range:.0f} dB below white",
        "front.csv   the losses, measured on the files in audio/; front.png the same as a chart",
        "history.csv every step; run.json the configuration; inputs/ the image and the track;",
        "masks.safetensors all that was learned: MOSS opens this folder and goes on from here.",
        "certificate.html, in a ZIP: what programs show of the files in audio/ as they are, and of "
        "the one at the knee after codecs too; certificate.csv the same as a table. `moss certify "
        "FOLDER` writes both, `moss certify audio/000.wav` tells all of one file.",
        "",
        *_objectives(run),
        "",
        "file     candidate  image share  " + "  ".join(o.label for o in run.objectives),
    ]
    for number, candidate in enumerate(measured):
        share = image_share(run.objectives, candidate.preference)
        losses = "  ".join(
            f"{loss:.3f}".rjust(len(objective.label))
            for objective, loss in zip(run.objectives, candidate.losses, strict=True)
        )
        dominated = "  (another candidate is better)" if candidate.dominated else ""
        name = f"{number:03}"
        lines.append(f"{name:8} {candidate.index + 1:9}  {share:11.0%}  {losses}{dominated}")
    return "\n".join(lines) + "\n"


def _objectives(run: Run) -> list[str]:
    """Say which objectives there are, how they were set, and which of them failed."""
    failed = {failure.name for failure in run.failures}
    lines = []
    for objective in run.objectives:
        settings = run.config.parameters.get(objective.name, {})
        words = [f"{name} {as_text(value)}" for name, value in settings.items()]
        source = run.sources[objective.name]
        words.append(f"{source.distribution} {source.version}")
        words += ["switched off, as it failed"] * (objective.name in failed)
        lines.append(f"{objective.label} ({', '.join(words)}): {objective.reference}")
    return lines


def csv_of(rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as a table for spreadsheets."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _number(value: float) -> str:
    return f"{value:.6g}"


def front_csv(run: Run, candidates: Sequence[Candidate]) -> str:
    """Return a line a candidate: its file's number, its own, its preference and its losses."""
    names = [objective.name for objective in run.objectives]
    header = ["index", "candidate", *(f"preference_{name}" for name in names), *names, "dominated"]
    rows: list[list[Any]] = [header]
    for number, candidate in enumerate(candidates):
        numbers = map(_number, (*candidate.preference, *candidate.losses))
        dominated = str(candidate.dominated).lower()
        rows.append([f"{number:03}", candidate.index + 1, *numbers, dominated])
    return csv_of(rows)


def history_csv(run: Run, candidates: Sequence[Candidate]) -> str:
    """Return a line a step and candidate: seconds so far, preference, losses."""
    names = [objective.name for objective in run.objectives]
    header = ["step", "seconds", "index", *(f"preference_{name}" for name in names), *names]
    rows: list[list[Any]] = [header]
    for record in run.history:
        for number, candidate in enumerate(candidates):
            if candidate.index >= len(record.losses):
                continue  # it branched off later
            preference = record.preferences[candidate.index]
            numbers = map(_number, (*preference, *record.losses[candidate.index]))
            rows.append([record.step, f"{record.seconds:.3f}", f"{number:03}", *numbers])
    return csv_of(rows)
