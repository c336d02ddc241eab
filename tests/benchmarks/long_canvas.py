"""What a page draws of a long track, in seconds and in MB above the track's own samples.

python tests/benchmarks/long_canvas.py [--minutes 15] [--rate 48000] [--channels 2] [--high HZ]
    [--only WHAT SECONDS]

Each in a process of its own: the preview of canvases of 15, 60 and 300 s (the longest), and what
looks at the whole track. Fails where anything takes more than 300 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from peak import measured

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "dashboard"))

from moss_core import Adjustments, Canvas, Image, Track  # noqa: E402
from moss_core.synthesis import best_spots, find_beats  # noqa: E402
from sources.cards import track_card  # noqa: E402
from sources.overview import overview, view_of  # noqa: E402
from sources.preview import crossfade  # noqa: E402
from sources.sound import section_of_track  # noqa: E402
from sources.source import Source  # noqa: E402

MOST_MEGABYTES = 300
PREVIEWS = (15, 60, 300)


class Made(Source):
    """A source that is read already."""

    def as_track(self) -> Track:
        return self.content

    def as_image(self) -> Image:
        return self.content


def song(seconds: float, rate: int, channels: int) -> Track:
    """A long sound, made a second at a time: noise that decays, and another tone each second."""
    generator = torch.Generator().manual_seed(0)
    samples = torch.empty(channels, round(seconds * rate))
    time = torch.arange(rate) / rate
    for number, part in enumerate(torch.split(samples, rate, 1)):
        here = time[: part.shape[1]]
        part.uniform_(-0.2, 0.2, generator=generator).mul_(torch.exp(-3 * here))
        part.add_(0.2 * torch.sin(6.283 * (220 + 20 * (number % 30)) * here))
    return Track(samples, rate, "song.wav", "0" * 64)


def looks(track: Track, canvas: Canvas) -> dict[str, Callable[[], object]]:
    """What a page draws of a track, by name."""
    image = Image(torch.rand(256, 384), "noise.png", "1" * 64)
    heard, seen = Made("song.wav", "Song", track), Made("noise.png", "Noise", image)
    stretched = Adjustments(fit="stretch")
    return {
        "preview": lambda: crossfade([seen], heard, canvas, stretched),
        "card": lambda: track_card(heard),
        "overview": lambda: overview(heard, view_of(canvas, track.sample_rate)),
        "spots": lambda: best_spots(image, track, canvas),
        "beats": lambda: find_beats(track),
        "section": lambda: section_of_track(heard, canvas.on(track)),
    }


def taken(
    what: str, seconds: float, length: float, rate: int, channels: int, high: float | None
) -> tuple[float, float]:
    """Return the seconds and the MB that one of the looks takes."""
    looks(song(2, rate, channels), Canvas(0, 1))[what]()  # what is made once is there
    track = song(length, rate, channels)
    canvas = Canvas(min(6.0, (length - seconds) / 2), seconds, high=high)
    return measured(looks(track, canvas)[what])[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--rate", type=int, default=48_000)
    parser.add_argument("--channels", type=int, default=2)
    parser.add_argument("--high", type=float)
    parser.add_argument("--only", nargs=2)
    options = parser.parse_args()
    form = 60 * options.minutes, options.rate, options.channels, options.high
    if options.only:
        print(json.dumps(taken(options.only[0], float(options.only[1]), *form)))
        return
    print(" ".join(["python", *sys.argv]), f"({os.cpu_count()} cores)\n")
    print("| what | canvas, s | seconds | MB above the samples |\n|---|---:|---:|---:|")
    cases = [("preview", seconds) for seconds in PREVIEWS]
    cases += [(name, 30) for name in looks(song(1, 8000, 1), Canvas()) if name != "preview"]
    worst = 0.0
    for name, seconds in cases:
        command = [sys.executable, *sys.argv, "--only", name, str(seconds)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        took, megabytes = json.loads(told.splitlines()[-1])
        worst = max(worst, megabytes)
        print(f"| {name} | {seconds} | {took:.1f} | {megabytes:.0f} |", flush=True)
    sys.exit(worst > MOST_MEGABYTES)


if __name__ == "__main__":
    main()
