"""Keys to workspaces: made by this server alone, kept by browsers as a cookie.

A key is the token of a workspace and a signature of it. What is not signed with the secret of this
data folder is no key, so nobody can choose a workspace for somebody else. A link carries a key to
another browser: it is short-lived, works once, and holds neither the key nor the token.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from moss_core.machine import Known, data_folder, logger
from session.workspace import is_token, new_token

LINK_SECONDS = 600
"""For how long a link can be opened."""
_SECRET, _BYTES = "secret", 32
_MOST_LINKS = 1000


def make_key(token: str) -> str:
    """Return the key to the workspace of a token."""
    return f"{token}.{sign(f'workspace {token}')}"


def token_of(key: str | None) -> str | None:
    """Return the token of the workspace that a key opens; None for what this server never made."""
    token, _, _ = (key or "").partition(".")
    genuine = is_token(token) and hmac.compare_digest(
        make_key(token).encode(), (key or "").encode()
    )
    return token if genuine else None


def cookie_name() -> str:
    """Return what the cookie is called: servers on one machine share a browser's cookies."""
    return f"moss_{hashlib.sha256(_secret(data_folder())).hexdigest()[:8]}"


def sign(text: str) -> str:
    """Return what only this server can make of a text: 32 hexadecimal digits."""
    return hmac.new(_secret(data_folder()), text.encode(), hashlib.sha256).hexdigest()[:32]


class Links:
    """Links that carry a workspace to another browser; a server that is restarted forgets them.

    Args:
        clock: seconds, for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._made: dict[str, tuple[str, float]] = {}
        self._changing = threading.Lock()

    def make(self, workspace: str) -> str:
        """Return the token of a new link to a workspace; an earlier one opens nothing any more."""
        link = new_token()
        with self._changing:
            kept = [(k, v) for k, v in self._made.items() if v[0] != workspace and self._fresh(v)]
            self._made = dict(kept[-_MOST_LINKS:])
            self._made[link] = workspace, self._clock()
        return link

    def find(self, link: str) -> str | None:
        """Return the token of the workspace that a link leads to; None for one that is over."""
        with self._changing:
            found = self._made.get(link)
            return found[0] if found and self._fresh(found) else None

    def use(self, link: str) -> str | None:
        """Return what a link leads to, as `find` does; afterwards it leads nowhere."""
        found = self.find(link)
        with self._changing:
            return found if self._made.pop(link, None) else None

    def _fresh(self, made: tuple[str, float]) -> bool:
        return self._clock() - made[1] < LINK_SECONDS


links = Links()
"""Those of this server."""


@cache
def _secret(folder: Path) -> bytes:
    """Return the secret of a data folder, which is made when it is first asked for."""
    path = folder / _SECRET
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = path.with_name(f".{_SECRET}-{secrets.token_hex(4)}")
        try:
            handle = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_BYTES))
            if not path.exists():
                _put(trial, path)
        finally:
            trial.unlink(missing_ok=True)
        found = path.read_bytes()
        if len(found) == _BYTES:
            return found
        logger.error("the file %r in the data folder is damaged; remove it", Known(_SECRET))
    except OSError as error:
        logger.error("keys to workspaces are good until the server ends: %s", error)
    return secrets.token_bytes(_BYTES)


def _put(trial: Path, path: Path) -> None:
    """Give a file its name, unless another server has just done so."""
    try:
        os.link(trial, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        trial.replace(path)
