"""Finds out that strangers come, from what every request says of the way it took."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from moss_core.machine import host, limits
from session.workspace import is_loopback, strangers

_MOST = "server.maxUploadSize"


class Hosting:
    """Lets the server be a hosted one from the first request on that shows it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at a request before anything else does."""
        if scope["type"] in ("http", "websocket"):
            client = scope.get("client")
            if why := strangers(client[0] if client else None, Headers(scope=scope)):
                host(why)
                bound_upload_size()
        await self._app(scope, receive, send)


def look_at_address() -> None:
    """Let the server be a hosted one where it was told to listen to others than this machine."""
    address = config.get_option("server.address")
    if address and not is_loopback(address):
        host(f"it was told to listen on {address}")
    bound_upload_size()


def bound_upload_size() -> None:
    """Take no larger file than the profile in force does, whatever a page says of it."""
    most = limits().upload_mb
    if config.get_option(_MOST) > most:
        config.set_option(_MOST, int(most))
