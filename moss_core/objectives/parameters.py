"""What an objective lets people set: declared once, read from widgets, options and files alike."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from moss_core.errors import MossError

Value = bool | int | float | str
Kind = Literal["switch", "whole number", "number", "choice"]

_KINDS: dict[type, Kind] = {bool: "switch", int: "whole number", float: "number", str: "choice"}
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What objectives and their parameters may be called."""


@dataclass(frozen=True)
class Parameter:
    """A value that people may set: a switch, a whole number, a number, or a choice of words.

    The dashboard makes a widget of it, the command line an option, `run.json` an entry.

    Args:
        default: the value where none is set. Its type is the parameter's: `True` is a switch, `64`
            a whole number, `0.5` a number, `"mean"` one of `choices`.
        help: what it changes, one sentence for the person who sets it.
        label: the name that people read; "" makes one from the parameter's name.
        unit: of a number, such as "Hz", "dB" or "bands".
        least: the smallest number; numbers need both ends.
        most: the largest number.
        choices: the words to choose from.

    Raises:
        MossError: for a default outside its range, or a part that does not fit the type.
    """

    default: Value
    help: str
    label: str = ""
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if type(self.default) not in _KINDS:
            raise _badly_declared(
                "must have a default that is True, False, a number or a word", repr(self.default)
            )
        if not self.help:
            raise _badly_declared("must have a help text", "none")
        if self.kind in ("number", "whole number"):
            ends = self.least, self.most
            if None in ends or not all(math.isfinite(end) for end in ends if end is not None):
                raise _badly_declared(
                    "must have least and most, finite ones, where the default is a number",
                    f"{self.least} and {self.most}",
                )
        elif self.least is not None or self.most is not None:
            raise _badly_declared(f"must have no range where it is a {self.kind}", "one")
        if (self.kind == "choice") != bool(self.choices):
            raise _badly_declared(
                "must have choices where the default is a word, and only there",
                f"default {self.default!r}, choices {self.choices!r}",
            )
        self.checked(self.default, "default of a parameter")

    @property
    def kind(self) -> Kind:
        """What sort of value it is."""
        return _KINDS[type(self.default)]

    @property
    def rule(self) -> str:
        """What its values must be, in words: "a whole number from 8 to 256 bands"."""
        if self.kind == "switch":
            return "on or off"
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        unit = f" {self.unit}" if self.unit else ""
        return f"a {self.kind} from {self.least:g} to {self.most:g}{unit}"

    def title(self, name: str) -> str:
        """Return what people read above it, with its unit: "Level (dB)", but "Mel bands"."""
        label = self.label or name.replace("_", " ").capitalize()
        told = not self.unit or self.unit.lower() in label.lower().split()
        return label if told else f"{label} ({self.unit})"

    def checked(self, value: object, thing: str) -> Value:
        """Return `value` in the parameter's type.

        Args:
            value: what was set; a whole number will do for a number.
            thing: what to call it in the message.

        Raises:
            MossError: if it is of another type or out of range.
        """
        if self.kind == "number" and type(value) is int:
            value = float(value)
        if self.kind == "whole number" and type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not type(self.default) or not self._allows(value):
            raise MossError(
                thing,
                f"must be {self.rule}",
                repr(value),
                f"The default is {as_text(self.default)}.",
            )
        return value

    def _allows(self, value: Value) -> bool:
        if isinstance(value, str):
            return value in self.choices
        if self.least is None or self.most is None:
            return True
        return self.least <= value <= self.most

    def read(self, text: str, thing: str) -> Value:
        """Return the value that somebody wrote as text, "on" and "off" for a switch.

        Raises:
            MossError: if it is of another type or out of range.
        """
        value: object = text
        try:
            if self.kind == "switch":
                value = _SWITCH.get(text.lower(), text)
            elif self.kind == "whole number":
                value = int(text)
            elif self.kind == "number":
                value = float(text)
        except ValueError:
            pass  # the check says what is wrong with the text
        return self.checked(value, thing)


def as_text(value: Value) -> str:
    """Return a value as people write it, so that `Parameter.read` reads it back."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _badly_declared(rule: str, found: str) -> MossError:
    return MossError("parameter", rule, found, "See the docstring of moss_core.Parameter.")
