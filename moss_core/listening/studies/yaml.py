"""YAML as webMUSHRA reads it, for what a study says: maps, lists, numbers, words and texts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[A-Za-z][\w./-]*")
_TAKEN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def yaml_text(value: object, indent: int = 0) -> str:
    """Return a value in blocks, each inner one four spaces farther to the right.

    A text that is more than a word is quoted as in JSON, of which YAML is a superset.
    """
    pad = " " * indent
    if isinstance(value, Mapping):
        return "".join(f"{pad}{_scalar(key)}:{_after(part, indent)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(f"{pad}-{_after(part, indent, item=True)}" for part in value)
    return f"{pad}{_scalar(value)}\n"


def _after(value: object, indent: int, item: bool = False) -> str:
    """Return what follows a key or a dash."""
    if isinstance(value, Mapping | list | tuple) and value:
        inner = yaml_text(value, indent + 4)
        # The first key of a map in a list stands beside the dash.
        return "   " + inner[indent + 4 :] if item and isinstance(value, Mapping) else "\n" + inner
    return f" {_scalar(value)}\n"


def _scalar(value: object) -> str:
    if isinstance(value, str) and _WORD.fullmatch(value) and value.lower() not in _TAKEN:
        return value
    return json.dumps(value, ensure_ascii=False)
