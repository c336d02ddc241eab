"""How much of a fixed box the front covers, measured on exported WAV files re-read from disk.

    python tests/benchmarks/front.py [--steps 60] [--candidates 9] [--pairs 4] [--seed 0]

Two boxes: LPIPS [0, 1] x multi-resolution STFT loss [0, 4], and 1 - SSIM [0, 1] x log-mel L1
[0, 30 dB] (80 bands, power in dB, levels matched). The display that is scored is not MOSS's own:
16 kHz mono (torchaudio's resampler), Hann 1024/256, top = 99.5th percentile, 80 dB, 256 x 256 by
torch's antialiased interpolation. The plain crossfade (11 constant masks) is exported and scored
in the same way in the same run.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchaudio.functional import melscale_fbanks, resample

from moss_core import Rendered, Run, RunConfig, Target, Track, load_image, load_track, save
from moss_core.export import encode_wav, hybrid
from moss_core.model import MASK_SHAPE
from moss_core.pareto import hypervolume
from moss_core.plugins import discover
from moss_core.state import State

ASSETS = Path(__file__).parents[2] / "assets"
PAIRS = (
    ("portrait-astronaut.jpg", "piano-prelude.flac"),
    ("landscape-mountains.jpg", "strings-canon.flac"),
    ("lettering-moss.png", "drums-groove.flac"),
    ("animal-cat.jpg", "choir-chorale.flac"),
)
RATE, FFT, HOP, RANGE_DB = 16_000, 1024, 256, 80.0
STFT_BOX = (1.0, 4.0)
MEL_BOX = (1.0, 30.0)


@dataclass(frozen=True)
class Score:
    """A front in both boxes: `(N, 2)` losses and the shares of the boxes that they cover."""

    lpips_stft: Tensor
    ssim_mel: Tensor

    @property
    def shares(self) -> tuple[float, float]:
        return share(self.lpips_stft, STFT_BOX), share(self.ssim_mel, MEL_BOX)


def share(losses: Tensor, box: tuple[float, float]) -> float:
    points = np.minimum(losses.numpy(), box)
    return hypervolume(points, box) / (box[0] * box[1])


def read(path: Path) -> Tensor:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = torch.from_numpy(samples).mean(1)[None]
    return resample(mono, rate, RATE, lowpass_filter_width=128, rolloff=0.999)


def _spectrum(waveform: Tensor) -> Tensor:
    window = torch.hann_window(FFT)
    return torch.stft(waveform, FFT, HOP, window=window, return_complex=True).abs()


def display(waveform: Tensor) -> Tensor:
    """What a spectrogram viewer shows, `(1, 1, 256, 256)` in [0, 1]."""
    decibel = 20 * torch.log10(_spectrum(waveform) + 1e-10)
    top = float(np.percentile(decibel.numpy(), 99.5))
    shades = ((decibel - top) / RANGE_DB + 1).clamp(0, 1).flip(1)[:, None]
    return interpolate(shades, (256, 256), mode="bilinear", antialias=True)


def _log_mel(waveform: Tensor) -> Tensor:
    banks = melscale_fbanks(FFT // 2 + 1, 0.0, RATE / 2, 80, RATE, norm="slaney")
    return 10 * torch.log10(_spectrum(waveform).square().transpose(1, 2) @ banks + 1e-10)


def mel_distance(waveform: Tensor, track: Tensor) -> Tensor:
    """Mean difference of log-mel spectra in dB, `(1,)`, after matching levels."""
    gain = track.square().mean().sqrt() / waveform.square().mean().sqrt()
    return (_log_mel(waveform * gain) - _log_mel(track)).abs().mean((1, 2))


def score(files: list[Path], image_path: Path, track_path: Path) -> Score:
    pixels = load_image(image_path).pixels[None, None]
    image = interpolate(pixels, (256, 256), mode="bilinear", antialias=True)
    track = read(track_path)
    target = Target(image, track, RATE)
    installed = discover().installed
    names = ("lpips", "ssim", "multi_resolution_stft")
    lpips, ssim, stft = (installed[name].objective.build(target) for name in names)
    first, second = [], []
    with torch.no_grad():
        for file in files:
            waveform = read(file)
            rendered = Rendered(display(waveform), waveform, RATE)
            first.append(torch.cat([lpips(rendered), stft(rendered)]))
            second.append(torch.cat([ssim(rendered), mel_distance(waveform, track)]))
    return Score(torch.stack(first), torch.stack(second))


def export_crossfade(run: Run, track: Track, folder: Path, count: int = 11) -> list[Path]:
    """Export `count` constant masks from 0 to 1, nothing learned."""
    levels = torch.linspace(0, 1, count)
    masks = levels.view(-1, 1, 1).expand(-1, *MASK_SHAPE)
    model = run.model
    rendering = model.render(masks.to(model.device), model.starting_phase(levels.to(model.device)))
    state = State(run.state.record, masks, rendering.waveform)
    folder.mkdir()
    files = []
    for index in range(count):
        files.append(folder / f"{index:03}.wav")
        samples = hybrid(run, state.waveform[index])
        files[-1].write_bytes(encode_wav(samples, track.sample_rate))
    return files


def worst_dominance(front_csv: Path) -> float:
    """By how much (1 = 100 %) the most dominated candidate is worse in every objective."""
    with front_csv.open() as file:
        rows = list(csv.reader(file))
    count = (len(rows[0]) - 2) // 2
    losses = np.array([[float(cell) for cell in row[1 + count : -1]] for row in rows[1:]])
    ratios = losses[:, None] / np.maximum(losses[None], 1e-12)
    return float((ratios.min(axis=2) - 1).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--candidates", type=int, default=9)
    parser.add_argument("--pairs", type=int, default=len(PAIRS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"python tests/benchmarks/front.py {vars(options)}")
    print(
        "pair                       |  LPIPS x STFT: run  crossfade  ratio |"
        "  SSIM x mel: run  crossfade  ratio | dominated by | seconds"
    )
    table = []
    for image_name, track_name in PAIRS[: options.pairs]:
        image_path, track_path = ASSETS / "images" / image_name, ASSETS / "audio" / track_name
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            began = time.perf_counter()
            config = RunConfig(
                candidates=options.candidates, steps=options.steps, seed=options.seed
            )
            track = load_track(track_path)
            run = Run(load_image(image_path), track, config)
            for _ in run.steps():
                pass
            save(run, folder / "run")
            seconds = time.perf_counter() - began
            learned = score(sorted((folder / "run/audio").iterdir()), image_path, track_path)
            fade = score(export_crossfade(run, track, folder / "fade"), image_path, track_path)
            dominance = worst_dominance(folder / "run" / "front.csv")
        table.append((*learned.shares, *fade.shares))
        _print_row(f"{image_name.split('-')[0]} x {track_name.split('-')[0]}", table[-1])
        print(f" {100 * dominance:10.1f} % | {seconds:6.0f}", flush=True)
    _print_row("mean", tuple(np.mean(table, axis=0)))
    print()


def _print_row(name: str, shares: tuple[float, ...]) -> None:
    first, second, fade_first, fade_second = shares
    print(
        f"{name:26} | {first:18.3f} {fade_first:10.3f} {first / fade_first:6.2f} |"
        f" {second:16.3f} {fade_second:10.3f} {second / fade_second:6.2f} |",
        end="",
    )


if __name__ == "__main__":
    main()
