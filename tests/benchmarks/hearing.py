"""What each audio objective leaves to hear where the picture is equally good: see `measure`.

python tests/benchmarks/hearing.py [--pairs 4] [--candidates 9] [--steps 30] [--seed 0]
    [--lpips 0.3] [--objectives NAME ...] [--device cpu]

Every run has LPIPS and SSIM as image objectives and one audio objective. Scores are of the WAV
files that `moss_core.save` wrote, read back from disk as `boxes.py` does (16 kHz mono):

- the shares of two boxes, LPIPS [0, 1] x multi-resolution STFT loss [0, 4] and LPIPS [0, 1] x
  audible noise [0, 15 dB], the mean excess over the masking threshold, whose power 0.23 `masking`
  optimizes;
- what the front leaves at one LPIPS, between the two candidates next to it: audible noise, STFT
  loss, log-mel distance, and the lost envelope, which none of the objectives is or looks like.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from boxes import RATE, STFT_BOX, Judge, _read
from moss_objectives.masking import Masking
from pairs import ASSETS, SAMPLES, STRETCHED
from torch import Tensor

from moss_core import Run, RunConfig, Target, load_image, load_track, save
from moss_core.objectives.contract import PICTURE_SIZE
from moss_core.objectives.discovery import discover
from moss_core.optimization.pareto import hypervolume, non_dominated

OBJECTIVES = ("multi_resolution_stft", "masking", "loudness", "log_mel")
NOISE_BOX = (1.0, 15.0)
COLUMNS = ("LPIPS x STFT", "LPIPS x noise", "noise dB", "STFT", "mel dB", "lost env.", "seconds")
FFT, HOP = 512, 128
LOWEST, BANDS_IN_OCTAVE, BANDS = 150.0, 3, 17
SEGMENT = 48  # frames: 384 ms


Hear = Callable[[Tensor], Tensor]


def envelopes(waveform: Tensor) -> Tensor:
    """Magnitudes in third-octave bands, in segments of 384 ms: `(bands, segments, frames)`."""
    window = torch.hann_window(FFT)
    cells = torch.stft(waveform, FFT, HOP, window=window, return_complex=True)[0].abs().square()
    frequencies = torch.arange(FFT // 2 + 1) * RATE / FFT
    place = (BANDS_IN_OCTAVE * (frequencies / LOWEST).log2() + 0.5).floor()
    bands = (place == torch.arange(BANDS)[:, None]).float()
    return (bands @ cells).sqrt().unfold(1, SEGMENT, SEGMENT // 2)


def lost_envelope(waveform: Tensor, track: Tensor) -> float:
    """One minus the mean correlation of short-time envelopes, from 0 to 2.

    The intermediate measure of STOI without its clipping, up to 7 kHz: Taal et al., IEEE
    Transactions on Audio, Speech, and Language Processing 19(7), 2011,
    https://doi.org/10.1109/TASL.2011.2114881.
    """
    centred = [found - found.mean(2, keepdim=True) for found in map(envelopes, (waveform, track))]
    ours, theirs = (found / (found.norm(dim=2, keepdim=True) + 1e-9) for found in centred)
    return 1 - float((ours * theirs).sum(2).mean())


def share(losses: Tensor, box: Sequence[float]) -> float:
    """How much of a box the front of `(N, 2)` losses covers."""
    points = np.minimum(losses.numpy(), box)
    return hypervolume(points, box) / (box[0] * box[1])


def at_picture(losses: Tensor, lpips: float) -> float:
    """The second of `(N, 2)` losses on their front where the first is `lpips`.

    NaN if no picture is as good; that of the front's last one if all pictures are better.
    """
    front = losses[torch.from_numpy(non_dominated(losses))].numpy()
    front = front[front[:, 0].argsort()]
    return float(np.interp(lpips, front[:, 0], front[:, 1], left=np.nan))


def hearing(track: Path) -> Hear:
    """Return what measures the audible noise of sounds `(N, samples)` in dB, `(N,)`."""
    nothing = torch.zeros(1, 1, PICTURE_SIZE, PICTURE_SIZE)
    masking = Masking(Target(nothing, _read(track), RATE))
    return lambda sounds: 10 * masking.noise_to_mask(sounds).clamp(min=1).log10().mean((1, 2))


def measure(
    image: Path, track: Path, judge: Judge, hear: Hear, name: str, options: argparse.Namespace
) -> list[float]:
    """Run one audio objective on one pair and score what it exports, in the order of `COLUMNS`."""
    config = RunConfig(
        objectives=(("lpips", 1.0), ("ssim", 1.0), (name, 1.0)),
        candidates=options.candidates,
        steps=options.steps,
        seed=options.seed,
        device=options.device,
        adjustments=STRETCHED,
    )
    began = time.perf_counter()
    run = Run(load_image(image), load_track(track), config)
    for _ in run.steps():
        pass
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as temporary:
        save(run, Path(temporary) / "run")
        files = sorted((Path(temporary) / "run" / "audio").iterdir())
        lpips, stft, _, mel = judge.score(files).losses.T
        sounds = [_read(file) for file in files]
    whole = _read(track)
    noise = torch.cat([hear(sound) for sound in sounds])
    lost = torch.tensor([lost_envelope(sound, whole) for sound in sounds])
    against = [torch.stack([lpips, other], 1) for other in (noise, stft, mel, lost)]
    return [
        share(against[1], STFT_BOX),
        share(against[0], NOISE_BOX),
        *(at_picture(losses, options.lpips) for losses in against),
        seconds,
    ]


def tell(pair: str, name: str, row: Sequence[float]) -> None:
    """Print one row of the table."""
    print(f"{pair:24} | {name:22} | " + " ".join(f"{value:13.3f}" for value in row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--candidates", type=int, default=9)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lpips", type=float, default=0.3)
    parser.add_argument("--objectives", nargs="+", default=OBJECTIVES)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    print(" ".join(["python", *sys.argv]), f"(seed {options.seed})")
    installed = discover().installed
    names = [name for name in options.objectives if name in installed]
    print(f"at LPIPS {options.lpips:g}: noise dB, STFT, mel dB, lost env.\n")
    print(f"{'pair':24} | {'audio objective':22} | " + " ".join(f"{c:>13}" for c in COLUMNS))
    found: dict[str, list[list[float]]] = {name: [] for name in names}
    for image, track in SAMPLES[: options.pairs]:
        pair = f"{Path(image).stem.split('-')[-1]} x {Path(track).stem.split('-')[0]}"
        image_path, track_path = ASSETS / "images" / image, ASSETS / "audio" / track
        judge = Judge(image_path, track_path)
        hear = hearing(track_path)
        for name in names:
            found[name].append(measure(image_path, track_path, judge, hear, name, options))
            tell(pair, name, found[name][-1])
    for name in names:
        tell(f"mean of {len(found[name])}", name, np.mean(found[name], axis=0).tolist())


if __name__ == "__main__":
    main()
