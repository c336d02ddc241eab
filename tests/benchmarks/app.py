"""How long people wait for the dashboard: measured in a real browser, on a server of its own.

    python tests/benchmarks/app.py

Prints the medians of several tries. Every figure is what a visitor sees: the clock runs from the
click to the moment when the page has changed, the browser shares the machine with the run.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
from screens import stop_button

import chromium
from server import dashboard

TRIES = 5
UPDATES = 200
COUNT_PICTURES = """e => {
    window.pictures = 0
    new MutationObserver(() => window.pictures++).observe(e, { attributeFilter: ["src"] })
}"""


def memory(process: int) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found.group(1)) / 1024


def opened(browser: Browser, address: str) -> tuple[Page, float]:
    """Open the address; return the page and the seconds until Start can be pressed."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(page.get_by_role("img", name="Astronaut on the spectrogram")).to_be_visible()
    return page, time.perf_counter() - began


def started(page: Page) -> float:
    """Press Start; return the seconds until a sound can be played."""
    began = time.perf_counter()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("img", name="Spectrogram of candidate 1")).to_be_visible()
    expect(page.get_by_role("button", name="Play sound")).to_be_enabled()
    return time.perf_counter() - began


def steered(page: Page, button: str) -> float:
    """Press a steering button; return the seconds until a picture of a later step is shown."""
    expect(page.get_by_role("button", name=button)).to_be_enabled()
    began = time.perf_counter()
    page.get_by_role("button", name=button).click()
    # The step at work may still be the one before the steer; the second one after shows it.
    step = shown_step(page)
    wait_for_later(page, step + 1)
    return time.perf_counter() - began


def shown_step(page: Page) -> int:
    """Return the step of the picture on show."""
    found = re.search(r"step (\d+)", page.locator(".note").text_content() or "")
    return int(found.group(1)) if found else 0


def wait_for_later(page: Page, step: int) -> None:
    """Wait until a picture of a step after this one is shown."""
    while shown_step(page) <= step:
        page.wait_for_timeout(20)


def main() -> None:
    """Measure and print."""
    expect.set_options(timeout=120_000)
    with (
        TemporaryDirectory() as data,
        dashboard(Path(data)) as (address, process),
        chromium.browser() as browser,
    ):
        page, cold = opened(browser, address)
        page.wait_for_timeout(15_000)  # the server loads its models meanwhile
        warm, starts = [], []
        for _ in range(TRIES):
            page.close()
            page, seconds = opened(browser, address)
            warm.append(seconds)
            page.wait_for_timeout(2000)
            starts.append(started(page))
            stop_button(page).click()
            expect(page.get_by_text("Stopped by you.")).to_be_visible()
        page.close()
        page, _ = opened(browser, address)
        page.get_by_text("How much to learn").click()
        page.get_by_role("spinbutton", name="Steps").fill("500")
        page.get_by_role("spinbutton", name="Steps").press("Enter")
        expect(page.get_by_text("500 steps")).to_be_visible()
        started(page)
        wait_for_later(page, 10)
        steers = [steered(page, f"Better {('image', 'audio')[k % 2]}") for k in range(2 * TRIES)]
        before = memory(process)
        page.get_by_role("img", name="Spectrogram of candidate 1").evaluate(COUNT_PICTURES)
        began = time.perf_counter()
        page.wait_for_function(f"window.pictures >= {UPDATES}", timeout=600_000)
        rate = UPDATES / (time.perf_counter() - began)
        after = memory(process)
    median = statistics.median
    print("seconds, medians; 10 s track, one candidate, 1440 x 900")
    print(f"from opening the address to a usable page, cold   {cold:6.2f}")
    print(f"from opening the address to a usable page, warm   {median(warm):6.2f}")
    print(f"from Start to the first playable sound            {median(starts):6.2f}  (target 1)")
    print(f"from a steer to the first picture that shows it   {median(steers):6.2f}  (target 1.5)")
    print(f"picture updates per second                        {rate:6.2f}  (target 2)")
    print(f"server memory before and after {UPDATES} updates, MB {before:9.0f} {after:6.0f}")


if __name__ == "__main__":
    main()
