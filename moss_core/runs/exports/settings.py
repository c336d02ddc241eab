"""What made a file: written into every sound and picture that leaves MOSS, and read back.

One field, `MOSS`, holds it as compact JSON in ASCII, which every container takes. Beside it stand
the track's own tags and cover, a title where the track has none, and the version of MOSS. Nothing
in it tells the time, so the same sound and settings give the same file.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch

from moss_core.errors import MossError
from moss_core.optimization import (
    Run,
    RunConfig,
    Shares,
    State,
    image_share,
    sweep_preferences,
)
from moss_core.reading import clean, parse_json, read_file
from moss_core.runs.layout import FILE
from moss_core.runs.manifest import MAX_TITLE, read_manifest, version_of
from moss_core.runs.written.kept import MOST_TRACK
from moss_core.runs.written.run_json import WrittenFormat
from moss_core.runs.written.settings import WrittenSettings
from moss_core.synthesis import (
    SETTINGS_FIELD,
    Image,
    Tags,
    Track,
    kept_of,
    read_tags,
    write_tags,
)

FORMAT = 1
MOST_CHARACTERS = 200_000
"""Of the settings of a file; those of 64 parameters and 256 candidates have a tenth of it."""
_NEAR = 1e-6


@dataclass(frozen=True)
class Made:
    """The candidate that a file holds.

    Args:
        number: its place from the most track (1) to the most image.
        of: how many candidates there were.
        shares: what it has of picture and sound; None in both where an earlier version wrote it.
        image_share: of its preference, 0 to 1.
        losses: by objective; NaN for one that was switched off.
        steered: whether the run's candidates were steered or added by hand, which is not repeated.
    """

    number: int
    of: int
    shares: Shares
    image_share: float
    losses: Mapping[str, float]
    steered: bool


@dataclass(frozen=True)
class FileSettings:
    """What made a file, or a run.

    Args:
        version: of MOSS; "" for a run, whose `run.json` has those of all that made it.
        title: of the run.
        inputs: name and SHA-256 of the files "image" and "track", "right" where there is an image
            for the right channel, and "other1" and so on where there are more images.
        start: of the canvas, seconds.
        end: of the canvas, seconds.
        low: of the canvas, Hz.
        high: of the canvas, Hz.
        config: of the run.
        step: to which it was learned; of a run, to which it is to learn.
        made: None for a run.
    """

    version: str
    title: str
    inputs: Mapping[str, tuple[str, str]]
    start: float
    end: float
    low: float
    high: float
    config: RunConfig
    step: int
    made: Made | None = None

    def differences(self, found: Mapping[str, bytes]) -> list[str]:
        """Return which inputs are other ones than then: "image", "track", "right", "other1" ...

        Args:
            found: contents of files by the names that `inputs` has; one that is not there differs.
        """
        return [
            kind
            for kind in sorted({*found, *self.inputs})
            if (kind in found) != (kind in self.inputs)
            or (kind in found and hashlib.sha256(found[kind]).hexdigest() != self.inputs[kind][1])
        ]


def tagged(
    run: Run, candidate: int, content: bytes, kind: str, state: State | None = None
) -> bytes:
    """Return a file of a candidate with the track's tags and what made it.

    Args:
        run: with at least one step taken.
        candidate: its index.
        content: of the file.
        kind: a key of `FORMATS`, or "png", which gets the title and no other tag of the track.
        state: of the run when the candidate was rendered; the latest by default.
    """
    return write_tags(content, kind, tags_of(run, candidate, kind, state))


def tags_of(run: Run, candidate: int, kind: str, state: State | None = None) -> Tags:
    """Return what a candidate's file says of itself, as of `tagged`."""
    told = json.dumps(_told(run, candidate, state or run.state), separators=(",", ":"))
    kept = Tags() if kind == "png" else _kept(run)
    fields = {"title": run.title, **kept.fields}
    fields |= {"encoder": f"MOSS {version_of()}", SETTINGS_FIELD: told}
    return Tags(fields, kept.cover, kept.mimetype)


_tracks: WeakKeyDictionary[Run, Tags] = WeakKeyDictionary()


def _kept(run: Run) -> Tags:
    """Return what of a run's track's own tags goes with its files, read once."""
    known = _tracks.get(run)
    if known is None:
        known = kept_of(read_tags(run.track.content)) if run.track.content else Tags()
        _tracks[run] = known
    return known


