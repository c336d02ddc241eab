"""How near the estimate of a run's memory is to what it takes.

python tests/benchmarks/costs.py [--candidates 1 5 9 15] [--seconds 5 15 60] [--channels 1 2]
    [--steps 0]

Learns some steps on noise, each time in a new process, saves, and prints how much more memory the
process had at its peak than before, beside the estimate. Linux only.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from moss_core.machine import tidy_memory
from moss_core.objectives import discover
from moss_core.optimization import Run, RunConfig, cost_of
from moss_core.runs.saving import save_progress
from moss_core.synthesis import Image, Track

RATE = 44_100
PAINTED = 150
"""Seconds x channels x candidates that are painted for each step, where no number is given: more
steps for small runs, so that all sounds and lenses have their turn."""


def _status(name: str) -> int:
    """Return bytes of a row of what the system tells of this process."""
    rows = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(rows[name].split()[0]) * 1024


def _inputs(seconds: float, channels: int) -> tuple[Image, Track]:
    generator = torch.Generator().manual_seed(1)
    samples = 0.2 * torch.randn(channels, int(seconds * RATE), generator=generator)
    down, across = torch.linspace(0, 30, 256), torch.linspace(0, 40, 384)
    pixels = 0.5 + 0.5 * torch.sin(down)[:, None] * torch.cos(across)
    return Image(pixels, "waves", ""), Track(samples, RATE, "noise", "")


def measure(candidates: int, seconds: float, channels: int, steps: int) -> int:
    """Return how many bytes more this process had at the peak of a run."""
    plugins = discover()
    once = Run(*_inputs(1, channels), RunConfig(candidates=1, steps=1), plugins)
    once.step()
    del once
    image, track = _inputs(seconds, channels)
    tidy_memory()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that from now on
    run = Run(image, track, RunConfig(candidates=candidates, steps=steps), plugins)
    with tempfile.TemporaryDirectory() as folder:
        for _ in run.steps():
            pass
        save_progress(run, Path(folder) / "run")
    return _status("VmHWM") - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, nargs="*", default=[1, 5, 9, 15])
    parser.add_argument("--seconds", type=float, nargs="*", default=[5, 15, 60])
    parser.add_argument("--channels", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--steps", type=int, default=0, help="0: more for small runs.")
    parser.add_argument("--one", type=float, nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        candidates, seconds, channels, steps = options.one
        print(measure(int(candidates), seconds, int(channels), int(steps)))
        return
    print("| candidates | seconds | channels | steps | measured | estimated | ratio |")
    print("|---|---|---|---|---|---|---|")
    ratios = []
    for told in itertools.product(options.candidates, options.seconds, options.channels):
        candidates, seconds, channels = told
        painted = candidates * seconds * channels
        steps = options.steps or min(15, max(1, round(PAINTED * 15 / painted)))
        command = [sys.executable, __file__, "--one", *map(str, (*told, steps))]
        found = int(subprocess.run(command, check=True, capture_output=True).stdout)
        config = RunConfig(candidates=candidates, steps=steps)
        estimate = cost_of(config, seconds, channels, RATE).memory
        ratios.append(estimate / found)
        cells = f"{found / 1e6:.0f} MB | {estimate / 1e6:.0f} MB | {ratios[-1]:.2f}"
        print(f"| {candidates} | {seconds:g} | {channels} | {steps} | {cells} |", flush=True)
    print(f"\nRatios: {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
