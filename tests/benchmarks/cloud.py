"""A deployment as Community Cloud makes it, in a box of this machine: install, start, two visitors.

    python tests/benchmarks/cloud.py                    # as root, on Linux; about 6 GB of disk
    python tests/benchmarks/cloud.py --here             # with what is installed already
    python tests/benchmarks/cloud.py --visitors 4 --map # more of them, each mapping a front

A fresh environment from requirements.txt alone; then no network, the sources read-only, an empty
home, 2.7 GB of memory; then `streamlit run dashboard/Home.py`, and visitors' browsers that start a
default run at once and see it to its end. Prints what the installation cost, the server's log, and
a table of its memory and of who finished when; ends with status 1 where one did not.

The memory is limited by a control group (v2 or v1): it counts the server's own pages, and those of
files that nobody had in memory before, and kills it beyond the limit. A limit on addresses
(`ulimit -v`) would count what PyTorch reserves and never touches. Beside that the resident memory
of the server and its children is added up five times a second. The browsers are the visitors' and
stay outside; they come with the header that a host's proxy adds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
from screens import plan_steps

from built import copy_sources
from server import free_port

LIMIT = 2_700_000_000
PATIENCE_MS = 900_000
VIEWPORT = {"width": 1440, "height": 900}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


def main() -> None:
    """Build the box, or, called by itself inside of it, use it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=2)
    parser.add_argument("--map", action="store_true", help="map a front instead of a quick run")
    parser.add_argument("--steps", type=int, help="fewer than are offered, on a slow machine")
    parser.add_argument("--here", action="store_true", help="install nothing")
    parser.add_argument("--box", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.box:
        sys.exit(use(given.box, given))
    with tempfile.TemporaryDirectory() as box:
        copy_sources(Path(box) / "sources")
        if not given.here:
            install(Path(box))
        inside = [sys.executable, __file__, *sys.argv[1:], "--box", box]
        sys.exit(subprocess.run(["unshare", "--mount", "--net", *inside]).returncode)


def install(box: Path) -> None:
    """Install from requirements.txt into a fresh environment, and say what it costs."""
    sources, environment = box / "sources", box / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "pip"), "install", "--no-cache-dir", "--progress-bar", "off"]
    began = time.perf_counter()
    done = subprocess.run(
        [*pip, "-r", "requirements.txt"], cwd=sources, check=True, stdout=subprocess.PIPE, text=True
    )
    seconds = time.perf_counter() - began
    sizes = re.findall(r"Downloading \S+ \(([\d.]+) (kB|MB|GB)\)", done.stdout)
    download = sum(float(number) * UNITS[unit] for number, unit in sizes)
    files = (path.lstat() for path in environment.rglob("*"))
    disk = sum(file.st_blocks * 512 for file in files)
    print(f"installed in {seconds:.0f} s: {download / 1e9:.1f} GB to download,", end=" ")
    print(f"{disk / 1e9:.1f} GB on the disk", flush=True)


def use(box: Path, given: argparse.Namespace) -> int:
    """Start the dashboard in the box and drive the visitors; return the status to end with."""
    sources, home, port = box / "sources", box / "home", free_port()
    home.mkdir()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "--bind", str(sources), str(sources)], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", str(sources)], check=True)
    assert not os.access(sources, os.W_OK)
    program = box / "environment" / "bin" / "python"
    path = "" if program.exists() else f"{sources}:{sources / 'plugins'}"
    command = [str(program if program.exists() else sys.executable), "-m", "streamlit"]
    command += ["run", "dashboard/Home.py", "--server.headless", "true"]
    command += ["--server.port", str(port)]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": path}
    log = box / "log"
    with (
        memory_group() as group,
        log.open("wb") as said,
        subprocess.Popen(
            command, cwd=sources, env=environment, stdout=said, stderr=subprocess.STDOUT
        ) as server,
    ):
        (group / "cgroup.procs").write_text(str(server.pid))
        try:
            with resident(server.pid) as most:
                finished = visit(f"http://127.0.0.1:{port}", given)
            alive = server.poll() is None
            print("| visitor | ready after | finished |\n|---|---|---|")
            for number, (ready, end) in enumerate(finished, 1):
                print(f"| {number} | {ready:.0f} s | {f'{end:.0f} s more' if end else 'NO'} |")
            print("\n| memory | |\n|---|---|")
            print(f"| resident, the server and its children, at most | {most[0] / 1e9:.2f} GB |")
            print(f"| in its group, at most | {peak(group) / 1e9:.2f} GB |")
            print(f"| limit | {LIMIT / 1e9:.1f} GB |")
            print(f"| the server | {'lives' if alive else f'ended ({server.returncode})'} |")
        finally:
            server.kill()
            server.wait()
            print(log.read_text(), flush=True)
    return int(not (alive and all(end for _, end in finished)))


