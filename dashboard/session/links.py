"""Links that show one candidate of one run to whoever has them, and nothing else.

A link's file lies in the data folder, not with the run, which people take home. Its token is
unguessable and leads to no workspace: neither a run's own token nor a workspace's is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from moss_core.errors import MossError
from moss_core.machine import data_folder
from moss_core.reading import Count, Record, Word, parse_json, read_file
from moss_core.runs import Library, temporary_folder

_SHOWN, _DRAWER = "shown", 16
_MOST_BYTES = 4096
_TOKEN = re.compile(rf"[0-9a-f]{{{_DRAWER + 32}}}")


class _Written(Record):
    run: Word
    candidate: Count
    token: Word


@dataclass(frozen=True)
class Link:
    """What a link shows.

    Args:
        folder: of the run, which may be gone.
        candidate: its index in the run.
    """

    folder: Path
    candidate: int

    @property
    def title(self) -> str:
        """What people call the run; "" if it is not there."""
        entry = Library(self.folder.parent).find(self.folder.name)
        return entry.title if entry and entry.manifest else ""


def make_link(folder: Path, candidate: int) -> str:
    """Return the token of the link to a candidate, a new one if there is none yet.

    Args:
        folder: of the run, in the data folder.
        candidate: its index.

    Raises:
        MossError: if it cannot be kept.
    """
    known = link_to(folder, candidate)
    if known:
        return known
    drawer = _drawer(folder)
    token = drawer.name + secrets.token_hex(16)
    told = {"run": _place(folder), "candidate": candidate, "token": token}
    try:
        drawer.mkdir(parents=True, exist_ok=True)
        with temporary_folder(drawer) as temporary:
            new = temporary / "link.json"
            new.write_text(json.dumps(told) + "\n")
            new.replace(drawer / f"{candidate}.json")
    except OSError as error:
        raise _unusable(error) from error
    return token


def link_to(folder: Path, candidate: int) -> str:
    """Return the token of the link to a candidate; "" if there is none."""
    here = _place(folder), candidate
    return next((token for place, n, token in _told(_drawer(folder)) if (place, n) == here), "")


def withdraw_link(folder: Path, candidate: int) -> None:
    """Take back the link to a candidate: it shows nothing any more, also if one is made anew.

    Raises:
        MossError: if it cannot be removed.
    """
    try:
        (_drawer(folder) / f"{candidate}.json").unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(error) from error


def forget_links(folder: Path) -> None:
    """Take back all links to a run that is gone for good."""
    shutil.rmtree(_drawer(folder), ignore_errors=True)


def find_link(token: str | None) -> Link | None:
    """Return what the link of this token shows; None for one that is forged or was taken back."""
    if not token or not _TOKEN.fullmatch(token):
        return None
    drawer = data_folder() / _SHOWN / token[:_DRAWER]
    for place, candidate, kept in _told(drawer):
        if hmac.compare_digest(kept, token):
            return Link(data_folder() / place, candidate)
    return None


def title_of_link(token: str | None) -> str:
    """Return what people call the run that a link is about; "" if it shows nothing."""
    link = find_link(token)
    return link.title if link else ""


def _told(drawer: Path) -> Iterator[tuple[str, int, str]]:
    """Give run, candidate and token of the links in a drawer; what is damaged is none."""
    with suppress(OSError):
        for path in drawer.glob("*.json"):
            with suppress(MossError):
                content = read_file(path, _MOST_BYTES, "link", "Make it again.")
                told = parse_json(content, _Written, "link", "Make it again.")
                place = PurePosixPath(told.run)
                if not place.is_absolute() and ".." not in place.parts:
                    yield told.run, told.candidate, told.token


def _drawer(folder: Path) -> Path:
    """Return where the links of a run lie; the name leads to it from a token, not to the run."""
    name = hashlib.sha256(_place(folder).encode()).hexdigest()[:_DRAWER]
    return data_folder() / _SHOWN / name


def _place(folder: Path) -> str:
    return folder.relative_to(data_folder()).as_posix()


def _unusable(error: OSError) -> MossError:
    return MossError(
        "link",
        "must be kept in the data folder",
        error.strerror,
        "Check its permissions and the space on the disk.",
    )
