"""Carries a workspace to another browser: asks first, and only then gives it the key.

Opening a link changes nothing. The press that does is believed only together with what the page
that asked was given, which is signed for the browser it was shown in: no other page can press.
Addresses are relative: a host may serve the dashboard under a path that this server is not told.
"""

from __future__ import annotations

import hmac
from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from moss_core.words import count_text
from serving.cookie import here, key_cookie, told_token
from session.allowance import runs_in
from session.keys import links, make_key, sign
from session.workspace import CARRY_PATH, is_token, library_folder

_MOST_BYTES = 4096
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} · MOSS</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 34rem; margin: 4rem auto; padding: 0 1.25rem;
  background: light-dark(#fcfafd, #120d1a); color: light-dark(#1a1124, #f0e9f4) }}
h1 {{ font-size: 1.6rem; line-height: 1.25 }}
form {{ display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin-top: 1.5rem }}
button {{ font: inherit; font-weight: 600; padding: .6rem 1.1rem; border: 0; border-radius: .5rem;
  background: #a8326f; color: #fff; cursor: pointer }}
a {{ color: light-dark(#8a2a6b, #f08fb5) }}
</style></head><body><h1>{title}</h1>{body}</body></html>"""


async def carry(request: Request) -> Response:
    """Ask whether a link's workspace shall be opened in this browser; open it after a press."""
    if request.method == "GET":
        link = request.query_params.get("link", "")
        there = links.find(link)
        return _over() if there is None else _ask(request, "link", link, there)
    told = await _form(request)
    kind, value = told.get("kind", ""), told.get("value", "")
    here = told_token(request)
    if here is None:
        return _no_cookies()
    genuine = hmac.compare_digest(told.get("pass", "").encode(), _pass(kind, value, here).encode())
    there = None
    if genuine:
        there = links.use(value) if kind == "link" else value
    if there is None:
        return _over()
    run = told.get("run", "")
    where = f"./studio?run={run}" if is_token(run) else "./library"
    answer = RedirectResponse(where, 303, headers=_HEADERS)
    answer.headers["set-cookie"] = key_cookie(request, make_key(there))
    return answer


def ask_about_address(request: Request, named: str) -> Response | None:
    """Return the page that asks about the workspace that an address names.

    Args:
        request: for the address.
        named: what it names.

    Returns:
        The page; None where there is no such workspace, or the browser has it open already.
    """
    known = is_token(named) and library_folder(named).is_dir()
    return _ask(request, "workspace", named, named) if known and named != here(request) else None


def _ask(request: Request, kind: str, value: str, there: str) -> HTMLResponse:
    own, brought = _runs(here(request)), _runs(there)
    fields = {"kind": kind, "value": value, "pass": _pass(kind, value, here(request))}
    fields["run"] = request.query_params.get("run", "")
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{escape(text)}">'
        for name, text in fields.items()
    )
    left = (
        f"<p>This browser's own workspace holds {count_text(own, 'run')}. They stay on the server, "
        "but this browser cannot get back to them afterwards, unless you carry them to another "
        "one first (Library, <b>Use on another device</b>).</p>"
        if own
        else ""
    )
    body = (
        f"<p>It holds {count_text(brought, 'run')}. Press the button only if this workspace is "
        "yours: what you make afterwards is kept there, where whoever else has it open sees it."
        f'</p>{left}<form method="post" action="./{CARRY_PATH}">{inputs}'
        f'<button>Open it here</button><a href="./">Leave all as it is</a></form>'
    )
    return _page("Open this workspace on this device?", body)


def _over() -> HTMLResponse:
    body = (
        "<p>It was opened once already, or is too old. Make a new one where the workspace is open: "
        'Library, <b>Use on another device</b>.</p><p><a href="./">Go to MOSS</a></p>'
    )
    return _page("This link leads nowhere any more", body, 410)


def _no_cookies() -> HTMLResponse:
    body = (
        "<p>It takes none from this page, so it would forget the workspace at once. Allow cookies "
        "for this address, then open the link again.</p>"
    )
    return _page("Your browser has to keep a cookie", body, 400)


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=title, body=body), status, headers=_HEADERS)


def _pass(kind: str, value: str, token: str) -> str:
    """Return what shows that a press comes from the page that was shown in a browser."""
    return sign(f"carry {kind} {value} to {token}")


def _runs(token: str) -> int:
    """Return how many runs lie in a workspace."""
    return len(runs_in(library_folder(token)))


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent; none of one that is too long."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BYTES:
            return {}
    return dict(parse_qsl(content.decode("ascii", "replace")))
