"""What a visitor brought, kept in a folder: there again in their next session.

Each thing is one file, written whole or not at all: a line of JSON with what it is called, then its
bytes. It is named by a hash of the bytes, never by a name that somebody gave.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from moss_core.errors import MossError
from moss_core.machine import logger
from moss_core.reading import Record, Text, Word, clean, parse_json, read_file
from sources.source import Source

MOST_BYTES = 200_000_000
"""Of all that lies in a folder, where nothing else is said."""
_CHOSEN = "chosen.json"
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z]+")
_MOST_HEADER = 8192
_REMEDY = "Bring it again."
_Title = Annotated[str, Meta(max_length=300)]


class _Header(Record):
    name: Text
    title: Text


class Belongings:
    """Things of a few kinds in a folder. A disk that is full or cannot be written is logged only.

    Args:
        folder: made when the first thing is kept.
        most_bytes: of all that lies in it; what was brought first goes first.
    """

    def __init__(self, folder: Path, most_bytes: float = MOST_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._foreign: set[str] = set()

    def keep(self, kind: str, source: Source, most: int) -> None:
        """Keep a thing as the newest one.

        Args:
            kind: of it, a word.
            source: itself.
            most: how many of its kind are kept.
        """
        told = {"name": clean(source.name), "title": clean(source.title)}
        path = self.folder / f"{hashlib.sha256(source.data).hexdigest()}.{kind}"
        if self._write(path, json.dumps(told).encode() + b"\n" + source.data):
            self._tidy(kind, most)

    def forget(self, kind: str, title: str) -> None:
        """Remove the things of a kind that have this title."""
        for path in self._paths(kind):
            found = self._read(path)
            if found and found.title == clean(title):
                self._remove(path)

    def sources(self, kind: str) -> tuple[Source, ...]:
        """Return the things of a kind, the newest first; what cannot be read is skipped."""
        found = map(self._read, self._paths(kind))
        return tuple(source for source in found if source)

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Keep which things are chosen, by kind."""
        self._write(self.folder / _CHOSEN, json.dumps(dict(chosen)).encode())

    def chosen(self) -> dict[str, str]:
        """Return which things are chosen, by kind; those that are not known are left out."""
        path = self.folder / _CHOSEN
        if not path.exists():
            return {}
        try:
            content = read_file(path, _MOST_HEADER, _CHOSEN, _REMEDY)
            return parse_json(content, dict[Word, _Title], _CHOSEN, _REMEDY)
        except MossError as error:
            logger.warning("what was chosen last cannot be read: %s", error)
            return {}

    def _paths(self, kind: str = "") -> list[Path]:
        """Return the files of a kind, "" for all, the newest first."""
        found = []
        try:
            with os.scandir(self.folder) as items:
                for item in items:
                    if item.name.startswith(".") or item.name == _CHOSEN:
                        continue
                    if not _NAME.fullmatch(item.name) or not item.is_file(follow_symlinks=False):
                        self._tell(item.name)
                    elif not kind or item.name.endswith(f".{kind}"):
                        found.append((item.stat().st_mtime_ns, Path(item.path)))
        except FileNotFoundError:
            pass  # nothing was brought, or another session has just removed something
        except OSError as error:
            logger.warning("what a visitor brought cannot be listed: %s", error)
        return [path for _, path in sorted(found, reverse=True)]

    def _tell(self, name: str) -> None:
        """Log, once, that something among what a visitor brought is not theirs."""
        if name not in self._foreign:
            logger.warning("%r, among what a visitor brought, is left alone", name)
            self._foreign.add(name)

    def _read(self, path: Path) -> Source | None:
        try:
            told = read_file(path, MOST_BYTES + _MOST_HEADER, path.name, _REMEDY)
            header, _, content = told.partition(b"\n")
            if hashlib.sha256(content).hexdigest() != path.stem:
                raise MossError(path.name, "must be as it was kept", "a damaged one", _REMEDY)
            named = parse_json(header, _Header, path.name, _REMEDY, most=_MOST_HEADER)
        except MossError as error:
            logger.warning("%s, which a visitor brought, cannot be read: %s", path.name, error)
            return None
        return Source(clean(named.name), clean(named.title), content)

    def _write(self, path: Path, content: bytes) -> bool:
        """Write a file whole; return whether that worked."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            logger.warning("what a visitor brought cannot be kept: %s", error)
            return False
        return True

    def _tidy(self, kind: str, most: int) -> None:
        """Remove the oldest things of a kind that has too many, and of all that are too large."""
        for path in self._paths(kind)[most:]:
            self._remove(path)
        room = self._most_bytes
        for path in self._paths():
            with suppress(OSError):
                room -= path.stat().st_size
            if room < 0:
                self._remove(path)

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s, which a visitor brought, cannot be removed: %s", path.name, error)
