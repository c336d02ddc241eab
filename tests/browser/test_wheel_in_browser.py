"""The wheel in a new environment and an empty folder, and the settings wherever it is started."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from screens import on_desktop, stop_button

from built import ROOT, build, copy_sources, install
from server import dashboard, free_port, listening

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

SETTINGS = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())


@contextmanager
def from_the_wheel(folder: Path) -> Iterator[str]:
    wheel = build("wheel", copy_sources(folder / "moss"), folder / "dist")
    environment = install(wheel, folder / "new")
    port = str(free_port())
    command = [str(environment.scripts / "moss"), "app", "--port", port]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    with listening(command, environment.home, environment.variables):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def from_the_sources_elsewhere(folder: Path) -> Iterator[str]:
    (folder / "empty").mkdir()
    with dashboard(folder / "data", folder / "empty", HOME=str(folder / "empty")) as (address, _):
        yield address


@on_desktop
@pytest.mark.parametrize("start", [from_the_wheel, from_the_sources_elsewhere])
def test_a_first_hybrid_in_moss_s_own_colours(start, tab: Page, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from playwright.sync_api import expect

    with start(tmp_path) as address:
        tab.emulate_media(color_scheme="light")
        tab.goto(address)
        button = tab.get_by_role("button", name="Start", exact=True)
        expect(button).to_be_enabled()
        expect(button).to_have_css("background-color", rgb(SETTINGS["theme"]["light"]))
        tab.get_by_role("radio", name="Upload").first.click()
        with tab.expect_request(re.compile("/upload_file/")) as sent:
            tab.locator("input[type=file]").set_input_files(ROOT / "dashboard" / "web" / "icon.png")
        limit = SETTINGS["server"]["maxUploadSize"] * 2**20
        assert answer(sent.value, limit) == 400  # not too large: there is no file in it
        assert answer(sent.value, limit + 1) == 413
        button.click()
        picture = tab.get_by_role("img", name="Spectrogram of candidate 1")
        expect(picture).to_be_visible()
        assert picture.evaluate("e => e.naturalWidth") > 100
        tab.get_by_role("button", name="Play sound").click()
        expect(tab.get_by_role("button", name="Pause sound")).to_be_visible()
        stop_button(tab).click()
        expect(tab.get_by_text("Stopped by you.")).to_be_visible()


def answer(sent: Request, length: int) -> int:
    """The server's answer to the head of what was sent, had it this length and were it no form."""
    address = urlsplit(sent.url)
    headers = {name: text for name, text in sent.all_headers().items() if name[0] != ":"}
    headers |= {"content-type": "text/plain", "content-length": str(length)}
    with closing(HTTPConnection(address.netloc, timeout=60)) as connection:
        connection.request(sent.method, address.path, headers=headers)
        return connection.getresponse().status


def rgb(theme: dict[str, str]) -> str:
    red, green, blue = bytes.fromhex(theme["primaryColor"].lstrip("#"))
    return f"rgb({red}, {green}, {blue})"
