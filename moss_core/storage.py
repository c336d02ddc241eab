"""The folder of a run: written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import platform
import shutil
import tempfile
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import safetensors.torch

from moss_core.chart import front_png
from moss_core.errors import MossError
from moss_core.export import encode_picture, encode_wav, hybrid, score_files
from moss_core.pareto import non_dominated
from moss_core.run import Candidate, Run

FORMAT_VERSION = 1
ENTRIES = (
    "run.json",
    "front.csv",
    "front.png",
    "history.csv",
    "masks.safetensors",
    "audio",
    "pictures",
)
_VERSIONED = ("moss", "torch", "torchaudio", "numpy", "lpips", "moocore")


def check_folder(folder: Path, overwrite: bool = False) -> None:
    """Raise `MossError` unless a run can be written into `folder`.

    Args:
        folder: need not exist; other files in it are left alone.
        overwrite: whether a run that is there may be replaced.
    """
    if folder.exists() and not folder.is_dir():
        raise MossError(f"folder {folder}", "must be a folder", "a file", "Choose another name.")
    taken = [entry for entry in ENTRIES if (folder / entry).exists()]
    if taken and not overwrite:
        raise MossError(
            f"folder {folder}",
            "must not hold another run",
            ", ".join(taken),
            "Choose another folder, or replace what is there with --overwrite.",
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".moss-"):
            pass
    except OSError as error:
        raise MossError(
            f"folder {folder}",
            "must be writable",
            error.strerror,
            "Choose another folder, or free space.",
        ) from error


def save(run: Run, folder: str | Path, overwrite: bool = False, subtype: str = "float") -> None:
    """Write a run: sounds, pictures, front, masks, history, and all that is needed to repeat it.

    Candidates are numbered from the most track (000) to the most image. The losses in
    `front.csv` are measured on the sound files as written. Everything is written beside the
    folder first and moved in when complete.

    Args:
        run: with at least one step taken.
        folder: made if it does not exist.
        overwrite: whether a run that is there may be replaced.
        subtype: of the WAV files: "float" (32-bit), "pcm24" or "pcm16".

    Raises:
        MossError: if the folder cannot be used, or the disk is full.
    """
    folder = Path(folder)
    check_folder(folder, overwrite)
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".moss-") as temporary:
            complete = Path(temporary)
            _write(run, complete, subtype)
            folder.mkdir(exist_ok=True)
            for entry in ENTRIES:
                _remove(folder / entry)
                (complete / entry).replace(folder / entry)
    except OSError as error:
        raise MossError(
            f"folder {folder}",
            "must take the run's files",
            error.strerror,
            "Free space, or choose another folder; the run can be written again.",
        ) from error


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(run: Run, folder: Path, subtype: str) -> None:
    candidates = run.candidates()
    (folder / "audio").mkdir()
    (folder / "pictures").mkdir()
    sounds = []
    for number, candidate in enumerate(candidates):
        waveform = run.state.waveform[candidate.index]
        samples = hybrid(run, waveform)
        sounds.append(encode_wav(samples, run.track.sample_rate, subtype))
        (folder / "audio" / f"{number:03}.wav").write_bytes(sounds[-1])
        picture = encode_picture(run.picture(waveform))
        (folder / "pictures" / f"{number:03}.png").write_bytes(picture)
    losses = score_files(run, sounds)
    on_front = non_dominated(losses[:, list(run.scorer.active)])
    measured = [
        replace(candidate, losses=tuple(row), dominated=not bool(front))
        for candidate, row, front in zip(candidates, losses.tolist(), on_front, strict=True)
    ]
    (folder / "front.csv").write_text(_front_csv(run, measured))
    (folder / "front.png").write_bytes(front_png(run.objectives, measured))
    (folder / "history.csv").write_text(_history_csv(run, candidates))
    (folder / "run.json").write_text(json.dumps(describe(run, subtype), indent=2) + "\n")
    order = [candidate.index for candidate in candidates]
    tensors = {
        "masks": run.state.mask[order].cpu().contiguous(),
        "waveforms": run.state.waveform[order].cpu().contiguous(),
    }
    (folder / "masks.safetensors").write_bytes(safetensors.torch.save(tensors))


def _csv(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _number(value: float) -> str:
    return f"{value:.6g}"


def _front_csv(run: Run, candidates: list[Candidate]) -> str:
    names = [objective.name for objective in run.objectives]
    rows = [["index", *(f"preference_{name}" for name in names), *names, "dominated"]]
    for number, candidate in enumerate(candidates):
        numbers = map(_number, (*candidate.preference, *candidate.losses))
        rows.append([f"{number:03}", *numbers, str(candidate.dominated).lower()])
    return _csv(rows)


def _history_csv(run: Run, candidates: tuple[Candidate, ...]) -> str:
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
    return _csv(rows)


def describe(run: Run, subtype: str = "float") -> dict[str, Any]:
    """Return what `run.json` holds: inputs with hashes, configuration, versions, and failures."""
    model = run.model
    return {
        "format": FORMAT_VERSION,
        "image": {
            "name": run.image.name,
            "sha256": run.image.sha256,
            "width": run.image.pixels.shape[1],
            "height": run.image.pixels.shape[0],
        },
        "track": {
            "name": run.track.name,
            "sha256": run.track.sha256,
            "sample_rate_hz": run.track.sample_rate,
            "channels": run.track.samples.shape[0],
            "duration_s": run.track.duration,
        },
        "config": run.config.as_dict(),
        "used": {
            "device": str(model.device),
            "working_rate_hz": model.sample_rate,
            "canvas": asdict(model.canvas) | {"top": model.top},
            "subtype": subtype,
        },
        "steps_taken": run.state.record.step,
        "objectives": [
            {
                "name": objective.name,
                "domain": objective.domain,
                "reference": objective.reference,
                "distribution": run.sources[objective.name].distribution,
                "version": run.sources[objective.name].version,
            }
            for objective in run.objectives
        ],
        "failures": [{"name": failure.name, "reason": failure.reason} for failure in run.failures],
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in _VERSIONED},
    }
