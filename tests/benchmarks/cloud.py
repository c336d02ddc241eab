"""A deployment as Community Cloud makes it, in a box of this machine: install, start, one run.

    python tests/benchmarks/cloud.py            # as root, on Linux; about 6 GB of disk

A fresh environment from requirements.txt alone; then no network, the sources read-only, an empty
home, 2.7 GB of memory; then `streamlit run dashboard/Home.py`, and a visitor's browser that sees a
default run to its end. Prints what the installation cost, the server's log and its memory.

The memory is limited by a control group (v2 or v1): it counts the server's own pages, and those of
files that nobody had in memory before, and kills it beyond the limit. A limit on addresses
(`ulimit -v`) would count what PyTorch reserves and never touches. The browser is the visitor's and
stays outside.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from built import copy_sources
from server import free_port

LIMIT = 2_700_000_000
PATIENCE_MS = 900_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


def main() -> None:
    """Build the box, or, called by itself inside of it, use it."""
    if len(sys.argv) > 1:
        use(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as box:
        install(Path(box))
        inside = [sys.executable, __file__, box]
        subprocess.run(["unshare", "--mount", "--net", *inside], check=True)


def install(box: Path) -> None:
    """Install from requirements.txt into a fresh environment, and say what it costs."""
    sources, environment = copy_sources(box / "sources"), box / "environment"
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


def use(box: Path) -> None:
    """Start the dashboard in the box and drive a default run to its end."""
    sources, home, port = box / "sources", box / "home", free_port()
    home.mkdir()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "--bind", str(sources), str(sources)], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", str(sources)], check=True)
    assert not os.access(sources, os.W_OK)
    command = [str(box / "environment" / "bin" / "streamlit"), "run", "dashboard/Home.py"]
    command += ["--server.headless", "true", "--server.port", str(port)]
    log = box / "log"
    with (
        memory_group() as group,
        log.open("wb") as said,
        subprocess.Popen(
            command,
            cwd=sources,
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        (group / "cgroup.procs").write_text(str(server.pid))
        try:
            visit(f"http://127.0.0.1:{port}")
            resident = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())
            assert resident
            print(f"resident at most {int(resident.group(1)) * 1024 / 1e9:.2f} GB", end=", ")
            print(f"{peak(group) / 1e9:.2f} GB in its group, limit {LIMIT / 1e9:.1f} GB")
        finally:
            server.kill()
            server.wait()
            print(log.read_text(), flush=True)


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


def visit(address: str) -> None:
    """Press Start on what is offered, and wait for the end."""
    began = time.perf_counter()
    with sync_playwright() as running:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = running.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        while True:
            try:
                page.goto(address)
                break
            except Exception:  # it does not listen yet
                if time.perf_counter() - began > 60:
                    raise
                page.wait_for_timeout(500)
        start = page.get_by_role("button", name="Start", exact=True)
        expect(start).to_be_enabled(timeout=PATIENCE_MS)
        ready = time.perf_counter()
        start.click()
        expect(page.get_by_text(re.compile("Finished.*saved$"))).to_be_visible(timeout=PATIENCE_MS)
        print(f"ready after {ready - began:.0f} s,", end=" ")
        print(f"run finished after {time.perf_counter() - ready:.0f} s more")
        browser.close()


if __name__ == "__main__":
    main()
