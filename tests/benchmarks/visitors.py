"""Many visitors on one server: whether all finish or are told when, and nobody sees another's.

python tests/benchmarks/visitors.py [--visitors 20] [--minutes 10] [--steps 60] [--seconds 5]

Starts a hosted dashboard, and a tab for each visitor (`wire`): a browser's side of the conversation
without its screen, which would take the processors that are measured. Each of them writes an image
of its own, so that its runs are known by their titles; starts a small run, watches it, and looks
through the pages meanwhile; takes the next when it is done, until its minutes are over. The run
under way then has as long again to end. Nobody looks at pages in step with others: each stays as
long as chance says, half to one and a half times the usual. Prints a Markdown table. "Told" is
every visitor whose run was not yet done and whose page said when it would be, or when to try again;
a page is timed from the click on its link to its heading, and to all of it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from websockets.exceptions import ConnectionClosed
from wire import LateError, Tab

sys.path.append(str(Path(__file__).resolve().parents[1]))

from server import dashboard

LOOK_SECONDS = 2.0
PAGES = {"library": "Library", "objectives": "Objectives"}
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
    pages: list[tuple[str, float, float]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    trouble: str = ""
    own: random.Random = field(default_factory=random.Random)

    def at_leisure(self) -> float:
        """Return how much longer than usual it looks at this page, drawn from 0.5 to 1.5."""
        return self.own.uniform(0.5, 1.5)


async def visit(address: str, visitor: Visitor, options) -> None:
    tab = Tab(address)
    try:
        await tab.open()
        await choose(tab, visitor.name, options)
        ends = time.monotonic() + 60 * options.minutes
        while time.monotonic() < ends:
            await run_once(tab, visitor, ends + 60 * options.minutes)
            if time.monotonic() < ends:
                await go(tab, visitor, "", "How it will appear")
    except (LateError, OSError, ConnectionClosed) as error:
        visitor.trouble = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    finally:
        await tab.close()


async def choose(tab: Tab, name: str, options) -> None:
    """Write an image, and make the run a small one."""
    await tab.set("Or an image of your own", "Text")
    await tab.set("Text,", name)
    await tab.until(lambda: f"{name}** on **Piano" in tab.text(), "the text to be the image")
    await tab.set("Length (s)", options.seconds)
    await tab.set("Steps", options.steps)
    await tab.until(lambda: f"{options.steps} steps" in tab.text(), "the steps to be set")


async def run_once(tab: Tab, visitor: Visitor, until: float) -> None:
    """Start a run, and look at it and at other pages until it is done."""
    began = time.monotonic()
    await tab.press("Start")
    title = f"{visitor.name} on Piano"
    refused = re.compile(r"[^.]*must [^.]* at most[^.]*\.[^.]*\.")
    await tab.until(lambda: tab.page == "studio" or refused.search(tab.text()), "the run")
    if tab.page != "studio":
        visitor.refused.append(refused.search(tab.text()).group())
        await asyncio.sleep(20)
        return
    visitor.started += 1
    while time.monotonic() < until:
        await tab.until(lambda: title in tab.headings(), "the run's title")
        looks_until = time.monotonic() + LOOK_SECONDS * visitor.at_leisure()
        while time.monotonic() < looks_until:
            await asyncio.sleep(0.5)
            text = tab.text()
            visitor.told |= bool(WAITS.search(text))
            if "Finished" in text:
                visitor.finished += 1
                visitor.seconds.append(time.monotonic() - began)
                return
        for page, heading in PAGES.items():
            await go(tab, visitor, page, heading)
            await asyncio.sleep(LOOK_SECONDS / 2 * visitor.at_leisure())
            visitor.others |= set(TITLE.findall(tab.text())) - {visitor.name}
        await go(tab, visitor, "studio", title)


async def go(tab: Tab, visitor: Visitor, page: str, heading: str) -> None:
    """Go to a page, and note how long it takes to its heading, and to all of it."""
    began = time.monotonic()
    await tab.go(page)
    await tab.until(lambda: heading in tab.headings(), f"{page} to begin")
    headed = time.monotonic() - began
    await tab.until(lambda: not tab.at_work, f"{page} to be there")
    visitor.pages.append((page or "create", headed, time.monotonic() - began))


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
    visitors = [
        Visitor(f"V{number:02}", own=random.Random(number)) for number in range(options.visitors)
    ]
    used: dict[str, float] = {}
    watching = asyncio.create_task(watch_memory(process, visitors, used))
    await asyncio.gather(*(visit(address, v, options) for v in visitors))
    watching.cancel()
    worked = psutil.Process(process).cpu_times()
    used["server"], used["tabs"] = worked.user + worked.system, time.process_time()
    return visitors, used


def spread(seconds: Iterable[float]) -> str:
    """Return the median, the 95th percentile and the worst of all."""
    found = sorted(seconds)
    if not found:
        return "none"
    high = found[int(0.95 * (len(found) - 1))]
    return f"median {statistics.median(found):.2f}, p95 {high:.2f}, worst {found[-1]:.2f}"


def show(visitors: list[Visitor], used: dict[str, float], options) -> None:
    pages = [page for visitor in visitors for page in visitor.pages]
    seconds = [second for visitor in visitors for second in visitor.seconds]
    refused = Counter(re.sub(r"\d+", "N", text) for v in visitors for text in v.refused)
    done = sum(visitor.finished > 0 for visitor in visitors)
    told = sum(bool(v.told or v.refused) for v in visitors if not v.finished)
    rows = {
        "pages looked at": f"{len(pages)}",
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
        "pages to their heading, s": spread(headed for _, headed, _ in pages),
        **{
            f"... {name}": spread(headed for page, headed, _ in pages if page == name)
            for name in sorted({page for page, _, _ in pages})
        },
        "pages to all of them, s": spread(whole for _, _, whole in pages),
        **{
            f"... all of {name}": spread(whole for page, _, whole in pages if page == name)
            for name in sorted({page for page, _, _ in pages})
        },
        "memory, MB: after round 1, end, peak": ", ".join(
            f"{used[name]:,.0f}" if name in used else "none" for name in ("first", "end", "peak")
        ),
        "processor, s: server, tabs": f"{used['server']:.0f}, {used['tabs']:.0f}",
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
