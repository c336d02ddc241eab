"""A preset: a part of a run's configuration that has a name and says what it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moss_core.errors import MossError
from moss_core.objectives import Plugins, Value
from moss_core.optimization import RunConfig
from moss_core.synthesis import Blend

MOST_LABEL, MOST_WORDS = 40, 200
"""Characters of a label and of its sentence."""
MOST_OBJECTIVES = 32
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Preset:
    """What to aim for, under a name.

    Args:
        label: what people call it, 1 to 40 printable characters.
        words: what it does, a sentence of at most 200.
        objectives: names with their weights inside their domain, 1 to 32 of them.
        parameters: values of the objectives' parameters; what is left out has its default.
        blend: how the image sits in the song.
        lean: to the track or to the image (`RunConfig`).

    Raises:
        MossError: for a value outside these ranges.
    """

    label: str
    words: str
    objectives: tuple[tuple[str, float], ...]
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict, hash=False)
    blend: Blend = field(default_factory=Blend)
    lean: float = 0.5

    def __post_init__(self) -> None:
        for thing, text, least, most in (
            ("label", self.label, 1, MOST_LABEL),
            ("words", self.words, 0, MOST_WORDS),
        ):
            if not least <= len(text) <= most or not text.isprintable() or text != text.strip():
                raise MossError(
                    f"{thing} of a preset",
                    f"must be {least} to {most} printable characters",
                    repr(text[: 2 * most]),
                    "Write a short text on one line.",
                )
        if not 1 <= len(self.objectives) <= MOST_OBJECTIVES:
            raise MossError(
                f"preset {self.label}",
                f"must have 1 to {MOST_OBJECTIVES} objectives",
                len(self.objectives),
                "Name those that count most.",
            )
        RunConfig(**self.settings)  # it checks the rest

    @property
    def name(self) -> str:
        """What it is called on the command line and in names of files: words with hyphens."""
        return "-".join(_WORD.findall(self.label.lower())) or "preset"

    @property
    def settings(self) -> dict[str, Any]:
        """Its part of a `RunConfig`, by field."""
        return {
            "objectives": self.objectives,
            "parameters": self.parameters,
            "blend": self.blend,
            "lean": self.lean,
        }

    def check(self, plugins: Plugins) -> None:
        """See whether it can be used with what is installed.

        Raises:
            MossError: for an objective that is not there, or a parameter that this one has not; a
                domain without an objective.
        """
        known = {*plugins.installed, *(failure.name for failure in plugins.failures)}
        for name, _ in self.objectives:
            if name not in known:
                raise MossError(
                    f"preset {self.label}",
                    "must name objectives that are installed",
                    f"{name}, which is not",
                    "Install the package that offers it (`pip install PACKAGE`), and try again.",
                )
        for objective in plugins.choose(name for name, _ in self.objectives):
            objective.settings(self.parameters.get(objective.name, {}))
