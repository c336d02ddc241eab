"""`run.json`: what a run was made from and what it found, for people and for reading it back."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from moss_core.errors import MossError
from moss_core.machine import DISTRIBUTION
from moss_core.objectives import Described
from moss_core.optimization import Candidate, Front, Run, RunConfig, Shares
from moss_core.reading import clean, parse_json, read_file
from moss_core.runs.layout import FILE
from moss_core.runs.written.kept import MOST_BYTES
from moss_core.runs.written.run_json import WrittenFormat, WrittenRun
from moss_core.synthesis import Canvas, Image

FORMAT_VERSION, OLDEST_VERSION = 4, 2
MAX_TITLE = 80
_REMEDY = "Undo what was changed by hand, or delete the run."
_VERSIONED = (DISTRIBUTION, "torch", "torchaudio", "numpy", "lpips", "moocore")


@dataclass(frozen=True)
class Manifest:
    """What `run.json` says.

    Args:
        title: what people call the run.
        created: when it was started, ISO 8601, UTC.
        image: the image's name.
        track: the track's name.
        right: the name of the image on the right channel; "" where there is one image.
        image_sha256: of the image's file.
        right_sha256: of the file of the image on the right channel; "" where there is none.
        others: name and SHA-256 of the file of each further image.
        track_sha256: of the track's file.
        track_seconds: length of the track.
        track_channels: how many it has.
        low: lowest frequency of the canvas as it was used, Hz.
        high: highest frequency of the canvas as it was used, Hz.
        used: the canvas as it was used, narrowed to the image where that was to fit.
        used_others: likewise those of the further placed images.
        config: of the run.
        planned: steps to learn in all.
        steps: learned so far.
        seconds: of learning so far.
        hypervolume: how much of the box the front covers, 0 to 1 (`Front`).
        objectives: in the order of the losses.
        front: of the candidates as last rendered, none before the first step. What an earlier
            version wrote does not say the worse ends, without which there are no shares.
    """

    title: str
    created: str
    image: str
    track: str
    right: str
    image_sha256: str
    right_sha256: str
    others: tuple[tuple[str, str], ...]
    track_sha256: str
    track_seconds: float
    track_channels: int
    low: float
    high: float
    used: Canvas
    used_others: tuple[Canvas, ...]
    config: RunConfig
    planned: int
    steps: int
    seconds: float
    hypervolume: float
    objectives: tuple[Described, ...]
    front: Front

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """As last rendered, from the most track to the most image."""
        return self.front.candidates

    @property
    def knee(self) -> int | None:
        """Index of the candidate where the front bends the most; None: it does not."""
        return self.front.knee

    @property
    def opening_shares(self) -> Shares | None:
        """What the candidate that the run opens on has reached; None where it does not say.

        Runs of an earlier version do not tell the worse ends that shares are counted from.
        """
        front = self.front
        losses = next((c.losses for c in front.candidates if c.index == front.opening), None)
        shares = front.shares(losses) if losses else None
        return shares if shares and None not in (shares.picture, shares.sound) else None


def describe(run: Run, hashes: Mapping[str, str], subtype: str) -> dict[str, Any]:
    """Return what `run.json` holds.

    Args:
        run: perhaps without a step taken.
        hashes: SHA-256 of the files as kept with the run: "image", "track", "right" where there is
            an image for the right channel, and "other1" and so on where there are more images.
        subtype: of the WAV files, where there are any.
    """
    first, begun = run.model.parts[0], bool(run.history)
    front = run.state.front if begun else Front(worst=run.optimizer.worst)
    return {
        "format": FORMAT_VERSION,
        "title": run.title,
        "created": run.created,
        "image": _image(run.image, hashes["image"]),
        "right": _image(run.right, hashes["right"]) if run.right else None,
        "others": [
            _image(image, hashes[f"other{number}"]) for number, image in enumerate(run.others, 1)
        ],
        "track": {
            "name": run.track.name,
            "sha256": hashes["track"],
            "sample_rate_hz": run.track.sample_rate,
            "channels": run.track.samples.shape[0],
            "duration_s": run.track.duration,
        },
        "config": run.config.as_dict(),
        "used": {
            "device": str(first.device),
            "working_rate_hz": first.sample_rate,
            "canvas": asdict(first.canvas) | {"top": first.top},
            "other_canvases": [
                asdict(part.canvas) | {"top": part.top} for part in run.model.parts[1:]
            ],
            "display": {
                "white_percentile": round(first.loudest, 3),
                "headroom_db": round(first.headroom, 3),
                "range_db": first.range,
            },
            "subtype": subtype,
        },
        "planned": run.planned,
        "steps_taken": run.history[-1].step if begun else 0,
        "learned_s": round(run.history[-1].seconds, 3) if begun else 0.0,
        "hypervolume": round(front.hypervolume, 6),
        "knee": front.knee,
        "candidates": [
            {
                "index": c.index,
                "preference": [round(weight, 6) for weight in c.preference],
                # A loss that was switched off is no number, which JSON has no word for.
                "losses": [loss if loss == loss else None for loss in c.losses],
                "dominated": c.dominated,
            }
            for c in front.candidates
        ],
        "objectives": [
            {
                "name": objective.name,
                "label": objective.label,
                "domain": objective.domain,
                "reference": objective.reference,
                "distribution": run.sources[objective.name].distribution,
                "version": run.sources[objective.name].version,
                "worst": worst if math.isfinite(worst) else None,
            }
            for objective, worst in zip(run.objectives, front.worst, strict=True)
        ],
        "failures": [{"name": failure.name, "reason": failure.reason} for failure in run.failures],
        "versions": {"python": platform.python_version()} | {n: version_of(n) for n in _VERSIONED},
    }


def _image(image: Image, sha256: str) -> dict[str, Any]:
    height, width = image.pixels.shape
    return {"name": image.name, "sha256": sha256, "width": width, "height": height}


@cache
def version_of(distribution: str = DISTRIBUTION) -> str:
    """Return the version of a distribution that is installed, MOSS's own by default."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def read_manifest(folder: Path) -> Manifest:
    """Read the `run.json` of a run's folder.

    Raises:
        MossError: if it is missing, of another format, or not as MOSS writes it.
    """
    try:
        return _parse(folder, run_file(folder))
    except MossError as error:
        if error.thing.startswith("run "):
            raise
        raise _damaged(folder, str(error)) from error
    except ValueError as error:
        raise _damaged(folder, str(error)) from error


