"""What visitors rely on: nothing leaves the machine, tabs have names, a link shows one thing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from screens import on_desktop

from moss_core import Run, RunConfig, save
from moss_core.runs.library import Library
from samples import small_image, small_track
from server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TWO = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Path:
    """The folder of a kept run in the library of the dashboard of these tests."""
    run = Run(small_image(), small_track(), RunConfig(TWO, candidates=2, steps=1))
    for _ in run.steps():
        pass
    run.title = "Disc & <b>notes</b>"
    save(run, tmp_path / "run")
    library = Library(data / "runs")
    return library.path(library.add_folder(tmp_path / "run"))


@pytest.fixture
def link(data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Path and query of a link to the run's second candidate."""
    monkeypatch.setenv("MOSS_DATA", str(data))
    monkeypatch.syspath_prepend(ROOT / "dashboard")
    from session.links import make_link

    return f"/shown?show={make_link(folder, 1)}"


@on_desktop
def test_no_page_asks_another_host_and_each_tab_has_its_name(
    tab: Page, address: str, folder: Path, link: str
) -> None:
    from playwright.sync_api import expect

    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("websocket", lambda socket: asked.append(socket.url))
    run, name = f"run={folder.name}", "Disc & <b>notes</b> · MOSS"
    for path, heading, title in (
        ("/", "Make a sound", "MOSS"),
        (f"/studio?{run}", "Disc", name),
        (f"/front?{run}", "Disc", name),
        ("/library", "Library", "Library · MOSS"),
        ("/objectives", "Objectives", "Objectives · MOSS"),
        (link, "Disc", name),
    ):
        tab.goto(f"{address}{path}", wait_until="commit")
        expect(tab.get_by_role("heading", level=1).filter(has_text=heading)).to_be_visible()
        expect(tab).to_have_title(title)
        # The icon was asked for, too: the page's head names it.
        expect(tab.locator("link[rel~=icon]").first).to_have_attribute("href", re.compile("media/"))
        expect(tab.get_by_test_id("stStatusWidget")).to_have_count(0)
    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
        urlsplit(address).netloc
    }


@on_desktop
def test_a_friend_sees_hears_and_makes_their_own(
    tab: Page, browser: Browser, address: str, link: str
) -> None:
    from playwright.sync_api import expect

    tab.goto(f"{address}{link}", wait_until="commit")
    expect(tab.get_by_role("img", name=re.compile("Spectrogram of the hybrid"))).to_be_visible()
    expect(tab.get_by_role("button", name=re.compile("^Original"))).to_be_visible()
    expect(tab.get_by_role("link", name="Library")).to_have_count(0)
    assert not re.search("run=|workspace=", tab.url)
    tab.get_by_role("button", name="Make yours").click()
    expect(tab.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(tab.get_by_role("link", name="Library").first).to_be_visible()
    assert "show=" not in tab.url

    again = browser.new_context()
    page = again.new_page()
    page.goto(f"{address}{link[:-4]}0000", wait_until="commit")
    expect(page.get_by_text("This link is not whole")).to_be_visible()
    again.close()
