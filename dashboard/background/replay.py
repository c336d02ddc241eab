"""The pictures of past steps, as many as memory allows, and some of them in a run's folder.

They lie there in one file, `REPLAY`, beside what `moss_core` keeps: a run goes on without them, so
they are written only when it comes to rest, and are no part of what is saved at every turn.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.optimization import Record
from moss_core.reading import (
    check_members,
    members_of,
    open_file,
    open_zip,
    parse_json,
    read_member,
)
from moss_core.runs import temporary_folder

REPLAY = "replay.zip"
MAX_PICTURES = 256
MAX_ON_DISK = 2_000_000
"""Bytes of the pictures in a run's folder."""
_INDEX = "steps.json"
_MAX_BYTES = 1_000_000
"""Of one entry of the file; a picture has a fiftieth."""
_TOLD = REPLAY, "It is made again."

Pictures = dict[int, dict[int, bytes]]
"""WebPs by step and candidate."""


class Replay:
    """Keeps the pictures of every so many steps, and of half as many when there are too many.

    One thread writes, any may read: what is kept is never changed but replaced whole.

    Args:
        expected: pictures that would come if every step were kept.
        limit: most pictures to keep, all candidates together.
        kept: pictures that are there already.
    """

    def __init__(
        self, expected: int = 0, limit: int = MAX_PICTURES, kept: Pictures | None = None
    ) -> None:
        self._limit = limit
        self._kept = kept or {}
        self._stride = max(1, math.ceil(expected / limit), math.gcd(*self._kept))

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps whose pictures are kept, in order."""
        return tuple(self._kept)

    def wants(self, step: int) -> bool:
        """Whether this step's pictures would be kept."""
        return step % self._stride == 0

    def add(self, step: int, pictures: dict[int, bytes]) -> None:
        """Keep the pictures of a step by candidate; thins out the older ones where needed."""
        self._kept, self._stride = _thinned(
            self._kept | {step: pictures}, self._stride, self._limit
        )

    def picture(self, step: int, candidate: int) -> bytes | None:
        """Return a candidate's picture at a recorded step; None if it was not there yet."""
        return self._kept.get(step, {}).get(candidate)

    def save(self, folder: Path, history: Sequence[Record], limit: int = MAX_ON_DISK) -> None:
        """Write the pictures into a run's folder, thinned out further; a full disk is logged.

        Args:
            folder: of the run.
            history: that the pictures are of.
            limit: most bytes to write.
        """
        kept, _ = _thinned(self._kept, self._stride, limit, len)
        # A picture belongs to a step by its losses: the folder may come to hold another run.
        index = {str(step): str(history[step].losses) for step in kept}
        try:
            with temporary_folder(folder.parent) as temporary:
                path = temporary / REPLAY
                with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
                    file.writestr(_INDEX, json.dumps(index))
                    for step, pictures in kept.items():
                        for candidate, content in pictures.items():
                            file.writestr(f"{step}/{candidate}", content)
                path.replace(folder / REPLAY)
        except OSError as error:
            logger.warning("no pictures of past steps were kept: %s", error)


def saved_pictures(folder: Path, history: Sequence[Record]) -> Pictures:
    """Return the pictures that lie in a run's folder and belong to its history; perhaps none."""
    path, found = folder / REPLAY, Pictures()
    if not path.exists():
        return found
    try:
        with (
            open_file(path, 2 * MAX_ON_DISK, *_TOLD) as file,
            open_zip(file, _TOLD[0], "must be as MOSS wrote it", _TOLD[1]) as archive,
        ):
            members = {m.filename: m for m in members_of(archive, 2 * MAX_PICTURES, *_TOLD)}
            check_members(list(members.values()), 2 * MAX_ON_DISK, *_TOLD)
            index = read_member(archive, members.pop(_INDEX), _MAX_BYTES, *_TOLD)
            steps = _steps_of(parse_json(index, dict[str, str], *_TOLD), history)
            found = {step: {} for step in steps}
            for name, member in members.items():
                step, _, candidate = name.partition("/")
                if candidate.isdecimal() and step.isdecimal() and int(step) in found:
                    picture = read_member(archive, member, _MAX_BYTES, *_TOLD)
                    found[int(step)][int(candidate)] = picture
    except (MossError, OSError) as error:
        logger.warning("the pictures of past steps cannot be read: %s", error)
        return {}
    return found


def _thinned(
    kept: Pictures, stride: int, limit: int, weigh: Callable[[bytes], int] = lambda picture: 1
) -> tuple[Pictures, int]:
    """Return pictures that weigh no more than `limit`, of evenly spread steps, and how far apart.

    One step's are kept in any case.
    """
    while _weight(kept, weigh) > limit and len(kept) > 1:
        stride *= 2
        kept = {step: pictures for step, pictures in kept.items() if step % stride == 0}
    return kept, stride


def _weight(kept: Pictures, weigh: Callable[[bytes], int]) -> int:
    return sum(weigh(picture) for pictures in kept.values() for picture in pictures.values())


def _steps_of(index: Mapping[str, str], history: Sequence[Record]) -> list[int]:
    losses = {str(record.step): str(record.losses) for record in history}
    return sorted(int(step) for step, told in index.items() if losses.get(step) == told)
