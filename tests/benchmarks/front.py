"""How good a front is, how soon, and against what: see README.md beside this file.

python tests/benchmarks/front.py [--pairs 5] [--candidates 9] [--steps 15 30 60] [--seed 0]
    [--json FILE] [--chart FILE] [--device cpu] [--objectives lpips mine multi_resolution_stft]
python tests/benchmarks/front.py --ablations [--pairs 5]
python tests/benchmarks/front.py --memory 10|60
python tests/benchmarks/front.py --compare OLD.json NEW.json
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import torch
import torchvision
from ablations import ABLATIONS
from boxes import Judge
from floors import FLOORS
from pairs import ASSETS, SAMPLES, STRETCHED
from torch import Tensor

from moss_core import Run, RunConfig, load_image, load_track, save
from moss_core.runs.exports.full_rate import hybrid
from moss_core.synthesis import write_wav

FOUR = 4  # the pairs that the means in the README are of


def unit_seconds(device: torch.device) -> float:
    """Seconds of one unit of work, so that figures carry over between machines.

    One forward and backward of STFT magnitudes (512, 1024, 2048, hop a quarter, log, mean) on
    8 x 160,000 samples, plus one of AlexNet's convolutions on 8 x 3 x 256 x 256; median of 5.
    """
    generator = torch.Generator().manual_seed(0)
    sound = torch.randn(8, 160_000, generator=generator).to(device).requires_grad_()
    picture = torch.rand(8, 3, 256, 256, generator=generator).to(device).requires_grad_()
    network = torchvision.models.alexnet(weights=None).features.to(device)
    found = []
    for _ in range(6):
        began = _now(device)
        total = torch.zeros((), device=device)
        for size in (512, 1024, 2048):
            window = torch.hann_window(size, device=device)
            spectrum = torch.stft(sound, size, size // 4, window=window, return_complex=True)
            total = total + spectrum.abs().clamp(min=1e-5).log().mean()
        total.backward()
        network(picture).mean().backward()
        found.append(_now(device) - began)
    return statistics.median(found[1:])


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def export(run: Run, waveforms: Tensor, folder: Path) -> list[Path]:
    """Write sounds at the working rate as WAV files of the track's rate and channels."""
    folder.mkdir(parents=True)
    files = []
    for number, waveform in enumerate(waveforms):
        files.append(folder / f"{number:03}.wav")
        with files[-1].open("wb") as file:
            write_wav(file, [hybrid(run, waveform)], run.track.sample_rate, "float")
    return files