def run_file(folder: Path) -> bytes:
    """Return what the `run.json` of a run's folder holds.

    Raises:
        MossError: if it is missing, no regular file, or too large.
    """
    if folder.is_dir() and os.path.lexists(folder / FILE):
        return read_file(folder / FILE, MOST_BYTES[FILE], _thing(folder), _REMEDY)
    found = "an unfinished one" if folder.is_dir() else "no such folder"
    raise MossError(
        f"run {folder.name}",
        f"must be a folder with a {FILE}",
        found,
        "Choose another folder, or run it again.",
    )


def _thing(folder: Path) -> str:
    return f"run {clean(folder.name)}: {FILE}"


def _damaged(folder: Path, found: str) -> MossError:
    return MossError(_thing(folder), "must be as MOSS wrote it", found, _REMEDY)


def _parse(folder: Path, content: bytes) -> Manifest:
    thing = _thing(folder)
    _check_format(folder, parse_json(content, WrittenFormat, thing, _REMEDY).format)
    told = parse_json(content, WrittenRun, thing, _REMEDY)
    used, right = told.canvas(), told.right
    return Manifest(
        title=clean(told.title, MAX_TITLE).strip() or "Untitled",
        created=clean(told.created),
        image=clean(told.image.name),
        track=clean(told.track.name),
        right=clean(right.name) if right else "",
        image_sha256=told.image.sha256,
        right_sha256=right.sha256 if right else "",
        others=tuple((clean(other.name), other.sha256) for other in told.others),
        track_sha256=told.track.sha256,
        track_seconds=told.track.duration_s,
        track_channels=told.track.channels,
        low=_known(used.low),
        high=_known(used.high),
        used=used,
        used_others=tuple(canvas.made() for canvas in told.used.other_canvases),
        config=told.config.made(),
        planned=told.planned,
        steps=told.steps_taken,
        seconds=told.learned_s,
        hypervolume=told.hypervolume,
        objectives=told.described(),
        front=told.front(),
    )


def _known(hertz: float | None) -> float:
    if hertz is None:
        raise ValueError("a canvas that was used, without its lowest or highest frequency")
    return hertz


def _check_format(folder: Path, found: int) -> None:
    if OLDEST_VERSION <= found <= FORMAT_VERSION:
        return
    remedy = (
        "Update MOSS."
        if found > FORMAT_VERSION
        else "Run it again: it was kept without its image and track."
    )
    raise MossError(
        f"run {clean(folder.name)}",
        f"must be of format {OLDEST_VERSION} to {FORMAT_VERSION}",
        found,
        remedy,
    )
