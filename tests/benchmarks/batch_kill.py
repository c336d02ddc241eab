"""A batch on a cluster of which workers are killed while they are in the middle of a row.

python tests/benchmarks/batch_kill.py [--rows 12] [--workers 2] [--kills 1] [--steps 60]

Starts workers on this machine, lets `moss batch --scheduler` do a table of rows there, and sends
SIGKILL to a worker once a row of it is at a step between its first and its last. Then each row is
made alone, by `moss optimize` in this process. The table says for each row whether
it was killed, and how far what it has learned, and the losses of its candidates, are from those
made alone: 0 is the same to the last bit.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
PATIENCE = 900.0
OBJECTIVES = "ssim,multi_resolution_stft"
MOSS = (sys.executable, "-c", "from moss_core.cli import main; main()")


def make_jobs(place: Path, rows: int, steps: int, seconds: float) -> list[dict[str, str]]:
    """Write the inputs and the table; return its rows."""
    from PIL import Image as Pillow

    from samples import small_image, small_track, wav_file

    pixels = (small_image().pixels.numpy() * 255).astype("uint8")
    Pillow.fromarray(pixels).save(place / "image.png")
    track = small_track(seconds)
    (place / "track.wav").write_bytes(wav_file(track.samples, track.sample_rate))
    told = [
        {
            "name": f"row-{number}",
            "image": "image.png",
            "track": "track.wav",
            "objectives": OBJECTIVES,
            "candidates": str(1 + number % 3),
            "steps": str(steps),
            "seed": str(number),
        }
        for number in range(1, rows + 1)
    ]
    with (place / "jobs.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(told[0]))
        writer.writeheader()
        writer.writerows(told)
    return told


def kill_one(client: object, out: Path, killed: dict[str, int]) -> bool:
    """Kill a worker that is in the middle of a row, if one is; note row and step."""
    for worker, keys in client.processing().items():  # type: ignore[attr-defined]
        for key in keys:
            name = str(key).removeprefix("moss-").rpartition("-")[0]
            try:
                told = json.loads((out / name / "run.json").read_text())
            except OSError:
                continue
            if name in killed or not 0 < told["steps_taken"] < told["planned"]:
                continue
            process = client.run(os.getpid, workers=[worker])[worker]  # type: ignore[attr-defined]
            os.kill(process, signal.SIGKILL)
            killed[name] = told["steps_taken"]
            return True
    return False


def apart(one: Path, other: Path) -> tuple[float, float]:
    """Return how far two runs are from each other: what they learned, and their losses."""
    import safetensors.torch
    import torch

    first, second = (safetensors.torch.load_file(run / "masks.safetensors") for run in (one, other))
    assert first.keys() == second.keys()

    def numbers(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.double().nan_to_num(-1)  # what was not measured yet is no number

    learned = max(
        float((numbers(first[name]) - numbers(second[name])).abs().max())
        for name in first
        if first[name].numel() and name != "history_seconds"
    )
    losses = [
        [
            loss
            for c in json.loads((run / "run.json").read_text())["candidates"]
            for loss in c["losses"]
        ]
        for run in (one, other)
    ]
    return learned, max(abs(a - b) for a, b in zip(*losses, strict=True))


def batch_with_kills(
    place: Path, rows: int, workers: int, kills: int, steps: int, seconds: float
) -> tuple[list[dict[str, str]], dict[str, int], float]:
    """Do a batch, killing workers; return its rows, those killed with their steps, and seconds."""
    import distributed

    from moss_core.batch import own_cluster

    told = make_jobs(place, rows, steps, seconds)
    killed: dict[str, int] = {}
    out = place / "out"
    with own_cluster(workers) as address, distributed.Client(address) as client:
        began = time.monotonic()
        words = ["batch", str(place / "jobs.csv"), "--out", str(out), "--scheduler", address]
        moss = subprocess.Popen([*MOSS, *words])
        while moss.poll() is None:
            if time.monotonic() - began > PATIENCE:
                moss.kill()
            if len(killed) < kills:
                kill_one(client, out, killed)
            time.sleep(0.1)
        took = time.monotonic() - began
    if moss.returncode:
        raise SystemExit(f"moss batch ended with {moss.returncode}")
    return told, killed, took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=1.0, help="of the track")
    options = parser.parse_args()

    from click.testing import CliRunner

    from moss_core.cli import main as moss

    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        told, killed, took = batch_with_kills(place, **vars(options))
        if len(killed) < options.kills:
            raise SystemExit(f"only {len(killed)} workers were killed mid-row: take more steps")
        with (place / "out" / "summary.csv").open() as file:
            found = {row["name"]: row for row in csv.DictReader(file)}
        print("| row | killed at step | steps | state | learned, apart | losses, apart |")
        print("|---|---:|---:|---|---:|---:|")
        worst, done = 0.0, 0
        for row in told:
            name = row["name"]
            words = [f"--{option}={row[option]}" for option in list(row)[3:]]
            inputs = [str(place / row[kind]) for kind in ("image", "track")]
            alone = ["optimize", *inputs, "--out", str(place / "alone" / name), *words]
            CliRunner().invoke(moss, alone, catch_exceptions=False)
            learned, losses = apart(place / "out" / name, place / "alone" / name)
            worst, done = max(worst, learned, losses), done + (found[name]["state"] == "done")
            at = killed.get(name, "")
            state, steps = found[name]["state"], found[name]["steps"]
            print(f"| {name} | {at} | {steps} | {state} | {learned:.3g} | {losses:.3g} |")
        print(
            f"\n{done} of {len(told)} done in {took:.0f} s by {options.workers} workers, "
            f"{len(killed)} killed mid-row; worst difference {worst:.3g}."
        )


if __name__ == "__main__":
    main()