def measure(image: str, track: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one pair: a run for each number of steps, and the floors."""
    image_path, track_path = ASSETS / "images" / image, ASSETS / "audio" / track
    judge = Judge(image_path, track_path)
    device = torch.device(options.device)
    units = [unit_seconds(device)]
    curve = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for steps in options.steps:
            config = RunConfig(
                objectives=tuple((name, 1.0) for name in options.objectives),
                candidates=options.candidates,
                steps=steps,
                seed=options.seed,
                device=options.device,
                adjustments=STRETCHED,
            )
            began = _now(device)
            sound = load_track(track_path)
            run = Run(load_image(image_path), sound, config)
            middle = hybrid(run, run.preview(options.candidates // 2))
            write_wav(io.BytesIO(), [middle], sound.sample_rate, "float")
            playable = _now(device) - began
            for _ in run.steps():
                pass
            spent = _now(device) - began
            save(run, folder / f"run-{steps}")
            saving = _now(device) - began - spent
            files = sorted((folder / f"run-{steps}" / "audio").iterdir())
            curve.append((steps, spent, judge.score(files)))
            worst = dict(zip(options.objectives, run.optimizer.worst, strict=True))
            own_share = judge.share_of(files, worst)
        floors = {
            name: judge.score(export(run, make(run), folder / name)).shares
            for name, make in FLOORS.items()
        }
    units.append(unit_seconds(device))
    unit = statistics.mean(units)
    return {
        "unit_s": unit,
        "playable_units": playable / unit,
        "save_units": saving / unit,
        "worst_domination": curve[-1][2].worst_domination,
        "own_share": own_share,
        "losses": curve[-1][2].losses.tolist(),
        "curve": [
            {"step": steps, "units": seconds / unit, "shares": score.shares}
            for steps, seconds, score in curve
        ],
        "floors": floors,
    }


def units_to(curve: Sequence[dict[str, Any]], share: float) -> float:
    """Units until the LPIPS x STFT share is reached, between the points of a curve."""
    for before, after in itertools.pairwise(curve):
        low, high = before["shares"][0], after["shares"][0]
        if low < share <= high:
            part = (share - low) / (high - low)
            return float(before["units"] + part * (after["units"] - before["units"]))
    return float("nan")


def mean_curve(pairs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean of the pairs at each number of steps."""
    return [
        {
            "step": points[0]["step"],
            "units": float(np.mean([point["units"] for point in points])),
            "shares": np.mean([point["shares"] for point in points], axis=0).tolist(),
        }
        for points in zip(*(pair["curve"] for pair in pairs), strict=True)
    ]


def tell(name: str, found: dict[str, Any]) -> None:
    """Print a pair's row."""
    last = found["curve"][-1]
    floors = "  ".join(f"{a:.2f} {b:.2f}" for a, b in found["floors"].values())
    print(
        f"{name:24} | {last['shares'][0]:.3f} {last['shares'][1]:.3f}"
        f" {found['own_share']:.3f} | {floors} |"
        f" {last['units']:6.1f} {found['playable_units']:8.2f} {found['save_units']:6.1f} |"
        f" {100 * found['worst_domination']:6.1f} % | {1000 * found['unit_s']:5.0f}",
        flush=True,
    )


def compare(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Print two results side by side: share and units of each pair that is in both."""
    print(f"{'pair':24} | LPIPS x STFT  old    new | SSIM x mel  old    new | units   old    new")
    for name in [name for name in old["pairs"] if name in new["pairs"]]:
        first, second = (told["pairs"][name]["curve"][-1] for told in (old, new))
        print(
            f"{name:24} |"
            + " |".join(f"{first['shares'][k]:17.3f} {second['shares'][k]:6.3f}" for k in (0, 1))
            + f" | {first['units']:11.1f} {second['units']:6.1f}"
        )


def draw(found: dict[str, Any], path: Path) -> None:
    """Draw quality against units, MOSS's mean of four pairs and the floors, as a PNG."""
    pairs = list(found["pairs"].values())[:FOUR]
    names = ("LPIPS x STFT", "SSIM x mel")
    curve, most = mean_curve(pairs), max(pair["curve"][-1]["units"] for pair in pairs)
    rows = [
        {"method": "MOSS", "units": point["units"], "share": point["shares"][k], "box": names[k]}
        for point in curve
        for k in (0, 1)
    ]
    for floor in FLOORS:
        shares = np.mean([pair["floors"][floor] for pair in pairs], axis=0)
        rows += [
            {"method": floor, "units": units, "share": float(shares[k]), "box": names[k]}
            for units in (0, most)
            for k in (0, 1)
        ]
    methods = ["MOSS", *FLOORS]
    colour = alt.Color(
        "method:N",
        title=None,
        sort=methods,
        scale=alt.Scale(domain=methods, range=["#c8407f", "#5f6368", "#9aa0a6", "#c4c7cc"]),
    )
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("units:Q", title="units of work"),
            y=alt.Y("share:Q", title="share of the box", scale=alt.Scale(domain=[0, 1])),
            color=colour,
            column=alt.Column("box:N", title=None),
        )
        .properties(width=320, height=240)
    )
    chart.save(path, scale_factor=2)


