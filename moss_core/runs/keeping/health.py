"""What is wrong with runs on the disk, and what can be done about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from moss_core.errors import MossError
from moss_core.optimization import Run
from moss_core.runs.covers import covers
from moss_core.runs.exports.settings import read_settings
from moss_core.runs.keeping.disk import remove, sync, write
from moss_core.runs.keeping.temporaries import abandoned, clear_temporaries, temporary_folder
from moss_core.runs.layout import AT_HAND, AUDIO, DERIVED, FILE, HISTORY, MASKS
from moss_core.runs.loading import load
from moss_core.runs.manifest import read_manifest
from moss_core.runs.reports import history_csv

QUARANTINE = ".quarantine"
State = Literal["ok", "repair", "repaired", "broken", "moved"]


@dataclass(frozen=True)
class Health:
    """How a run is, or what lies beside runs.

    Args:
        path: of its folder.
        state: "repair" can be mended, "broken" can be moved out of the way; and what was.
        words: about it, for people.
    """

    path: Path
    state: State
    words: str


def examine_runs(folder: Path, *, repair: bool = False) -> Iterator[Health]:
    """Look at every run in a folder, at any depth, and at what writers have left there.

    Args:
        folder: of a run, of a library, or of anything around them.
        repair: whether to mend what can be, and to move what cannot into `QUARANTINE` beside it.

    Raises:
        MossError: if it is no folder.
    """
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise MossError(f"folder {folder}", "must be there", found, "Name a run or a library.")
    yield from _left(folder.absolute().parent, repair)
    for place, names, files in os.walk(folder):
        here = Path(place)
        if FILE in files or MASKS in files:
            names.clear()
            yield _examined(here, repair)
            continue
        names[:] = sorted(name for name in names if not name.startswith("."))
        yield from _left(here, repair)


def _left(folder: Path, repair: bool) -> Iterator[Health]:
    """Tell of temporary folders whose owner is gone."""
    paths = clear_temporaries(folder) if repair else tuple(abandoned(folder))
    for path in paths:
        state: State = "repaired" if repair else "repair"
        yield Health(path, state, "left by a writer that was interrupted")


def _examined(folder: Path, repair: bool) -> Health:
    try:
        told = read_manifest(folder)
        run = load(folder)
    except MossError as error:
        return _broken(folder, error, repair)
    faults = [
        *(["sounds and tables that are older than what was learned"] * _is_stale(run, folder)),
        *(f"no {name}" for name in AT_HAND if told.candidates and not (folder / name).exists()),
    ]
    steps = f"step {told.steps} of {told.planned}" if told.candidates else "before its first step"
    words = f"{run.title}, {steps}"
    if not faults:
        return Health(folder, "ok", words)
    words = f"{words}: {', '.join(faults)}"
    if not repair:
        return Health(folder, "repair", words)
    try:
        _mend(run, folder)
    except OSError as error:
        return Health(folder, "repair", f"{words}; {error.strerror or error}")
    return Health(folder, "repaired", words)


def _is_stale(run: Run, folder: Path) -> bool:
    """Whether the sounds in a run's folder were made from earlier masks."""
    for path in sorted((folder / AUDIO).glob("*.wav"))[:1]:
        try:
            return read_settings(path).step != run.state.record.step
        except (MossError, OSError):
            return False  # of an earlier version, which wrote nothing into its files
    return False


def _mend(run: Run, folder: Path) -> None:
    """Remove what is stale, and make again what is missing."""
    with temporary_folder(folder.parent) as temporary:
        if _is_stale(run, folder):
            for name in DERIVED:
                remove(folder / name, temporary / f"old-{name}")
        made = covers(run) | {HISTORY: history_csv(run).encode()}
        for name in AT_HAND:
            if not (folder / name).exists():
                write(temporary / name, made[name])
                (temporary / name).replace(folder / name)
        sync(folder)


def _broken(folder: Path, error: MossError, repair: bool) -> Health:
    """Tell why a run does not open; move it away if that is because of what lies in its folder."""
    of_the_run = error.thing.startswith(f"run {folder.name}") or error.thing == MASKS
    if not of_the_run or error.rule.startswith(("must be of format", "must be readable")):
        return Health(folder, "broken", f"cannot be opened here, and is left alone: {error}")
    if not repair:
        return Health(folder, "broken", str(error))
    away = folder.absolute().parent / QUARANTINE
    try:
        away.mkdir(exist_ok=True)
        place = next(
            path
            for number in range(10_000)
            if not (path := away / f"{folder.name}{f'-{number}' if number else ''}").exists()
        )
        words = f"{error}\n\nIt lay in {folder.parent.name}; moved back, it is a run again.\n"
        write(away / f"{place.name}.txt", words)
        folder.absolute().replace(place)
        sync(away)
    except OSError as trouble:
        return Health(folder, "broken", f"{error} It cannot be moved: {trouble.strerror}.")
    return Health(folder, "moved", f"now {QUARANTINE}/{place.name}: {error}")
