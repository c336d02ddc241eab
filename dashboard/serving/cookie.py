"""The cookie in which a browser keeps the key to its workspace."""

from __future__ import annotations

from starlette.requests import Request
from streamlit import config

from session.keys import cookie_name, token_of

_SECONDS = 400 * 24 * 3600
"""As long as browsers keep a cookie at most; every visit counts anew."""
_HERE = "moss_workspace"


def told_token(request: Request) -> str | None:
    """Return the token of the workspace whose key the browser has sent; None: it has sent none."""
    return token_of(request.cookies.get(cookie_name()))


def here(request: Request) -> str:
    """Return the token of the workspace that a browser has after the answer; "" for a program."""
    token: str = request.scope.get(_HERE, "")
    return token


def note_here(request: Request, token: str) -> None:
    """Note for `here` which workspace the browser has after the answer to a request."""
    request.scope[_HERE] = token


def key_cookie(request: Request, key: str) -> str:
    """Return the cookie that has a browser keep a key, which scripts on a page cannot read.

    Args:
        request: that it answers.
        key: what is kept.
    """
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    secure = "; Secure" if (forwarded or request.url.scheme) == "https" else ""
    # Strict would hold the key back from whoever follows a link from elsewhere.
    rest = f"Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    return f"{cookie_name()}={key}; {rest}"


def home() -> str:
    """Return the path that all of the dashboard's pages begin with, "/" where it has none."""
    base = str(config.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/" if base else "/"
