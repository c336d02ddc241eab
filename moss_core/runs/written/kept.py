"""The files that a run is, and how large each may be; what else lies with them is made of them."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from moss_core.errors import MossError
from moss_core.reading import clean, copy_file
from moss_core.runs.keeping.disk import sync
from moss_core.runs.layout import (
    AT_HAND,
    COVER,
    COVER_SOUND,
    DICTIONARY,
    FILE,
    HISTORY,
    INPUTS,
    LISTENED,
    LISTENING,
    MASKS,
)
from moss_core.words import bytes_text

MOST_LISTENING = 4_000_000
"""Bytes of answers: those of some thousand listeners."""
MOST_BYTES = {
    FILE: 4_000_000,
    MASKS: 2_000_000_000,
    HISTORY: 200_000_000,
    COVER: 2_000_000,
    COVER_SOUND: 2_000_000,
    LISTENING: MOST_LISTENING,
    DICTIONARY: 100_000,
}
MOST_IMAGE, MOST_TRACK = 400_000_000, 1_000_000_000
"""Bytes of an input: of 50 million pixels as they are, and of 15 minutes likewise."""
MOST_BYTES_OF_A_RUN = 2_000_000_000
# Where a run has replaced another, some files bear a part of their hash (`keeping.inputs`).
_INPUT = re.compile(r"(image|right|track|other[1-9][0-9]?)(-[0-9a-f]{8})?(\.\w{1,200})?")


def most_bytes(place: PurePosixPath) -> int | None:
    """Return how large a file of a run may be; None for one that a run is not made of.

    Args:
        place: of the file in the run's folder.
    """
    if place.parent == PurePosixPath(INPUTS):
        found = _INPUT.fullmatch(place.name)
        return (MOST_TRACK if found[1] == "track" else MOST_IMAGE) if found else None
    return MOST_BYTES.get(str(place))


def input_paths(folder: Path, kind: str) -> list[Path]:
    """Return where an input of a run may lie: more than one where another run was replaced.

    Args:
        folder: of the run.
        kind: "image", "track", "right" or "other1" and so on.
    """
    try:
        return sorted(path for path in (folder / INPUTS).iterdir() if _kind(path.name) == kind)
    except OSError:
        return []


def _kind(name: str) -> str:
    found = _INPUT.fullmatch(name)
    return found[1] if found else ""


def copy_kept(source: Path, target: Path, learned: bool) -> None:
    """Copy the files that a run is to a folder of its own, which is there and empty.

    Args:
        source: the run's folder.
        target: where they go, and are put on the disk.
        learned: whether it has taken a step, so that there must be masks.

    Raises:
        MossError: for one that is missing, no regular file, or too large.
        OSError: if they cannot be written.
    """
    (target / INPUTS).mkdir()
    thing, remedy = f"run {clean(source.name)}", "Check the folder: it must be whole."
    try:
        names = sorted(path.name for path in (source / INPUTS).iterdir() if _kind(path.name))
    except OSError as error:
        found = error.strerror or "none"
        raise MossError(f"{thing}: {INPUTS}", "must be a folder", found, remedy) from error
    may_lack = (*AT_HAND, *LISTENED) if learned else (*AT_HAND, *LISTENED, MASKS)
    total = 0
    for place in map(PurePosixPath, (*MOST_BYTES, *(f"{INPUTS}/{name}" for name in names))):
        if place.name in may_lack and not (source / place).exists():
            continue
        most = most_bytes(place) or 0
        total += copy_file(source / place, target / place, most, f"{thing}: {place}", remedy)
        sync(target / place)
        if total > MOST_BYTES_OF_A_RUN:
            rule = f"must be at most {bytes_text(MOST_BYTES_OF_A_RUN)}"
            raise MossError(thing, rule, "more", "Bring in a smaller one.")
