"""Distributions that are taken for MOSS by their names, and what they have done to it.

Installers let one distribution overwrite the files of another without a word, and take them away
with it when it goes.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import Distribution, FileHash, PackagePath, distributions
from typing import TypeVar

from moss_core.machine import DISTRIBUTION
from moss_core.objectives import ENTRY_POINT_GROUP

NAMES = ("moss", "moss-core", "moss-cli")
PACKAGE, COMMAND = "moss_core", "moss"
_SHOWN = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Foreign:
    """A distribution that is not MOSS.

    Args:
        name: as pip lists it.
        version: of it.
        files: of the package moss_core that it claims.
        command: whether it claims the command `moss`.
        objectives: entry points that it offers to MOSS.
    """

    name: str
    version: str
    files: tuple[str, ...] = ()
    command: bool = False
    objectives: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is the matter with it, as a sentence."""
        done = []
        if self.files:
            done.append(f"writes {enumerated(self.files)} in {PACKAGE}")
        if self.command:
            done.append(f"takes the command `{COMMAND}`")
        if self.objectives:
            done.append(f"offers MOSS {enumerated(self.objectives)}")
        told = ", ".join(done) or f"leaves {PACKAGE} and the command `{COMMAND}` alone"
        return f"{self.name} {self.version} is not {DISTRIBUTION}: it {told}"


def foreigners() -> list[Foreign]:
    """Return the distributions in this environment that people may have installed for MOSS."""
    found: dict[str, Foreign] = {}
    for distribution in distributions():
        name = _name(distribution)
        if re.sub(r"[-_.]+", "-", name).lower() in NAMES:
            found.setdefault(name, _described(distribution, name))
    return list(found.values())


def changed_files(distribution: Distribution) -> list[str]:
    """Return the files of a distribution that are missing, or not as they were installed.

    Scripts count only where they are: some installers put them where the list does not say.
    """
    return [str(file) for file in _recorded(distribution) if not _is_intact(file)]


def enumerated(names: tuple[str, ...] | list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _name(distribution: Distribution) -> str:
    return _read(lambda: str(distribution.metadata["Name"]), "")


def _described(distribution: Distribution, name: str) -> Foreign:
    def offered(group: str) -> tuple[str, ...]:
        return _read(lambda: tuple(sorted(distribution.entry_points.select(group=group).names)), ())

    files: tuple[PackagePath, ...] = _read(lambda: _recorded(distribution), ())
    return Foreign(
        name,
        distribution.metadata.get_all("Version", ["without a version"])[0],
        tuple("/".join(file.parts[1:]) for file in files if _is_ours(file)),
        COMMAND in offered("console_scripts") or any(_is_command(file) for file in files),
        offered(ENTRY_POINT_GROUP),
    )


def _recorded(distribution: Distribution) -> tuple[PackagePath, ...]:
    """Return all files of a distribution; its own list lacks what is missing, since Python 3.12."""
    files = []
    for name, digest, _ in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
        file = PackagePath(name)
        file.hash = FileHash(digest) if digest else None
        file.dist = distribution
        files.append(file)
    return tuple(files)


def _read(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except Exception:  # other people's files, which may be torn or missing
        return otherwise


def _is_ours(file: PackagePath) -> bool:
    return file.parts[0] == PACKAGE and file.suffix != ".pyc"


def _is_command(file: PackagePath) -> bool:
    return file.stem == COMMAND and file.parent.name in ("bin", "Scripts")


def _is_intact(file: PackagePath) -> bool:
    if file.hash is None:
        return True
    try:
        content = file.read_binary()
    except OSError:
        return ".." in file.parts
    digest = hashlib.new(file.hash.mode, content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value
