"""How the memory of a server grows with the runs that it has carried out.

python tests/benchmarks/fifty_runs.py [--runs 50] [--candidates 3] [--steps 6] [--seconds 5]

Carries out small runs one after the other in this process, as the dashboard does: each is
submitted, watched, listened to and left, and the manager lets go of it when it needs the room.
Prints a Markdown table, what tidying up after each run cost, and whether the last run left at most
5 % more memory than the fifth. Linux only.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from pairs import ASSETS, SAMPLES

DASHBOARD = Path(__file__).parents[2] / "dashboard"
sys.path.insert(0, str(DASHBOARD))

from background.manager import JobManager  # noqa: E402
from background.snapshots import Request  # noqa: E402
from moss_core.machine import tidy_memory  # noqa: E402
from moss_core.objectives import discover  # noqa: E402
from moss_core.optimization import RunConfig  # noqa: E402
from moss_core.synthesis import Canvas  # noqa: E402
from sources.source import Source  # noqa: E402

TOLD = (1, 5, 10, 20, 50)
ALLOWED = 1.05
WATCH_SECONDS = 0.2


def carry_out(manager: JobManager, request: Request, folder: Path) -> None:
    """Let a run learn to its end while somebody watches, and use it once as a page does."""
    job = manager.submit(request, folder)
    while job.at_work:
        snapshot = job.look()
        job.sound(snapshot.watched, snapshot)
        time.sleep(WATCH_SECONDS)
    snapshot = job.look()
    if snapshot.phase != "finished":
        raise SystemExit(f"a run has {snapshot.phase}: {snapshot.message}")
    for candidate in snapshot.candidates:
        job.picture(candidate.index, snapshot)
        job.sound(candidate.index, snapshot)
        job.width(candidate.index, snapshot)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--candidates", type=int, default=3)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    image, track = SAMPLES[0]
    plugins = discover()
    config = RunConfig(
        candidates=options.candidates,
        steps=options.steps,
        canvas=Canvas(duration=options.seconds),
    )
    manager, memory, tidying = JobManager(), {}, []
    manager.warm_up(plugins)
    print("| after run | memory | threads | objects |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as library:
        for number in range(1, options.runs + 1):
            # As if somebody brought the files anew each time.
            sources = [
                Source(name, name, (ASSETS / kind / name).read_bytes())
                for kind, name in (("images", image), ("audio", track))
            ]
            request = Request(sources[0], sources[1], config, plugins, f"run {number}")
            carry_out(manager, request, Path(library) / f"{number:032x}")
            del request, sources
            began = time.perf_counter()
            tidy_memory()
            tidying.append(time.perf_counter() - began)
            memory[number] = psutil.Process().memory_info().rss
            if number in TOLD or number == options.runs:
                cells = f"{memory[number] / 1e6:.0f} MB | {threading.active_count()}"
                print(f"| {number} | {cells} | {len(gc.get_objects()):,} |", flush=True)
        manager.close()
    print(
        f"\nTidying up took {statistics.median(tidying):.2f} s (median), {max(tidying):.2f} s "
        "(worst) after a run."
    )
    if options.runs > 5:
        ratio = memory[options.runs] / memory[5]
        print(f"The last is {ratio:.3f} of the fifth; at most {ALLOWED} is allowed.")
        if ratio > ALLOWED:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
