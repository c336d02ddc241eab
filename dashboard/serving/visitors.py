"""Gives every browser the key to a workspace of its own, with the page and as a cookie."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.carrying import ask_about_address
from serving.cookie import key_cookie, note_here, told_token
from session.keys import make_key
from session.workspace import WORKSPACE_PARAMETER, new_token


class Visitors:
    """Sets the cookie on the answer to whoever asks for a page.

    An address that names a workspace, as MOSS once made them, is not followed: who sends it could
    choose where somebody else works. It is asked about, where there is such a workspace.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not _for_a_page(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        token = told_token(request) or new_token()
        note_here(request, token)
        named = request.query_params.get(WORKSPACE_PARAMETER)
        answer = self._app
        if named is not None:
            answer = ask_about_address(request, named) or _without(request)

        async def send_key(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", key_cookie(request, make_key(token)))
                # No cache between may keep one visitor's key for another.
                headers["cache-control"] = "private, no-cache"
            await send(message)

        await answer(scope, receive, send_key)


def _for_a_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def _without(request: Request) -> RedirectResponse:
    """Return the way to the same page without a workspace in its address."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    rest = urlencode([pair for pair in pairs if pair[0] != WORKSPACE_PARAMETER])
    # Relative, so that it leads to no other server, whatever the address looks like.
    page = request.url.path.rpartition("/")[2]
    return RedirectResponse(f"./{page}" + (f"?{rest}" if rest else ""), 303)
