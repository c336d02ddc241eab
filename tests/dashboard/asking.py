"""Asks the server's own part for something, as a browser would, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str

    def header(self, name: str) -> str:
        """The first header of a name; "" if there is none."""
        return next((value for key, value in self.headers if key == name), "")


def ask(
    app, url: str, headers: Mapping[str, str] = {}, client="203.0.113.9", body: str | None = None
) -> Answer:
    """Ask for an address; with a body, post a form to it."""
    parts = urlsplit(url)
    told = {"host": "moss.example.org", "accept": "text/html"} | {
        name.lower(): value for name, value in headers.items()
    }
    if body is not None:
        told["content-type"] = "application/x-www-form-urlencoded"
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET" if body is None else "POST",
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        "client": (client, 50_000),
        "server": ("testserver", 80),
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": (body or "").encode(), "more_body": False}

    async def send(message):
        sent.append(message)

    # In a thread of its own: a browser that other tests drive keeps a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    start, *parts_sent = sent
    pairs = [(name.decode(), value.decode()) for name, value in start["headers"]]
    content = b"".join(part.get("body", b"") for part in parts_sent)
    return Answer(start["status"], tuple(pairs), content.decode())


async def page(scope, receive, send) -> None:
    """Answers as Streamlit does: with the page, whatever was asked for."""
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"page"})
