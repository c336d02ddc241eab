"""How long people wait in Library and Front: 200 runs, and a front of 64 candidates.

    python tests/benchmarks/browsing.py

Prints the medians of several tries in a real browser. The clock runs from opening the address, or
from the click on a point, to the moment when the page can be used, or the other sound plays.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from pairs import STRETCHED

import chromium
from moss_core import Run, RunConfig, load_image, load_track
from moss_core.runs.library import Library
from moss_core.runs.saving import save_progress
from server import ROOT, dashboard

RUNS, CANDIDATES, TRIES = 200, 64, 5
USABLE = """runs => {
    const roots = [...document.querySelectorAll("*")].map(e => e.shadowRoot).filter(Boolean)
    const cards = roots.flatMap(root => [...root.querySelectorAll("[role=radio]")])
    const open = [...document.querySelectorAll("button")].find(b => /Open run/.test(b.textContent))
    return cards.length === runs && open && !open.disabled
}"""
HEARD = "[...window.mossEngines.values()].map(engine => engine.heard).find(Boolean)"


def fill(library: Library) -> str:
    """Put the runs into a library; return the id of the one with many candidates."""
    image = load_image(ROOT / "assets" / "images" / "portrait-astronaut.jpg")
    track = load_track(ROOT / "assets" / "audio" / "piano-prelude.flac")
    for candidates in (1, CANDIDATES):
        run = Run(image, track, RunConfig(candidates=candidates, steps=0, adjustments=STRETCHED))
        run.step()
        folder = library.new()
        save_progress(run, folder)
        if candidates == 1:
            for _ in range(RUNS - 2):
                library.add_folder(folder)
    return folder.name


def library_opened(browser: Browser, address: str) -> float:
    """Open the library; return the seconds until a run in it can be opened."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    began = time.perf_counter()
    page.goto(f"{address}/library", wait_until="commit")
    page.wait_for_function(USABLE, arg=RUNS, polling=20)
    seconds = time.perf_counter() - began
    page.close()
    return seconds


def library_reached(browser: Browser, address: str) -> float:
    """Go to the library from another page; return the seconds until it can be used."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{address}/objectives")
    expect(page.get_by_role("heading", name="Objectives")).to_be_visible()
    page.wait_for_timeout(2000)
    began = time.perf_counter()
    page.get_by_role("link", name="Library").click()
    page.wait_for_function(USABLE, arg=RUNS, polling=20)
    seconds = time.perf_counter() - began
    page.close()
    return seconds


def selected(page: Page, number: int) -> float:
    """Click a candidate's point; return the seconds until its sound plays."""
    point = page.locator(f'path[aria-roledescription=point][aria-label*="Candidate {number};"]')
    before = page.evaluate(HEARD)
    began = time.perf_counter()
    point.first.click(force=True)
    page.wait_for_function(f"before => {HEARD} && {HEARD} !== before", arg=before, polling=10)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    expect.set_options(timeout=120_000)
    with TemporaryDirectory() as data:
        run = fill(Library(Path(data) / "runs"))
        with dashboard(Path(data)) as (address, _), chromium.browser() as browser:
            library_opened(browser, address)
            time.sleep(15)  # the server loads its models meanwhile
            opened = [library_opened(browser, address) for _ in range(TRIES)]
            reached = [library_reached(browser, address) for _ in range(TRIES)]
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{address}/front?run={run}")
            expect(page.get_by_text(f"of {CANDIDATES} candidates")).to_be_visible()
            # Ones that were not heard before, far apart; the server encodes ahead meanwhile.
            early = [selected(page, number) for number in (9, 50, 20, 60, 30, 3)]
            page.wait_for_timeout(15_000)
            late = [selected(page, number) for number in (12, 54, 24, 62, 33, 6)]
    median = statistics.median
    print("seconds, medians; 1440 x 900, 10 s track")
    for what, found, target in (
        (f"library of {RUNS}: opening, empty browser cache", opened, "target 2"),
        (f"library of {RUNS}: going there from another page", reached, ""),
        (f"front of {CANDIDATES}: click to sound, just opened", early, "target 0.5"),
        (f"front of {CANDIDATES}: click to sound, 15 s later", late, "target 0.5"),
    ):
        print(f"{what:46} {median(found):6.2f}  {target}")


if __name__ == "__main__":
    main()
