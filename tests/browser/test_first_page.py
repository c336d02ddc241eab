"""The first page in a real browser: choose, start, watch, stop, listen, download."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/Home.py"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.headless", "true"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        said = ""
        for line in server.stdout:
            said += line
            if "URL:" in line:  # it listens from here on
                break
        else:
            pytest.fail(f"streamlit did not start: {said}")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()  # a graceful stop would wait for the browser's connections


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def open_page(
    browser: playwright.Browser, address: str, width: int, height: int
) -> playwright.Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE_MS)
    playwright.expect.set_options(timeout=PATIENCE_MS)
    page.goto(address, wait_until="commit")
    playwright.expect(button(page, "Start")).to_be_enabled()
    return page


def button(page: playwright.Page, name: str) -> playwright.Locator:
    return page.get_by_role("button", name=name, exact=True)


def set_number(page: playwright.Page, name: str, value: int) -> None:
    field = page.get_by_role("spinbutton", name=name)
    field.fill(str(value))
    field.press("Enter")
    playwright.expect(page.get_by_text(f"{value} {name.lower()}")).to_be_visible()


def start(page: playwright.Page, steps: int) -> None:
    button(page, "Rose").click()
    playwright.expect(page.get_by_text("Rose on Piano")).to_be_visible()
    button(page, "Drums").click()
    playwright.expect(page.get_by_text("Rose on Drums")).to_be_visible()
    page.get_by_text("Settings", exact=True).click()
    set_number(page, "Candidates", 2)
    set_number(page, "Steps", steps)
    button(page, "Start").click()


def fetched(page: playwright.Page, address: str, locator: playwright.Locator) -> bytes:
    source = locator.get_attribute("src")
    assert source is not None
    with urllib.request.urlopen(
        source if source.startswith("http") else address + source
    ) as answer:
        return answer.read()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_choose_start_watch_stop_listen_download(
    browser: playwright.Browser, address: str, width: int, height: int
) -> None:
    expect = playwright.expect
    page = open_page(browser, address, width, height)
    start(page, steps=400)
    picture = page.get_by_role("img", name="Spectrogram of candidate")
    expect(picture).to_be_visible()
    first = fetched(page, address, picture)
    expect(page.get_by_text("step 4 of 400")).to_be_visible()
    assert fetched(page, address, picture) != first
    expect(page.locator("path[aria-roledescription=point]").first).to_be_visible()

    button(page, "Stop").click()
    expect(button(page, "New run")).to_be_visible()
    expect(page.get_by_text("Stopped by you.")).to_be_visible()
    expect(page.locator("audio")).to_have_count(2)
    with page.expect_download() as download:
        button(page, "download Sound (WAV)").or_(button(page, "Sound (WAV)")).first.click()
    content = download.value.path().read_bytes()
    assert "line-drawing-rose" in download.value.suggested_filename
    samples, rate = soundfile.read(io.BytesIO(content))
    original, original_rate = soundfile.read(ROOT / "assets" / "audio" / "drums-groove.flac")
    assert rate == original_rate
    assert samples.shape == original.shape
    assert abs(samples - original).max() > 0.01

    reopened = page.url
    page.reload()
    expect(button(page, "New run")).to_be_visible()
    assert page.url == reopened
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    page.close()


def test_a_bad_upload_is_explained_where_the_user_looks(
    browser: playwright.Browser, address: str
) -> None:
    page = open_page(browser, address, 1440, 900)
    page.get_by_text("Use an image of your own").click()
    upload = page.locator("input[type=file]").first
    upload.set_input_files(
        {"name": "face.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    expected = page.get_by_text("must be a PNG, JPEG, WebP, GIF, BMP or TIFF image")
    playwright.expect(expected).to_be_visible()
    playwright.expect(button(page, "Start")).to_be_enabled()
    page.close()
