"""A real server and a real browser."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import playwright.sync_api as playwright
import pytest
from screens import DESKTOP, PHONE, stop_button

import chromium
from server import ROOT, dashboard

sys.path.append(str(ROOT / "dashboard"))

FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where the dashboard of these tests keeps its runs."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def address(data: Path) -> Iterator[str]:
    """The address of a dashboard that runs for these tests."""
    with dashboard(data) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright.Browser]:
    """Chromium; where there is none, and none is demanded, what needs it is skipped."""
    playwright.expect.set_options(timeout=PATIENCE_MS)
    if chromium.find() is None and not chromium.must_be_there():
        pytest.skip(chromium.MISSING)
    with chromium.browser(*FAKE_CAMERA) as browser:
        yield browser


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def tab(
    request: pytest.FixtureRequest, browser: playwright.Browser, data: Path
) -> Iterator[playwright.Page]:
    """An empty tab of somebody who never brought anything, on a desktop and on a phone."""
    shutil.rmtree(data / "runs" / ".own", ignore_errors=True)
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


@pytest.fixture
def page(tab: playwright.Page, address: str) -> Iterator[playwright.Page]:
    """The Create page in a fresh session, on a desktop and on a phone."""
    page = tab
    page.goto(address, wait_until="commit")
    playwright.expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    yield page
    if "run=" in page.url:  # the next test's run would wait for this one's
        stop = stop_button(page)
        resting = page.get_by_role("button", name=re.compile("more steps|Resume"))
        playwright.expect(stop.or_(resting).first).to_be_visible()
        if stop.is_visible():
            stop.click()
            playwright.expect(page.get_by_text("Stopped by you.")).to_be_visible()
