"""What can be ordered of a run: films, ZIPs and its table, with what each will need."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import PIL.Image
import torch
from torch import Tensor

from background.downloads.export import Order, Tell
from background.encodings import shown_of
from background.job import Job
from background.snapshots import Shown, Snapshot
from moss_core.optimization import Run
from moss_core.runs import film_of, front_csv_of, write_candidate_zip, write_film, write_zip
from moss_core.words import count_text

# Measured on the samples, on one core of 2.4 GHz: seconds for each second of the canvas, and bytes.
_SAVED, _CERTIFIED, _CODECS, _BEGINNING = 0.25, 0.2, 1.0, 2.0
_PICTURE_BYTES, _LEARNED_BYTES, _PAGE_BYTES = 150_000, 500_000, 700_000
_WAV_BYTES = 3  # of a sample, at 24 bit


def film_order(
    job: Job,
    snapshot: Snapshot,
    candidate: int,
    kind: str,
    shape: str,
    card: bool,
    shown: Shown,
    file_name: str,
) -> Order:
    """Return the order of a film (`film_of`) of the run as it is at this moment.

    Args:
        job: whose film it is.
        snapshot: at whose step.
        candidate: index of the one it shows.
        kind: of film.
        shape: of its frames.
        card: whether it begins with a title card.
        shown: what of the candidates it shows.
        file_name: of the MP4 file.

    Raises:
        MossError: as `film_of`.
    """
    run, _ = job.rendered(candidate, snapshot)
    film = film_of(
        run,
        kind,
        candidate,
        shape,
        card=card,
        heard=shown.channel,
        draw=lambda waveform: shown_of(run, waveform, shown),
        note=", ".join(shown.words(snapshot.heard)),
        past=_past(job, snapshot, candidate) if kind == "learning" else (),
    )

    def make(path: Path, tell: Tell) -> None:
        write_film(film, path, lambda done: tell(done, "Drawing frame by frame"))

    what = f"{film.seconds:.0f} s of video, {film.stage.shape.width} x {film.stage.shape.height}"
    return Order("video", what, file_name, "video/mp4", film.needs, make)


def has_past(job: Job, snapshot: Snapshot, candidate: int) -> bool:
    """Whether pictures of past steps were kept, for a film of the learning."""
    return len(_past(job, snapshot, candidate)) > 1


def _past(job: Job, snapshot: Snapshot, candidate: int) -> list[tuple[int, Callable[[], Tensor]]]:
    kept = [(step, job.picture_at(step, candidate)) for step in snapshot.recorded]
    return [(step, partial(_decoded, content)) for step, content in kept if content]


def _decoded(content: bytes) -> Tensor:
    with PIL.Image.open(io.BytesIO(content)) as picture:
        return torch.from_numpy(np.asarray(picture.convert("L")).copy()) / 255


def zip_order(job: Job, snapshot: Snapshot, name: str) -> Order:
    """Return the order of everything in a ZIP, in a folder of this name."""

    def make(path: Path, tell: Tell) -> None:
        with path.open("wb") as file, job.reading() as run:
            write_zip(run, file, name, tell=tell, kept=job.folder)

    run, count = _run_of(job, snapshot), len(snapshot.candidates)
    seconds = _seconds(run)
    learned = len(run.model.painted.names) * seconds * _LEARNED_BYTES
    each = _sound_bytes(run) + _picture_bytes(run) + learned + _PAGE_BYTES
    images = [image.content for image in (run.image, run.right, *run.others) if image]
    size = round(count * each) + len(run.track.content) + sum(map(len, images))
    time = _BEGINNING + seconds * (count * (_SAVED + _CERTIFIED) + _CODECS)
    return Order(
        "ZIP",
        f"{count_text(count, 'sound')}, the tables and the masks",
        f"{name}.zip",
        "application/zip",
        (size, time),
        make,
    )


def candidate_zip_order(job: Job, snapshot: Snapshot, candidate: int, name: str) -> Order:
    """Return the order of one candidate in a ZIP, in a folder of this name."""

    def make(path: Path, tell: Tell) -> None:
        with path.open("wb") as file, job.reading() as run:
            write_candidate_zip(run, candidate, file, name, tell)

    run = _run_of(job, snapshot)
    needs = _sound_bytes(run) + _picture_bytes(run) + _PAGE_BYTES, 1.0
    time = 1.0 + _seconds(run) * (_SAVED + _CERTIFIED)
    what = "Its sound, its pictures and its certificate"
    return Order("ZIP", what, f"{name}.zip", "application/zip", (needs[0], time), make)


def table_order(job: Job, snapshot: Snapshot, name: str) -> Order:
    """Return the order of the front as a table, its losses measured on sound files."""

    def make(path: Path, tell: Tell) -> None:
        measuring = "Measuring every candidate's sound file"
        with job.reading() as run:
            text = front_csv_of(run, tell=lambda done: tell(done, measuring))
        path.write_text(text, encoding="utf-8")

    run, count = _run_of(job, snapshot), len(snapshot.candidates)
    time = 1.0 + _seconds(run) * count * _SAVED
    return Order(
        "table",
        "Every candidate's losses, measured on its sound file",
        f"{name}-front.csv",
        "text/csv",
        (100 * count, time),
        make,
    )


def _run_of(job: Job, snapshot: Snapshot) -> Run:
    return job.rendered(snapshot.candidates[0].index, snapshot)[0]


def _seconds(run: Run) -> float:
    """Return how many seconds the canvases have together."""
    return sum(part.canvas.duration for part in run.model.parts)


def _sound_bytes(run: Run) -> int:
    return run.track.samples.numel() * _WAV_BYTES


def _picture_bytes(run: Run) -> int:
    return len(run.model.painted.heard) * _PICTURE_BYTES
