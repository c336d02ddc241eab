"""Presets as files: small JSON that people save, send to each other and open."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

from msgspec import Meta, field

from moss_core.errors import MossError
from moss_core.reading import Number, Record, Text, clean, parse_json, read_file
from moss_core.runs.presets.built_in import PRESETS
from moss_core.runs.presets.preset import Preset
from moss_core.runs.written.configuring import (
    MOST_OBJECTIVES,
    Name,
    WrittenBlend,
    WrittenParameters,
)

PRESET_SUFFIX = ".moss-preset.json"
MOST_BYTES = 64_000
_VERSION, _FORMAT = 1, "moss_preset"
_REMEDY = "Choose a file that MOSS saved."
_T = TypeVar("_T")
_Weight = Annotated[float, Meta(ge=-1e12, le=1e12)]


class _Version(Record):
    moss_preset: int


class _Written(Record, forbid_unknown_fields=True):
    moss_preset: int
    label: Text
    objectives: Annotated[dict[Name, _Weight], Meta(max_length=MOST_OBJECTIVES)]
    words: Text = ""
    parameters: WrittenParameters = field(default_factory=dict)
    blend: WrittenBlend = field(default_factory=WrittenBlend)
    lean: Number = Preset.lean


def find_preset(named: str) -> Preset:
    """Return the preset of this name; what is no such name is the path of a preset's file.

    Raises:
        MossError: for neither.
    """
    for preset in PRESETS:
        if preset.name == named:
            return preset
    path = Path(named)
    if not path.exists():
        raise MossError(
            "preset",
            f"must be one of {', '.join(preset.name for preset in PRESETS)}, or a file",
            repr(named),
            "Check the spelling; `moss presets` lists what each does.",
        )
    return read_preset(path)


def read_preset(path: Path) -> Preset:
    """Read a preset's file.

    Raises:
        MossError: if it is no regular file, cannot be read, or is no preset (`parse_preset`).
    """
    thing = f"preset {clean(path.name)}"
    return parse_preset(
        read_file(path, MOST_BYTES, thing, "Check the path.", links=True), path.name
    )


def parse_preset(content: bytes, name: str) -> Preset:
    """Read what a preset's file holds; whether its objectives are there says `Preset.check`.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        MossError: for more than 64 kB, what is no JSON, another version, a field that is not known
            or missing, and a value that cannot be used.
    """
    thing = f"preset {clean(name)}"
    version = _read(content, _Version, thing).moss_preset
    if version != _VERSION:
        raise MossError(
            thing,
            f'must have "{_FORMAT}": {_VERSION}',
            version,
            "Update MOSS, if the file is of a newer version.",
        )
    told = _read(content, _Written, thing)
    try:
        return Preset(
            told.label,
            told.words,
            tuple(told.objectives.items()),
            told.parameters,
            told.blend.made(),
            told.lean,
        )
    except MossError as error:
        raise MossError(f"{thing}: {error.thing}", error.rule, error.found, error.remedy) from error


def _read(content: bytes, kind: type[_T], thing: str) -> _T:
    return parse_json(content, kind, thing, _REMEDY, "must be JSON that MOSS wrote", MOST_BYTES)


def preset_file(preset: Preset) -> bytes:
    """Return what a preset's file holds, which `parse_preset` reads back."""
    told = {
        _FORMAT: _VERSION,
        "label": preset.label,
        "words": preset.words,
        "objectives": dict(preset.objectives),
        "parameters": {name: dict(values) for name, values in preset.parameters.items()},
        "blend": asdict(preset.blend),
        "lean": preset.lean,
    }
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
