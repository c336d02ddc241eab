"""A tab without a screen: it speaks with a dashboard as Streamlit's browser side does.

Twenty Chromiums on two processors measure Chromium. A tab sends what one clicks and types, runs the
fragments that poll, gets the pictures and sounds of what it is shown, and knows when a page is all
there; it draws nothing, and runs none of the page's own scripts.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 120.0
MEDIA = re.compile(rb"/media/[0-9a-f]{20,}\.\w+")
# Where pages put their texts, and the labels of what can be pressed.
WORDS = ("body", "label", "text")


class LateError(Exception):
    """What was waited for did not come."""


class Tab:
    """One tab of one visitor.

    Args:
        address: of the dashboard.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        )
        self._shown: dict[tuple[int, ...], tuple[str, ForwardMsg]] = {}
        self._left: set[str] = set()
        self._run = ""
        self._cache: dict[str, ForwardMsg] = {}
        self._pages: dict[str, str] = {}
        self._page, self._query = "", ""
        self._states: dict[str, WidgetState] = {}
        self._polls: list[asyncio.Task[None]] = []
        self._fetched: set[str] = set()
        self._fetching: set[asyncio.Task[None]] = set()
        self._news = asyncio.Condition()
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self.at_work = False
        self._begun = False

    async def open(self) -> None:
        """Get the page as a browser would, with its cookies, and connect."""
        await asyncio.to_thread(self._get, "/")
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": cookies},
            origin=self.address,  # type: ignore[arg-type]
            max_size=None,
        )
        self._listening = asyncio.create_task(self._listen())
        await self._rerun()

    async def close(self) -> None:
        for task in (*self._polls, *self._fetching, self._listening):
            if task:
                task.cancel()
        if self._socket:
            await self._socket.close()

    async def set(self, label: str, value: Any) -> None:
        """Set a number, a text or a choice by its label, as typing and Enter would."""
        kind, element = await self.find(label)
        state = WidgetState(id=element.id)
        if kind == "number_input":
            state.double_value = value
        elif kind == "text_input":
            state.string_value = value
        else:
            chosen = next(option for option in element.options if option.content == value)
            told = f"{chosen.content_icon} {chosen.content}".strip()
            state.string_array_value.data[:] = [told]
        self._states[element.id] = state
        await self._rerun()

    async def press(self, label: str) -> None:
        _, element = await self.find(label)
        self._states[element.id] = WidgetState(id=element.id, trigger_value=True)
        await self._rerun()
        del self._states[element.id]

    async def go(self, page: str) -> None:
        """Go to a page by the end of its address."""
        self._page = self._pages[page]
        self._left.add(self._run)
        self._states.clear()
        await self._rerun()

    async def find(self, label: str) -> tuple[str, Any]:
        """Wait for an enabled widget whose label is, or begins with, this."""

        def found() -> tuple[str, Any] | None:
            for kind, element in self._elements():
                told = str(getattr(element, "label", ""))
                if told == label or (label.endswith(",") and told.startswith(label)):
                    return None if getattr(element, "disabled", False) else (kind, element)
            return None

        return await self.until(found, f"{label!r} to be there and enabled")

    async def until(self, found: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """Wait until a thing is so, and return what it is."""
        async with self._news:
            try:
                async with asyncio.timeout(seconds):
                    while not (it := found()):
                        if self._listening and self._listening.done():
                            self._listening.result()  # which says why nothing comes any more
                        await self._news.wait()
                    return it
            except TimeoutError:
                raise LateError(
                    f"waited {seconds:.0f} s for {what}: {self.text()[-300:]}"
                ) from None

    @property
    def page(self) -> str:
        """The end of the address of the page on show."""
        return next((name for name, page in self._pages.items() if page == self._page), "")

    def headings(self) -> list[str]:
        """Return the titles and subheadings of the page, not those of the one that was left."""
        drawn = (message for run, message in self._shown.values() if run not in self._left)
        elements = (message.delta.new_element for message in drawn)
        return [e.heading.body for e in elements if e.WhichOneof("type") == "heading"]

    def text(self) -> str:
        """Return all that the page says."""
        words = []
        for _, element in self._elements():
            words += [told for name in WORDS if isinstance(told := getattr(element, name, 0), str)]
            words.append(str(getattr(element, "json", "")))
        return " ".join(" ".join(words).split())

    def _elements(self) -> Iterator[tuple[str, Any]]:
        for _, message in self._shown.values():
            if message.delta.HasField("new_element"):
                kind = message.delta.new_element.WhichOneof("type")
                yield kind, getattr(message.delta.new_element, kind)
            else:
                kind = message.delta.add_block.WhichOneof("type")
                if kind:
                    yield kind, getattr(message.delta.add_block, kind)

    async def _rerun(self, fragment: str = "") -> None:
        asked = ClientState(
            query_string=self._query,
            page_script_hash=self._page,
            fragment_id=fragment,
            is_auto_rerun=bool(fragment),
        )
        there = {getattr(element, "id", "") for _, element in self._elements()}
        states = (state for widget, state in self._states.items() if widget in there)
        asked.widget_states.widgets.extend(states)
        asked.cached_message_hashes.extend(self._cache)
        asked.context_info.url = self.address
        if not fragment:
            self.at_work, self._begun = True, False
        assert self._socket
        await self._socket.send(BackMsg(rerun_script=asked).SerializeToString())

    async def _listen(self) -> None:
        try:
            await self._hear()
        finally:
            async with self._news:
                self._news.notify_all()

    async def _hear(self) -> None:
        assert self._socket
        async for content in self._socket:
            message = ForwardMsg()
            message.ParseFromString(content if isinstance(content, bytes) else content.encode())
            self._take(message)
            for path in MEDIA.findall(content if isinstance(content, bytes) else b""):
                self._fetch(path.decode())
            async with self._news:
                self._news.notify_all()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            kept = ForwardMsg()
            kept.CopyFrom(self._cache[message.ref_hash])
            kept.metadata.CopyFrom(message.metadata)
            message, kind = kept, kept.WhichOneof("type")
        elif message.metadata.cacheable:
            self._cache[message.hash] = message
        if kind == "new_session":
            self._run = message.metadata.run.script_run_id
            if not message.metadata.run.fragment_ids:
                self._end_polls()
                self._begun = True
        elif kind == "delta":
            path = tuple(message.metadata.delta_path)
            for below in [p for p in self._shown if p[: len(path)] == path and p != path]:
                if message.delta.HasField("new_element"):
                    del self._shown[below]
            self._shown[path] = (self._run, message)
        elif kind == "navigation":
            self._pages = {p.url_pathname: p.page_script_hash for p in message.navigation.app_pages}
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            poll = self._poll(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            self._polls.append(asyncio.create_task(poll))
        elif kind == "script_finished":
            self._finish(message)

    def _finish(self, message: ForwardMsg) -> None:
        whole = message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        part = message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
        run = message.metadata.run
        if whole or part:  # what was not drawn this time has gone
            self._shown = {
                path: (drawn, shown)
                for path, (drawn, shown) in self._shown.items()
                if drawn == run.script_run_id
                or (part and shown.delta.fragment_id not in run.fragment_ids)
            }
        # A fragment's run that follows at once takes the message of the whole one's end out of the
        # server's queue, where that has not been sent yet.
        if whole or (part and self._begun):
            self.at_work = False

    def _end_polls(self) -> None:
        for poll in self._polls:
            poll.cancel()
        self._polls.clear()

    async def _poll(self, fragment: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._rerun(fragment)

    def _fetch(self, path: str) -> None:
        if path not in self._fetched:
            self._fetched.add(path)
            task = asyncio.create_task(asyncio.to_thread(self._get, path))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)

    def _get(self, path: str) -> None:
        # A picture that has been replaced meanwhile is gone, for browsers too.
        with contextlib.suppress(OSError), self._opener.open(self.address + path, timeout=60) as it:
            it.read()
