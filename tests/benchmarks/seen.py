"""How good a front is as people see it: each channel, in five programs, on the exported files.

python tests/benchmarks/seen.py [--pairs NAME ...] [--candidates 9] [--steps 60] [--seed 0]
    [--json FILE]

Each file that `moss_core.save` wrote is read back from disk. *As seen* is the mean over its
channels and over five analyses (`PROGRAMS`), none of which is MOSS's own code, at the file's own
rate, of what lies below 8 kHz, resized as an image is. *Mono* is the mono mix by `boxes.py`: at
16 kHz, 1024/256. Sounds are scored channel by channel at 16 kHz. The floor is a plain crossfade of
each channel, eleven levels, scored likewise.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from boxes import FFT, HOP, MEL_BOX, RATE, STFT_BOX, _display, _mel_distance, _share
from floors import crossfade
from front import export
from pairs import HARD, SAMPLES, STRETCHED, image_file, track_file
from torch import Tensor
from torch.nn.functional import interpolate
from torchaudio.functional import resample

from moss_core import Rendered, Run, RunConfig, Target, load_image, load_track, save
from moss_core.objectives.discovery import discover

HIGH = 8000
COLUMNS = 1000  # of a picture in Spek
SOX_COLUMNS = 800


@dataclass(frozen=True)
class Program:
    """An analysis: the rate it resamples to (None: the file's), window, and hop or columns."""

    rate: int | None
    fft: int
    hop: int | None = None
    columns: int = 0


MOSS = Program(RATE, FFT, HOP)
PROGRAMS = {
    "Audacity": Program(None, 2048, 512),
    "Sonic Visualiser": Program(None, 1024, 512),
    "Spek": Program(None, 2048, columns=COLUMNS),
    "SoX": Program(None, 1024, columns=SOX_COLUMNS),
    "librosa": Program(22_050, 2048, 512),
}


def picture_in(program: Program, channel: Tensor, rate: int) -> Tensor:
    """Return the picture of a channel `(1, samples)`, `(1, 1, 256, 256)` in [0, 1]."""
    high = min(HIGH, rate / 2)
    if program.rate:
        channel, rate = _at(channel, rate, program.rate), program.rate
    hop = program.hop or max(1, channel.shape[1] // program.columns)
    rows = int(high * program.fft / rate) + 1
    return _display(channel, program.fft, hop, rows)


def _at(channel: Tensor, rate: int, wanted: int) -> Tensor:
    if rate == wanted:
        return channel
    return resample(channel, rate, wanted, lowpass_filter_width=128, rolloff=0.999)


class SeenJudge:
    """Scores sound files against an image and a track, channel by channel."""

    def __init__(self, image: Path, track: Path) -> None:
        pixels = load_image(image).pixels
        white = float(np.percentile(pixels.numpy(), 99.5)) or float(pixels.max())
        pixels = (pixels / white).clamp(0, 1)  # what a run paints: its brightest is white
        picture = interpolate(pixels[None, None], (256, 256), mode="bilinear", antialias=True)
        samples, rate = _read(track)
        self._tracks = [_at(s, rate, RATE) for s in (samples.mean(0)[None], *samples[:, None])]
        targets = [Target(picture, waveform, RATE) for waveform in self._tracks]
        find = discover().find
        self._image = [find(name).objective.build(targets[0]) for name in ("lpips", "ssim")]
        stft = find("multi_resolution_stft").objective
        self._audio = [stft.build(target) for target in targets]

    @torch.no_grad()
    def score(self, file: Path) -> dict[str, list[float]]:
        """Return LPIPS, 1 - SSIM, STFT, mel of the mono mix, as seen, and LPIPS by program."""
        samples, rate = _read(file)
        mono = samples.mean(0)[None]
        narrow = _at(mono, rate, RATE)
        found = {"mono": self._see(picture_in(MOSS, mono, rate)) + self._hear(0, narrow)}
        seen: dict[str, list[list[float]]] = {name: [] for name in ("MOSS", *PROGRAMS)}
        heard = []
        for number, channel in enumerate(samples[:, None], start=1):
            narrow = _at(channel, rate, RATE)
            heard.append(self._hear(number, narrow))
            for name, program in {"MOSS": MOSS, **PROGRAMS}.items():
                seen[name].append(self._see(picture_in(program, channel, rate)))
        means = {name: np.mean(losses, 0) for name, losses in seen.items()}
        programs = np.mean([means[name] for name in PROGRAMS], 0)
        found["seen"] = [*programs.tolist(), *np.mean(heard, 0).tolist()]
        found["lpips"] = [float(losses[0]) for losses in means.values()]
        return found

    def _see(self, picture: Tensor) -> list[float]:
        rendered = Rendered(picture, torch.zeros(1, 8), RATE)
        return [float(loss(rendered)) for loss in self._image]

    def _hear(self, number: int, waveform: Tensor) -> list[float]:
        # A rendering of this length only: the files of a resampled track may differ by a sample.
        track = self._tracks[number]
        rendered = Rendered(torch.zeros(1, 1, 256, 256), waveform[:, : track.shape[1]], RATE)
        return [float(self._audio[number](rendered)), float(_mel_distance(waveform, track))]


def _read(path: Path) -> tuple[Tensor, int]:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(samples.T.copy()), rate


def shares(scores: Sequence[dict[str, list[float]]]) -> dict[str, list[float]]:
    """Return the shares of both boxes, for the mono mix and as seen."""
    found = {}
    for kind in ("mono", "seen"):
        losses = torch.tensor([score[kind] for score in scores])
        found[kind] = [_share(losses[:, [0, 2]], STFT_BOX), _share(losses[:, [1, 3]], MEL_BOX)]
    return found


def measure(image: str, track: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run a pair, and score its files and the floor's."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        image_path, track_path = image_file(image, folder), track_file(track, folder)
        judge = SeenJudge(image_path, track_path)
        began = time.perf_counter(), time.process_time()
        config = RunConfig(
            candidates=options.candidates,
            steps=options.steps,
            seed=options.seed,
            adjustments=STRETCHED,
        )
        run = Run(load_image(image_path), load_track(track_path), config)
        for _ in run.steps():
            pass
        save(run, folder / "run")
        spent = time.perf_counter() - began[0], time.process_time() - began[1]
        scores = [judge.score(file) for file in sorted((folder / "run" / "audio").iterdir())]
        floor = [judge.score(file) for file in export(run, crossfade(run), folder / "floor")]
    lpips = np.mean([score["lpips"] for score in scores], 0)
    return {
        "moss": shares(scores),
        "floor": shares(floor),
        "lpips": dict(zip(("MOSS", *PROGRAMS), lpips.tolist(), strict=True)),
        "first": [scores[0]["seen"], floor[0]["seen"]],
        "scores": scores,
        "seconds": spent,
    }


def _numbers(found: dict[str, Any]) -> list[float]:
    moss, floor = found["moss"], found["floor"]
    return [*moss["mono"], *moss["seen"], *floor["seen"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", nargs="+", default=[], help="parts of their names")
    parser.add_argument("--candidates", type=int, default=9)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(" ".join(["python", *sys.argv]))
    print(
        f"{'pair':34} | mono: LPIPS x STFT, SSIM x mel | as seen     | its crossfade"
        " | LPIPS Audacity / MOSS | s wall, cpu"
    )
    found = {}
    for image, track in (*SAMPLES, *HARD):
        name = f"{Path(image).stem} x {Path(track).stem}"
        if options.pairs and not any(part in name for part in options.pairs):
            continue
        found[name] = told = measure(image, track, options)
        n = _numbers(told)
        ratio = told["lpips"]["Audacity"] / told["lpips"]["MOSS"]
        wall, processor = told["seconds"]
        print(
            f"{name:34} | {n[0]:.3f} {n[1]:.3f} {'':17} | {n[2]:.3f} {n[3]:.3f}"
            f" | {n[4]:.3f} {n[5]:.3f}   | {ratio:.2f} | {wall:.0f} {processor:.0f}"
            + ("  BELOW ITS CROSSFADE" if n[2] < n[4] or n[3] < n[5] else ""),
            flush=True,
        )
    table = np.array([_numbers(told) for told in found.values()])
    for word, row in (("mean", table.mean(0)), ("worst", table.min(0))):
        print(f"{word:34} | {row[0]:.3f} {row[1]:.3f} {'':17} | {row[2]:.3f} {row[3]:.3f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
