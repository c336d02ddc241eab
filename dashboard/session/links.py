"""Links for whoever has them: to see one candidate of one run, or to be a listener to its front.

Nothing else is behind them. A link's file lies in the data folder, not with the run, which people
take home. Its token is unguessable and leads to no workspace: neither a run's own token nor a
workspace's is in it.
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
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from moss_core.errors import MossError
from moss_core.machine import data_folder
from moss_core.reading import Count, Record, Text, Word, parse_json, read_file
from moss_core.runs import Library, put_file

_SHOWN, _DRAWER = "shown", 16
_MOST_BYTES = 100_000
_TOKEN = re.compile(rf"[0-9a-f]{{{_DRAWER + 32}}}")


class _Written(Record):
    run: Word
    token: Word
    candidate: Count | None = None
    consent: Text = ""
    closed: bool = False


@dataclass(frozen=True)
class Link:
    """What a link shows.

    Args:
        folder: of the run, which may be gone.
        token: of the link.
        candidate: its index in the run; None: people are invited to listen to the whole front.
        consent: what they agree to, in the words of whoever invites them.
        closed: whether nobody is invited any more: who listened can still remove what they said.
    """

    folder: Path
    token: str
    candidate: int | None = None
    consent: str = ""
    closed: bool = False

    @property
    def title(self) -> str:
        """What people call the run; "" if it is not there."""
        entry = Library(self.folder.parent).find(self.folder.name)
        return entry.title if entry and entry.manifest else ""


def make_link(folder: Path, candidate: int | None, consent: str = "") -> str:
    """Return the token of the link to a candidate, a new one if there is none yet.

    Args:
        folder: of the run, in the data folder.
        candidate: its index; None: the link invites listeners.
        consent: what these agree to; it stays as it is while the link is good.

    Raises:
        MossError: if it cannot be kept.
    """
    known = link_to(folder, candidate)
    if known:
        return known.token
    token = _drawer(folder).name + secrets.token_hex(16)
    _keep(Link(folder, token, candidate, consent), _file(candidate))
    return token


def link_to(folder: Path, candidate: int | None) -> Link | None:
    """Return the link to a candidate, or the one that invites listeners; None: there is none."""
    wanted = folder, candidate, False
    links = _links(_drawer(folder))
    return next((x for x in links if (x.folder, x.candidate, x.closed) == wanted), None)


def withdraw_link(folder: Path, candidate: int | None) -> None:
    """Take back a link: it shows nothing any more, also if one is made anew.

    One that invited listeners stays for those who listened, and is `closed`.

    Raises:
        MossError: if it cannot be removed.
    """
    try:
        if candidate is None and (link := link_to(folder, None)):
            _keep(replace(link, closed=True), f"closed-{link.token[-8:]}.json")
        (_drawer(folder) / _file(candidate)).unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(error) from error


def _keep(link: Link, name: str) -> None:
    told = {
        "run": _place(link.folder),
        "token": link.token,
        "candidate": link.candidate,
        "consent": link.consent,
        "closed": link.closed,
    }
    drawer = _drawer(link.folder)
    try:
        drawer.mkdir(parents=True, exist_ok=True)
        put_file(drawer / name, json.dumps(told) + "\n", drawer)
    except OSError as error:
        raise _unusable(error) from error


def forget_links(folder: Path) -> None:
    """Take back all links to a run that is gone for good."""
    shutil.rmtree(_drawer(folder), ignore_errors=True)


def find_link(token: str | None) -> Link | None:
    """Return what the link of this token shows; None for one that is forged or was taken back."""
    if not token or not _TOKEN.fullmatch(token):
        return None
    links = _links(data_folder() / _SHOWN / token[:_DRAWER])
    known = token.encode()
    found = (link for link in links if hmac.compare_digest(link.token.encode(), known))
    return next(found, None)


def title_of_link(token: str | None) -> str:
    """Return what people call the run that a link is about; "" if it shows nothing."""
    link = find_link(token)
    return link.title if link else ""


def _links(drawer: Path) -> Iterator[Link]:
    """Give the links in a drawer; what is damaged is none."""
    with suppress(OSError):
        for path in drawer.glob("*.json"):
            with suppress(MossError):
                content = read_file(path, _MOST_BYTES, "link", "Make it again.")
                told = parse_json(content, _Written, "link", "Make it again.")
                place = PurePosixPath(told.run)
                if not place.is_absolute() and ".." not in place.parts:
                    folder = data_folder() / place
                    yield Link(folder, told.token, told.candidate, told.consent, told.closed)


def _file(candidate: int | None) -> str:
    return f"{'listeners' if candidate is None else candidate}.json"


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