@contextmanager
def resident(pid: int) -> Iterator[list[int]]:
    """Yield a list whose one number is the most bytes that a process and its children had."""
    most, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.2):
            with contextlib.suppress(psutil.Error):
                server = psutil.Process(pid)
                tree = (server, *server.children(recursive=True))
                most[0] = max(most[0], sum(process.memory_info().rss for process in tree))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


@contextmanager
def memory_group() -> Iterator[Path]:
    """Yield a control group that may take no more than `LIMIT` bytes."""
    root = Path("/sys/fs/cgroup")
    version_2 = (root / "cgroup.controllers").exists()
    group = (root if version_2 else root / "memory") / f"moss-{os.getpid()}"
    group.mkdir()
    (group / ("memory.max" if version_2 else "memory.limit_in_bytes")).write_text(str(LIMIT))
    try:
        yield group
    finally:
        group.rmdir()


def peak(group: Path) -> int:
    """Return the most bytes that a control group has held."""
    names = ("memory.peak", "memory.max_usage_in_bytes")
    (file,) = (group / name for name in names if (group / name).exists())
    return int(file.read_text())


def visit(address: str, given: argparse.Namespace) -> list[tuple[float, float]]:
    """Have visitors press Start on what is offered, and wait for the ends.

    Returns:
        For each how many seconds it took until Start could be pressed, and then until the end; 0
        where that did not come.
    """
    found = []
    with sync_playwright() as running:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = running.chromium.launch(executable_path=program, args=FLAGS)
        pages = []
        for number in range(given.visitors):
            told = {"X-Forwarded-For": f"203.0.113.{number + 1}"}  # addresses of nobody (RFC 5737)
            context = browser.new_context(viewport=VIEWPORT, extra_http_headers=told)
            pages.append((context.new_page(), time.perf_counter()))
            reach(pages[-1][0], address)
        started = []
        for page, began in pages:
            start = page.get_by_role("button", name="Start", exact=True)
            expect(start).to_be_enabled(timeout=PATIENCE_MS)
            ready = time.perf_counter()
            if given.map:
                page.get_by_text("Map the front", exact=True).click()
            if given.steps:
                page.get_by_text("How much to learn").first.click()
                plan_steps(page, given.steps)
                expect(page.get_by_text(f" {given.steps} steps").first).to_be_visible()
            expect(start).to_be_enabled(timeout=PATIENCE_MS)
            start.click()
            started.append((page, ready - began, ready))
        for page, waited, ready in started:
            end = 0.0
            with contextlib.suppress(AssertionError, PlaywrightError):  # the server may be gone
                sign = page.get_by_text(re.compile("Finished.*saved$"))
                expect(sign).to_be_visible(timeout=PATIENCE_MS)
                end = time.perf_counter() - ready
            found.append((waited, end))
        browser.close()
    return found


def reach(page: Page, address: str) -> None:
    """Go to an address as soon as it answers."""
    began = time.perf_counter()
    while True:
        try:
            page.goto(address)
            return
        except PlaywrightError:  # it does not listen yet
            if time.perf_counter() - began > 60:
                raise
            page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
