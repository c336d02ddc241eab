"""Presets as files: small JSON that people save, send to each other and open."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from moss_core.errors import MossError
from moss_core.objectives import NAME, Value
from moss_core.runs.presets.built_in import PRESETS
from moss_core.runs.presets.preset import Preset
from moss_core.synthesis import Blend

PRESET_SUFFIX = ".moss-preset.json"
MOST_BYTES = 64_000
_VERSION, _FORMAT = 1, "moss_preset"
_FIELDS = (_FORMAT, "label", "words", "objectives", "parameters", "blend", "lean")
_MOST_VALUES, _MOST_CHARACTERS, _LARGEST = 64, 200, 1e12


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
    try:
        if not path.is_file():  # a pipe or a device would be read for ever
            raise MossError(
                f"preset {path.name}", "must be a file", "something else", "Name a preset's file."
            )
        with path.open("rb") as file:
            return parse_preset(file.read(MOST_BYTES + 1), path.name)
    except OSError as error:
        raise MossError(
            f"preset {path.name}", "must be readable", error.strerror, "Check the path."
        ) from error


def parse_preset(content: bytes, name: str) -> Preset:
    """Read what a preset's file holds; whether its objectives are there says `Preset.check`.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        MossError: for more than 64 kB, what is no JSON, another version, a field that is not known
            or missing, and a value that cannot be used.
    """
    reading = _Reading(f"preset {name}")
    if len(content) > MOST_BYTES:
        reading.fail("must be at most 64 kB", f"more than {MOST_BYTES:,} bytes")
    try:
        told = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reading.fail("must be JSON", str(error) or type(error).__name__)
    told = reading.mapping("what it holds", told)
    if told.get(_FORMAT) != _VERSION or isinstance(told[_FORMAT], bool):
        reading.fail(
            f'must have "{_FORMAT}": {_VERSION}',
            repr(told.get(_FORMAT, "none"))[:_MOST_CHARACTERS],
            "Update MOSS, if the file is of a newer version.",
        )
    for field in told:
        if field not in _FIELDS:
            reading.fail(f"must have no field but {', '.join(_FIELDS)}", repr(field))
    try:
        return Preset(
            reading.text("label", told.get("label")),
            reading.text("words", told.get("words", "")),
            reading.objectives(told.get("objectives")),
            reading.parameters(told.get("parameters", {})),
            reading.blend(told.get("blend", {})),
            reading.number("lean", told.get("lean", Preset.lean)),
        )
    except MossError as error:
        if error.thing == reading.thing:
            raise
        raise MossError(
            f"{reading.thing}: {error.thing}", error.rule, error.found, error.remedy
        ) from error


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


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant}, which is no number")


class _Reading:
    """Reads values of a file that anybody may have written.

    Args:
        thing: what to call the file in messages.
    """

    def __init__(self, thing: str) -> None:
        self.thing = thing

    def fail(
        self, rule: str, found: str, remedy: str = "Choose a file that MOSS saved."
    ) -> NoReturn:
        """Raise `MossError`."""
        raise MossError(self.thing, rule, found, remedy)

    def mapping(self, what: str, told: object, names: Callable[[str], object] = bool) -> Any:
        """Return an object of the file; raises unless `names` holds for its names."""
        if not isinstance(told, dict) or len(told) > _MOST_VALUES:
            self.fail(f"{what} must be an object of at most {_MOST_VALUES} parts", _short(told))
        for name in told:
            if len(name) > _MOST_CHARACTERS or not names(name):
                self.fail(f"{what} must have names as MOSS gives them", _short(name))
        return told

    def text(self, what: str, told: object) -> str:
        """Return a text."""
        if not isinstance(told, str):
            self.fail(f"{what} must be a text", _short(told))
        return told

    def number(self, what: str, told: object) -> float:
        """Return a number."""
        if isinstance(told, bool) or not isinstance(told, (int, float)):
            self.fail(f"{what} must be a number", _short(told))
        if not abs(told) <= _LARGEST or not math.isfinite(told):
            self.fail(f"{what} must be at most {_LARGEST:g}", _short(told))
        return told

    def objectives(self, told: object) -> tuple[tuple[str, float], ...]:
        """Return names with weights."""
        weights = self.mapping("objectives", told, NAME.fullmatch)
        return tuple(
            (name, float(self.number(f"weight of {name}", weight)))
            for name, weight in weights.items()
        )

    def parameters(self, told: object) -> dict[str, Mapping[str, Value]]:
        """Return values of parameters, by objective and name."""
        found = self.mapping("parameters", told, NAME.fullmatch)
        return {
            objective: {
                name: self._value(f"{objective}.{name}", value)
                for name, value in self.mapping(objective, values, NAME.fullmatch).items()
            }
            for objective, values in found.items()
        }

    def _value(self, what: str, told: object) -> Value:
        if isinstance(told, bool):
            return told
        if isinstance(told, str):
            if len(told) > _MOST_CHARACTERS:
                self.fail(f"{what} must be short", _short(told))
            return told
        return self.number(what, told)

    def blend(self, told: object) -> Blend:
        """Return how the image sits in the song."""
        usual = Blend()
        given = asdict(usual) | self.mapping("blend", told, asdict(usual).__contains__)
        black = given["black"]
        return Blend(
            self.text("mode of blend", given["mode"]),
            None if black is None else self.number("black of blend", black),
            self.number("soft_time of blend", given["soft_time"]),
            self.number("soft_frequency of blend", given["soft_frequency"]),
        )


def _short(told: object) -> str:
    text = repr(told)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
