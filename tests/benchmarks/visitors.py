"""Many visitors on one server: whether all finish or are told when, and nobody sees another's.

python tests/benchmarks/visitors.py [--visitors 20] [--minutes 10] [--steps 60] [--seconds 5]

Starts a hosted dashboard, and a browser for each visitor, side by side in one Chromium. Each of
them writes an image of its own, so that its runs are known by their titles; starts a small run,
watches it, and looks through the pages meanwhile; takes the next when it is done, until its minutes
are over, which count from when it is ready to start. The run under way then has as long again to
end. Prints a Markdown table. "Told" is every visitor whose run was not yet done and whose page said
when it would be, or when to try again; a page is timed from the click on its link to its heading.
Chromium takes its share of the same processors.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.async_api import Browser, Page, async_playwright, expect
from playwright.async_api import TimeoutError as Late

sys.path.append(str(Path(__file__).resolve().parents[1]))

import chromium
from server import dashboard

PATIENCE_MS = 120_000
LOOK_SECONDS = 2.0
PAGES = {"Library": "Library", "Objectives": "Objectives"}
WAITS = re.compile(r"done in .*(minute|hour)|about .* left|Next in line|Preparing|free in")
TITLE = re.compile(r"(V\d\d) on Piano")


@dataclass
class Visitor:
    """What became of one."""

    name: str
    started: int = 0
    finished: int = 0
    told: bool = False
    seconds: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    trouble: str = ""


async def visit(browser: Browser, address: str, visitor: Visitor, options) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        await page.goto(address, wait_until="commit")
        await expect(start_button(page)).to_be_enabled(timeout=PATIENCE_MS)
        await choose(page, visitor.name, options)
        ends = time.monotonic() + 60 * options.minutes
        while time.monotonic() < ends:
            await run_once(page, visitor, ends + 60 * options.minutes)
            if time.monotonic() < ends:
                await go(page, visitor, "Create", None)
                await expect(start_button(page)).to_be_enabled(timeout=PATIENCE_MS)
    except (Late, AssertionError) as error:
        visitor.trouble = " ".join(str(error).split())[:300]
    finally:
        await context.close()


def start_button(page: Page):
    return page.get_by_role("button", name="Start", exact=True)


async def choose(page: Page, name: str, options) -> None:
    """Write an image, and make the run a small one."""
    await page.get_by_text("Text", exact=True).first.click()
    field = page.get_by_label(re.compile("^Text, up to"))
    await field.fill(name)
    await field.press("Enter")
    await expect(page.get_by_text(f"{name} on Piano")).to_be_visible(timeout=PATIENCE_MS)
    for label, value in (("Length (s)", options.seconds), ("Steps", options.steps)):
        if label == "Steps":
            await page.get_by_text("How much to learn").click()
        number = page.get_by_label(label, exact=True)
        await number.fill(str(value))
        await number.press("Enter")
    await expect(page.get_by_text(f"{options.steps} steps")).to_be_visible(timeout=PATIENCE_MS)
    await expect(start_button(page)).to_be_enabled(timeout=PATIENCE_MS)


async def run_once(page: Page, visitor: Visitor, until: float) -> None:
    """Start a run, and look at it and at other pages until it is done."""
    began = time.monotonic()
    await start_button(page).click()
    refusal = page.get_by_role("alert").filter(has_text="must be at most")
    arrived = page.get_by_role("heading", name=f"{visitor.name} on Piano")
    await expect(arrived.or_(refusal).first).to_be_visible(timeout=PATIENCE_MS)
    if await refusal.count():
        visitor.refused.append(" ".join((await refusal.first.inner_text()).split()))
        await page.wait_for_timeout(20_000)
        return
    visitor.started += 1
    while time.monotonic() < until:
        text = " ".join((await page.locator("[data-testid=stMain]").inner_text()).split())
        if "Finished" in text:
            visitor.finished += 1
            visitor.seconds.append(time.monotonic() - began)
            return
        visitor.told |= bool(WAITS.search(text))
        await page.wait_for_timeout(1000 * LOOK_SECONDS)
        for link, heading in PAGES.items():
            await go(page, visitor, link, heading)
            visitor.others |= set(TITLE.findall(await page.content())) - {visitor.name}
        await go(page, visitor, "Studio", f"{visitor.name} on Piano")
        await page.wait_for_timeout(1000 * LOOK_SECONDS)


async def go(page: Page, visitor: Visitor, link: str, heading: str | None) -> None:
    """Go to a page by its link, and note how long it takes."""
    began = time.monotonic()
    await page.get_by_role("link", name=link, exact=False).first.click()
    if heading:
        await expect(page.get_by_role("heading", name=heading).first).to_be_visible(
            timeout=PATIENCE_MS
        )
        visitor.pages.append(time.monotonic() - began)


async def watch_memory(process: int, visitors: list[Visitor], found: dict[str, float]) -> None:
    server = psutil.Process(process)
    while True:
        now = server.memory_info().rss / 1e6
        found["peak"] = max(found.get("peak", 0.0), now)
        found["end"] = now
        if "first" not in found and all(v.finished or v.trouble or v.refused for v in visitors):
            found["first"] = now
        await asyncio.sleep(0.5)


async def play(address: str, process: int, options) -> tuple[list[Visitor], dict[str, float]]:
    visitors = [Visitor(f"V{number:02}") for number in range(options.visitors)]
    memory: dict[str, float] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.find(), args=list(chromium.FLAGS)
        )
        watching = asyncio.create_task(watch_memory(process, visitors, memory))
        await asyncio.gather(*(visit(browser, address, v, options) for v in visitors))
        watching.cancel()
        await browser.close()
    return visitors, memory


def show(visitors: list[Visitor], memory: dict[str, float], options) -> None:
    pages = sorted(second for visitor in visitors for second in visitor.pages)
    seconds = [second for visitor in visitors for second in visitor.seconds]
    refused = Counter(re.sub(r"\d+", "N", text) for v in visitors for text in v.refused)
    done = sum(visitor.finished > 0 for visitor in visitors)
    told = sum(bool(v.told or v.refused) for v in visitors if not v.finished)
    percentile = pages[int(0.95 * (len(pages) - 1))] if pages else float("nan")
    rows = {
        "visitors, minutes": f"{options.visitors}, {options.minutes:g}",
        "finished a run": f"{done} of {options.visitors}",
        "runs finished of started": f"{sum(v.finished for v in visitors)} of "
        f"{sum(v.started for v in visitors)}",
        "told when, of those who did not finish": f"{told} of {options.visitors - done}",
        "saw when theirs would be done": f"{sum(v.told for v in visitors)}",
        "saw another's": f"{sum(bool(v.others) for v in visitors)}",
        "run, s: median, worst": f"{statistics.median(seconds):.0f}, {max(seconds):.0f}"
        if seconds
        else "none",
        "page, s: median, p95, worst": f"{statistics.median(pages):.2f}, {percentile:.2f}, "
        f"{pages[-1]:.2f} (of {len(pages)})"
        if pages
        else "none",
        "memory, MB: after round 1, end, peak": ", ".join(
            f"{memory[name]:,.0f}" if name in memory else "none"
            for name in ("first", "end", "peak")
        ),
        "refused": f"{refused.total()}",
        "in trouble": f"{sum(bool(v.trouble) for v in visitors)}",
    }
    print("| | |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    for text, count in refused.most_common():
        print(f"\nrefused {count} times: {text}")
    for visitor in visitors:
        if visitor.trouble:
            print(f"\n{visitor.name}: {visitor.trouble}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=5.0, help="of the track, painted")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as data,
        dashboard(Path(data), MOSS_SHARED="1") as (address, process),
    ):
        show(*asyncio.run(play(address, process, options)), options)


if __name__ == "__main__":
    main()
