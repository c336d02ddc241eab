"""How much of the machine a visitor may take: on one's own machine all, on a shared one a share.

Two profiles, *personal* and *hosted*, in `profiles.toml`, which the user's `settings.toml` in the
data folder overrides. A server is hosted where `MOSS_SHARED` says so, and from the moment on when
something shows that strangers come: then `host` is called.
"""

from __future__ import annotations

import math
import os
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from moss_core.errors import MossError
from moss_core.machine.log import Known, logger
from moss_core.machine.places import SHARED_VARIABLE, data_folder

MEMORY_VARIABLE = "MOSS_MEMORY"
"""Environment: megabytes that the process may take, whatever the profile says."""
_PROFILES, _SETTINGS = Path(__file__).with_name("profiles.toml"), "settings.toml"


@dataclass(frozen=True)
class Limits:
    """What is allowed; infinite where nothing limits it.

    Args:
        memory_mb: of the process.
        runs_in_line: that learn or wait to, of all visitors.
        runs_in_line_each: of one visitor.
        section_s: the longest part of a track that is painted.
        work: painted seconds of all channels x candidates x steps of a run.
        megapixels: of an image.
        upload_mb: of one file.
        uploads_mb_each: of all that a visitor brought and that is kept.
        disk_mb_each: of a visitor's library.
        disk_mb: of all libraries.
        runs_each: in a visitor's library.
        keep_days: that a run is kept after it was last written or opened.
    """

    memory_mb: float = math.inf
    runs_in_line: float = math.inf
    runs_in_line_each: float = math.inf
    section_s: float = math.inf
    work: float = math.inf
    megapixels: float = math.inf
    upload_mb: float = math.inf
    uploads_mb_each: float = math.inf
    disk_mb_each: float = math.inf
    disk_mb: float = math.inf
    runs_each: float = math.inf
    keep_days: float = math.inf


Profile = Literal["personal", "hosted"]
_hosting = threading.Event()


def host(why: str) -> None:
    """Take the server for a hosted one from now on, and say so in the log, once.

    Args:
        why: what shows it, such as a header of a proxy.
    """
    if profile() != "hosted":
        logger.warning("hosted from now on: %s", Known(why))
    _hosting.set()


def profile() -> Profile:
    """Return which profile is in force."""
    return "hosted" if os.environ.get(SHARED_VARIABLE) == "1" or _hosting.is_set() else "personal"


def limits(of: Profile | None = None) -> Limits:
    """Return the limits in force.

    Args:
        of: a profile; None: the one in force.

    Raises:
        MossError: for a `settings.toml` or a `MOSS_MEMORY` that is none.
    """
    name = of or profile()
    told = dict(_built_in().get(name, {}))
    own = data_folder() / _SETTINGS
    if own.is_file():
        told |= _checked(own, _tables(own).get(name, {}))
    memory = os.environ.get(MEMORY_VARIABLE)
    if memory:
        told |= _checked(Path(MEMORY_VARIABLE), {"memory_mb": _number(memory)})
    return Limits(**told)


@cache
def _built_in() -> dict[str, Any]:
    """Return what MOSS comes with, read once: limits are asked for at every step."""
    return _tables(_PROFILES)


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MossError(
            f"file {path.name}", "must be TOML", str(error), "Mend it, or remove it."
        ) from error


def _checked(path: Path, table: object) -> Mapping[str, float]:
    known = {field.name for field in fields(Limits)}
    thing, remedy = f"limits in {path.name}", f"Known are {', '.join(sorted(known))}."
    if not isinstance(table, dict):
        raise MossError(thing, "must be a table", repr(table), "Write [personal] or [hosted].")
    for name, value in table.items():
        if name not in known:
            raise MossError(thing, "must be known", repr(name), remedy)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and value > 0):
            raise MossError(f"{name} in {path.name}", "must be above 0", repr(value), remedy)
    return table


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