def _told(run: Run, candidate: int, state: State) -> dict[str, Any]:
    candidates = state.front.candidates
    chosen = next(one for one in candidates if one.index == candidate)
    shares, canvas = state.front.shares(chosen.losses), run.model.parts[0].canvas
    inputs: dict[str, Image | Track] = {"image": run.image, "track": run.track}
    inputs |= {"right": run.right} if run.right else {}
    inputs |= {f"other{number}": image for number, image in enumerate(run.others, 1)}
    names = [objective.name for objective in run.objectives]
    return {
        "format": FORMAT,
        "version": version_of(),
        "title": run.title,
        "inputs": {kind: [file.name, file.sha256] for kind, file in inputs.items()},
        "canvas": [canvas.start, canvas.start + canvas.duration, canvas.low, canvas.high],
        "config": run.config.as_dict(),
        "step": state.record.step,
        "candidate": state.front.number(candidate),
        "of": len(candidates),
        "shares": [None if s is None else round(s, 6) for s in (shares.picture, shares.sound)],
        "image_share": round(image_share(run.objectives, chosen.preference), 6),
        # A loss that was switched off is no number, which JSON has no word for.
        "losses": {
            name: round(loss, 9) if loss == loss else None
            for name, loss in zip(names, chosen.losses, strict=True)
        },
        "steered": _is_steered(run, state),
    }


def _is_steered(run: Run, state: State) -> bool:
    weights = [weight for _, weight in run.config.objectives]
    config = run.config
    planned = sweep_preferences(run.objectives, weights, config.candidates, config.lean)
    found = torch.tensor(state.record.preferences)
    return found.shape != planned.shape or bool((found - planned).abs().max() > _NEAR)


def read_settings(source: str | Path) -> FileSettings:
    """Return what made a file, or the run in a folder.

    Args:
        source: a sound or PNG that MOSS wrote, the folder of a run, or its `run.json`.

    Raises:
        MossError: if it cannot be read, says nothing of what made it, or says it in a way that is
            damaged or of a newer MOSS.
    """
    path = Path(source)
    if path.is_dir() or path.name == FILE:
        return _of_a_run(path if path.is_dir() else path.parent)
    thing = f"file {clean(path.name)}"
    content = read_file(path, MOST_TRACK, thing, "Check the path.", links=True)
    text = read_tags(content).fields.get(SETTINGS_FIELD)
    if text is None:
        raise MossError(
            thing,
            "must say what made it, as sounds and pictures that MOSS wrote do",
            f"no field {SETTINGS_FIELD} in it",
            "Take the file as MOSS wrote it: other programs may leave the field out.",
        )
    format_ = _read(text, WrittenFormat, thing).format
    if format_ < 1:
        raise _damaged(thing, f"format {format_}")
    if format_ > FORMAT:
        raise MossError(
            thing, f"must hold settings of format {FORMAT}", format_, "Update MOSS to read it."
        )
    try:
        return _parsed(_read(text, WrittenSettings, thing))
    except ValueError as error:
        if isinstance(error, MossError) and error.thing == thing:
            raise
        raise _damaged(thing, error) from error


_RULE = f"must hold in its field {SETTINGS_FIELD} what MOSS wrote"
_REMEDY = "Take the file as MOSS wrote it."
_T = TypeVar("_T")


def _read(text: str, kind: type[_T], thing: str) -> _T:
    return parse_json(text, kind, thing, _REMEDY, _RULE, MOST_CHARACTERS)


def _damaged(thing: str, found: object) -> MossError:
    return MossError(thing, _RULE, found, _REMEDY)


def _parsed(told: WrittenSettings) -> FileSettings:
    losses = {name: math.nan if loss is None else loss for name, loss in told.losses.items()}
    if not {"image", "track"} <= set(told.inputs):
        raise ValueError("no image or no track")
    start, end, low, high = told.canvas
    return FileSettings(
        clean(told.version),
        clean(told.title, MAX_TITLE),
        {kind: (clean(name), sha256) for kind, (name, sha256) in told.inputs.items()},
        start,
        end,
        low,
        high,
        told.config.made(),
        told.step,
        Made(told.candidate, told.of, Shares(*told.shares), told.image_share, losses, told.steered),
    )


def _of_a_run(folder: Path) -> FileSettings:
    told = read_manifest(folder)
    inputs = {
        "image": (told.image, told.image_sha256),
        "track": (told.track, told.track_sha256),
    } | ({"right": (told.right, told.right_sha256)} if told.right_sha256 else {})
    inputs |= {f"other{number}": other for number, other in enumerate(told.others, 1)}
    start, length = told.used.start, told.used.duration
    end = told.track_seconds if length is None else start + length
    return FileSettings(
        "",
        told.title,
        inputs,
        start,
        end,
        told.low,
        told.high,
        told.config,
        told.planned,
    )