def run_pairs(options: argparse.Namespace) -> dict[str, Any]:
    """Measure the pairs and print their rows and the means."""
    print(f"own box: {' x '.join(options.objectives)}, each up to the worse of track and image")
    print(f"{'':24} |       MOSS        | {' | '.join(FLOORS)} (each: LPIPS x STFT, SSIM x mel)")
    print(
        f"{'pair':24} | shares, own box   | {'floors':24} |  units playable save | domin. | unit ms"
    )
    pairs = {}
    for image, track in SAMPLES[: options.pairs]:
        name = f"{Path(image).stem.split('-')[-1]} x {Path(track).stem.split('-')[0]}"
        pairs[name] = measure(image, track, options)
        tell(name, pairs[name])
    curve = mean_curve(list(pairs.values())[:FOUR])
    print(f"\nmean of the first {min(FOUR, len(pairs))}: steps  units  LPIPS x STFT  SSIM x mel")
    for point in curve:
        print(
            f"{point['step']:23}  {point['units']:5.1f}  {point['shares'][0]:12.3f}"
            f"  {point['shares'][1]:10.3f}"
        )
    print(f"units to 0.80 on LPIPS x STFT: {units_to(curve, 0.80):.1f}\n", flush=True)
    asked = {
        name: getattr(options, name)
        for name in ("steps", "candidates", "seed", "device", "objectives")
    }
    return {"options": asked, "pairs": pairs}


def ablate(options: argparse.Namespace) -> None:
    """Leave out one choice after the other; print what each buys on the same work."""
    print(f"{'left out':44} | LPIPS x STFT  SSIM x mel  units  worst domination")
    pairs = SAMPLES[: options.pairs]
    for name, without in (("nothing", None), *ABLATIONS.items()):
        with (without or nullcontext)():
            found = [measure(*pair, options) for pair in pairs]
        last = mean_curve(found)[-1]
        worst = max(pair["worst_domination"] for pair in found)
        print(
            f"{name:44} | {last['shares'][0]:12.3f}  {last['shares'][1]:10.3f}"
            f"  {last['units']:5.1f}  {100 * worst:6.1f} %",
            flush=True,
        )


def measure_memory(seconds: int, options: argparse.Namespace) -> None:
    """Run and save one pair of this length; print the process's peak memory and its time."""
    image = load_image(ASSETS / "images" / SAMPLES[0][0])
    piece = load_track(ASSETS / "audio" / SAMPLES[0][1])
    times = -(-seconds * piece.sample_rate // piece.samples.shape[1])
    samples = piece.samples.repeat(1, times)[:, : seconds * piece.sample_rate]
    track = replace(piece, samples=samples, content=b"")
    steps = options.steps[-1]
    config = RunConfig(
        candidates=options.candidates, steps=steps, device=options.device, adjustments=STRETCHED
    )
    with tempfile.TemporaryDirectory() as temporary:
        began = time.perf_counter()
        run = Run(image, track, config)
        for _ in run.steps():
            pass
        spent = time.perf_counter() - began
        save(run, Path(temporary) / "run")
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    unit = unit_seconds(run.model.device)
    print(
        f"{seconds} s, {options.candidates} candidates, {steps} steps: peak"
        f" {peak / 1024:,.0f} MB, {spent / unit:.1f} units,"
        f" {spent / unit / seconds:.2f} units a second of sound (unit {1000 * unit:.0f} ms)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, nargs="+", default=[15, 30, 60])
    parser.add_argument("--candidates", type=int, default=9)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument(
        "--objectives", nargs="+", default=[name for name, _ in RunConfig().objectives]
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--ablations", action="store_true")
    parser.add_argument("--memory", type=int, metavar="SECONDS")
    parser.add_argument("--compare", type=Path, nargs=2, metavar="JSON")
    options = parser.parse_args()
    print(" ".join(["python", *sys.argv]), f"(seed {options.seed})")
    if options.compare:
        compare(*(json.loads(path.read_text()) for path in options.compare))
    elif options.memory:
        measure_memory(options.memory, options)
    elif options.ablations:
        ablate(options)
    else:
        found = run_pairs(options)
        if options.json:
            options.json.write_text(json.dumps(found, indent=1) + "\n")
        if options.chart:
            draw(found, options.chart)


if __name__ == "__main__":
    main()
