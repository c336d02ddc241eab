"""How much slower a command is where other programs keep the processors busy.

python tests/benchmarks/busy.py [--beside 1 3] [--times 3] [--candidates 3] [--steps 12]

Runs `moss optimize` on a sample pair, alone and beside endless loops (a process each), in turn,
and prints medians: of the whole command and of learning alone in wall seconds, of the command in
processor seconds, and each as a ratio to the command alone. Ratios carry over between machines.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pairs import ASSETS, SAMPLES

COMMAND = [sys.executable, "-c", "from moss_core.cli import main; main()", "optimize"]
LOOP = [sys.executable, "-c", "while True: pass"]


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Let so many other processes compute without end meanwhile."""
    others = [subprocess.Popen(LOOP) for _ in range(loops)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def timed(options: argparse.Namespace, folder: Path) -> tuple[float, float, float]:
    """Run the command once; return its wall seconds, those of learning, and processor seconds."""
    image, track = SAMPLES[options.pair]
    words = [ASSETS / "images" / image, ASSETS / "audio" / track, "--out", folder]
    words += ["--candidates", options.candidates, "--steps", options.steps]
    words += ["--fit", "stretch"]
    began, before = time.perf_counter(), os.times()
    subprocess.run([*COMMAND, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, os.times()
    with (folder / "history.csv").open() as file:
        learning = float(list(csv.DictReader(file))[-1]["seconds"])
    user = after.children_user - before.children_user
    return wall, learning, user + after.children_system - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", type=int, nargs="*", default=[1, 3], metavar="LOOPS")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--pair", type=int, default=0)
    options = parser.parse_args()
    print(" ".join(["python", *sys.argv]), f"({os.cpu_count()} cores)")
    found: dict[int, list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for turn in range(options.times):
            for loops in (0, *options.beside):
                with busy(loops):
                    folder = Path(temporary) / f"{turn}-{loops}"
                    found.setdefault(loops, []).append(timed(options, folder))
    medians = {
        loops: [statistics.median(column) for column in zip(*rows, strict=True)]
        for loops, rows in found.items()
    }
    print("loops beside |   whole command |        learning | processor seconds")
    for loops, row in medians.items():
        cells = [f"{value:6.1f} s {value / medians[0][k]:5.2f} x" for k, value in enumerate(row)]
        print(f"{loops:12} | {' | '.join(cells)}")


if __name__ == "__main__":
    main()
