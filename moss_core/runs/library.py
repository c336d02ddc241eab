"""The runs of one workspace: a folder of runs, listed, renamed, deleted and taken in."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from moss_core.errors import MossError
from moss_core.reading import clean, read_file
from moss_core.runs.archive import read_zip
from moss_core.runs.keeping.disk import put_file, sync
from moss_core.runs.keeping.temporaries import HIDDEN, clear_temporaries, temporary_folder
from moss_core.runs.layout import COVER, COVER_SOUND, FILE, stamp
from moss_core.runs.manifest import MAX_TITLE, Manifest, read_manifest, run_file
from moss_core.runs.written.kept import MOST_BYTES, copy_kept

KEEP_DELETED_DAYS = 30
_DELETED = ".deleted"
_ID = re.compile(r"[0-9a-f]{32}")  # unguessable: it is also the address of an open run
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Entry:
    """A run in a library.

    Args:
        id: name of its folder.
        manifest: what it says of itself; None if that cannot be read.
        trouble: why not, for people; "" if it can.
        changed: when it was last written, seconds since 1970.
    """

    id: str
    manifest: Manifest | None
    trouble: str
    changed: float

    @property
    def title(self) -> str:
        """What to call it."""
        return self.manifest.title if self.manifest else f"Run {self.id[:8]}"


class Library:
    """Runs in the folders of a folder; another process may add to them and take away at any time.

    Args:
        folder: made when the first run is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[object, Entry]] = {}
        self._cleared = False

    def new(self) -> Path:
        """Return the folder of a new run, which is not there yet, with an unguessable name."""
        return self.folder / secrets.token_hex(16)

    def entries(self) -> tuple[Entry, ...]:
        """Return the runs, the last written first; what cannot be read is listed with the reason.

        Raises:
            MossError: if the folder cannot be read.
        """
        if not self._cleared:
            self._cleared = True
            clear_temporaries(self.folder)
            clear_temporaries()
        try:
            with os.scandir(self.folder) as found:
                names = [item.name for item in found if item.is_dir() and _ID.fullmatch(item.name)]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unusable(error) from error
        self._known = {name: self._look(name) for name in names}
        entries = (entry for _, entry in self._known.values())
        return tuple(sorted(entries, key=lambda entry: entry.changed, reverse=True))

    def _look(self, name: str) -> tuple[object, Entry]:
        folder = self.folder / name
        found = stamp(folder)
        known = self._known.get(name)
        if known and known[0] == found is not None:
            return known
        changed = self._changed(folder / FILE if found else folder)
        try:
            return found, Entry(name, read_manifest(folder), "", changed)
        except MossError as error:
            return found, Entry(name, None, str(error), changed)

    @staticmethod
    def _changed(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except OSError:
            return 0.0

    def find(self, run: str) -> Entry | None:
        """Return the run of this id, if it is there."""
        if not _ID.fullmatch(run) or not (self.folder / run).is_dir():
            return None
        return self._look(run)[1]

    def path(self, run: str) -> Path:
        """Return the folder of a run.

        Raises:
            MossError: if it is not there.
        """
        if not self.find(run):
            raise MossError(
                f"run {run}", "must be in the library", "nothing", "It may have been deleted."
            )
        return self.folder / run

    def cover(self, run: str) -> bytes:
        """Return a WebP of the candidate to show first (`Front.opening`); b"" if there is none."""
        return self._content(run, COVER)

    def cover_sound(self, run: str) -> bytes:
        """Return an MP3 of a few seconds of it; b"" if there is none, as in older runs."""
        return self._content(run, COVER_SOUND)

    def _content(self, run: str, name: str) -> bytes:
        try:
            return read_file(self.folder / run / name, MOST_BYTES[name], name, "It is made again.")
        except MossError:
            return b""

    def rename(self, run: str, title: str) -> None:
        """Give a run another title.

        Raises:
            MossError: for a title that is empty or too long, or a run that cannot be changed.
        """
        title = clean(" ".join(title.split()), len(title))
        if not 0 < len(title) <= MAX_TITLE:
            raise MossError(
                "title",
                f"must have 1 to {MAX_TITLE} characters",
                f"{len(title)}",
                "Write a shorter one." if title else "Write one.",
            )
        path = self.path(run) / FILE
        read_manifest(path.parent)
        try:
            told = json.loads(run_file(path.parent)) | {"title": title}
            put_file(path, json.dumps(told, indent=2) + "\n", self.folder)
        except OSError as error:
            raise self._unusable(error) from error

    def delete(self, run: str) -> None:
        """Put a run away, for `KEEP_DELETED_DAYS` days.

        Raises:
            MossError: if it is not there, or cannot be moved.
        """
        path = self.path(run)
        away = self.folder / _DELETED
        try:
            away.mkdir(exist_ok=True)
            self._clear(away)
            shutil.rmtree(away / run, ignore_errors=True)
            os.utime(path)
            path.replace(away / run)
        except OSError as error:
            raise self._unusable(error) from error

    def undelete(self, run: str) -> None:
        """Bring back a run that was deleted.

        Raises:
            MossError: if it is no longer there.
        """
        away = self.folder / _DELETED / run
        if not _ID.fullmatch(run) or not away.is_dir():
            raise MossError(
                f"run {run}",
                "must be among the deleted ones",
                "nothing",
                f"They are kept for {KEEP_DELETED_DAYS} days.",
            )
        try:
            away.replace(self.folder / run)
        except OSError as error:
            raise self._unusable(error) from error

    def _clear(self, away: Path) -> None:
        """Remove what was deleted long ago, and what a writer that was killed has left."""
        clear_temporaries(self.folder)
        old = time.time() - KEEP_DELETED_DAYS * _DAY_SECONDS
        for path in away.iterdir():
            with suppress(OSError):  # another server may have removed it just now
                if path.stat().st_mtime < old:
                    # In one move, so that what is left of it is no run that could come back.
                    gone = path.replace(path.with_name(f"{HIDDEN}{path.name}"))
                    shutil.rmtree(gone, ignore_errors=True)

    def add_folder(self, source: Path) -> str:
        """Take in a copy of a run's folder, as `moss optimize` writes it; return its new id.

        Raises:
            MossError: for what is no run, or if the disk is full.
        """
        told = read_manifest(source)
        path = self.new()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with temporary_folder(self.folder) as temporary:
                copy = temporary / "run"
                copy.mkdir()
                copy_kept(source, copy, learned=bool(told.candidates))
                copy.replace(path)
                sync(self.folder)
        except OSError as error:
            raise MossError(
                f"run {source.name}",
                "must be readable, and the library able to take it",
                error.strerror or error,
                "Check the folder and the space on the disk.",
            ) from error
        return path.name

    def add_zip(self, file: BinaryIO) -> str:
        """Take in a run from a ZIP that MOSS wrote; return its new id.

        Raises:
            MossError: for what is no such ZIP, or if the disk is full.
        """
        path = self.new()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        read_zip(file, path)
        try:
            read_manifest(path)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return path.name

    def _unusable(self, error: OSError) -> MossError:
        return MossError(
            f"library {self.folder}",
            "must be a folder that can be read and written",
            error.strerror,
            "Check its permissions and the space on the disk.",
        )


def is_put_away(folder: Path) -> bool:
    """Whether a run's folder lies among the deleted ones of its library."""
    return (folder.parent / _DELETED / folder.name).is_dir()
