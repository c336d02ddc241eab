"""What a long song costs where only ten seconds of it are painted.

python tests/benchmarks/long_song.py [--minutes 10] [--times 3] [--candidates 9] [--steps 60]

Makes a stereo song at 48 kHz and runs `moss optimize` on ten seconds of it, and on those ten
seconds alone, in turn. Prints medians of wall seconds, of processor seconds and of the most memory
that the process had, and each as a ratio. Ratios carry over between machines.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import torch
from pairs import ASSETS, SAMPLES

from moss_core import load_track
from moss_core.synthesis import resample

COMMAND = [sys.executable, "-c", "from moss_core.cli import main; main()", "optimize"]
RATE, SECONDS = 48_000, 10
MOST_RATIO, MOST_GIGABYTES = 1.3, 2.7
"""What the long song may take: times the ten seconds alone, and GB."""


def make_song(path: Path, seconds: int, track: Path) -> None:
    """Write a 24-bit stereo song: a sample over and over, never quite the same."""
    sound = load_track(track)
    samples = resample(sound.samples[:2], sound.sample_rate, RATE)
    two = samples if len(samples) == 2 else samples.repeat(2, 1)
    generator = torch.Generator().manual_seed(0)
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_24") as file:
        left = seconds * RATE
        while left:
            block = two[:, :left] * (0.5 + 0.5 * torch.rand(2, 1, generator=generator))
            file.write(np.ascontiguousarray(block.T.numpy()))
            left -= block.shape[1]


def timed(options: argparse.Namespace, track: Path, start: float, out: Path) -> list[float]:
    """Run the command once; return wall seconds, processor seconds and GB."""
    image = ASSETS / "images" / SAMPLES[options.pair][0]
    words = [image, track, "--out", out, "--start", start, "--duration", SECONDS]
    words += ["--candidates", options.candidates, "--steps", options.steps]
    began = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *map(str, words)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)  # what it alone has used, unlike getrusage
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return [wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=9)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--pair", type=int, default=0)
    options = parser.parse_args()
    print(" ".join(["python", *sys.argv]), f"({os.cpu_count()} cores)", flush=True)
    found: dict[str, list[list[float]]] = {"alone": [], "in the song": []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        song, alone = folder / "song.wav", folder / "alone.wav"
        make_song(song, 60 * options.minutes, ASSETS / "audio" / SAMPLES[options.pair][1])
        start = 30 * options.minutes
        samples, _ = soundfile.read(song, SECONDS * RATE, start * RATE, dtype="int32")
        soundfile.write(alone, samples, RATE, "PCM_24")
        for turn in range(options.times):
            for name, track, first in (("alone", alone, 0), ("in the song", song, start)):
                out = folder / f"{turn}-{first}"
                found[name].append(timed(options, track, first, out))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in found.items()
    }
    print("the ten seconds |  wall seconds | processor seconds |  most memory")
    for name, (wall, processor, memory) in medians.items():
        print(f"{name:15} | {wall:11.1f} s | {processor:15.1f} s | {memory:9.2f} GB")
    ratios = [long / short for short, long in zip(*medians.values(), strict=True)]
    print(f"{'ratio':15} | {ratios[0]:11.2f} x | {ratios[1]:15.2f} x | {ratios[2]:9.2f} x")
    well = ratios[0] <= MOST_RATIO and medians["in the song"][2] <= MOST_GIGABYTES
    print(f"{'as it should be' if well else 'TOO MUCH'}: {MOST_RATIO} x, {MOST_GIGABYTES} GB")


if __name__ == "__main__":
    main()
