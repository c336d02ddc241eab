"""How much of a fixed box a front covers, measured on WAV files re-read from disk.

Two boxes: LPIPS [0, 1] x multi-resolution STFT loss [0, 4], and 1 - SSIM [0, 1] x log-mel L1
[0, 30 dB] (80 bands, power in dB, levels matched). The display that is scored is not MOSS's own:
16 kHz mono (torchaudio's resampler), Hann 1024/256, top = 99.5th percentile, 80 dB, 256 x 256 by
torch's antialiased interpolation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchaudio.functional import melscale_fbanks, resample

from moss_core import Rendered, Target, load_image
from moss_core.objectives.contract import Loss
from moss_core.objectives.discovery import discover
from moss_core.optimization.pareto import hypervolume

RATE, FFT, HOP, RANGE_DB = 16_000, 1024, 256, 80.0
STFT_BOX = (1.0, 4.0)
MEL_BOX = (1.0, 30.0)


@dataclass(frozen=True)
class Score:
    """Losses `(N, 4)` of N files: LPIPS, STFT, 1 - SSIM, log-mel (dB)."""

    losses: Tensor

    @property
    def shares(self) -> tuple[float, float]:
        """Of the LPIPS x STFT box and of the SSIM x mel box."""
        return _share(self.losses[:, :2], STFT_BOX), _share(self.losses[:, 2:], MEL_BOX)

    @property
    def worst_domination(self) -> float:
        """By how much (0.01 = 1 %) the most dominated file is worse in LPIPS, SSIM and STFT."""
        losses = self.losses[:, :3].numpy()
        ratios = losses[:, None] / np.maximum(losses[None], 1e-12)
        return float((ratios.min(axis=2) - 1).max())


def _share(losses: Tensor, box: tuple[float, float]) -> float:
    points = np.minimum(losses.numpy(), box)
    return hypervolume(points, box) / (box[0] * box[1])


class Judge:
    """Scores sound files against an image and a track."""

    def __init__(self, image: Path, track: Path) -> None:
        pixels = load_image(image).pixels[None, None]
        picture = interpolate(pixels, (256, 256), mode="bilinear", antialias=True)
        self._track = _read(track)
        self._target = Target(picture, self._track, RATE)
        self._losses = self._build(("lpips", "multi_resolution_stft", "ssim"))

    def score(self, files: Sequence[Path]) -> Score:
        """Read these files back and score them."""
        return Score(torch.stack([self._score(_read(file)) for file in files]))

    def share_of(self, files: Sequence[Path], worst: Mapping[str, float]) -> float:
        """Return the share of the box of these objectives, each up to its worst value."""
        losses = self._build(tuple(worst))
        points = torch.stack([_measure(losses, _read(file)) for file in files])
        scaled = points / torch.tensor(list(worst.values()))
        return hypervolume(np.minimum(scaled.numpy(), 1), [1.0] * len(worst))

    def _build(self, names: Sequence[str]) -> list[Loss]:
        found = [discover().find(name).objective for name in names]
        return [objective.build(self._target, **objective.settings({})) for objective in found]

    def _score(self, waveform: Tensor) -> Tensor:
        found = _measure(self._losses, waveform)
        return torch.cat([found, _mel_distance(waveform, self._track)])


def _measure(losses: Sequence[Loss], waveform: Tensor) -> Tensor:
    with torch.no_grad():
        rendered = Rendered(_display(waveform), waveform, RATE)
        return torch.cat([loss(rendered) for loss in losses])


def _read(path: Path) -> Tensor:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = torch.from_numpy(samples).mean(1)[None]
    return resample(mono, rate, RATE, lowpass_filter_width=128, rolloff=0.999)


def _spectrum(waveform: Tensor, fft: int = FFT, hop: int = HOP) -> Tensor:
    window = torch.hann_window(fft)
    return torch.stft(waveform, fft, hop, window=window, return_complex=True).abs()


def _display(waveform: Tensor, fft: int = FFT, hop: int = HOP, rows: int | None = None) -> Tensor:
    """What a spectrogram viewer shows, `(1, 1, 256, 256)` in [0, 1]; of the lowest rows only."""
    decibel = 20 * torch.log10(_spectrum(waveform, fft, hop)[:, :rows] + 1e-10)
    top = float(np.percentile(decibel.numpy(), 99.5))
    shades = ((decibel - top) / RANGE_DB + 1).clamp(0, 1).flip(1)[:, None]
    return interpolate(shades, (256, 256), mode="bilinear", antialias=True)


def _log_mel(waveform: Tensor) -> Tensor:
    banks = melscale_fbanks(FFT // 2 + 1, 0.0, RATE / 2, 80, RATE, norm="slaney")
    return 10 * torch.log10(_spectrum(waveform).square().transpose(1, 2) @ banks + 1e-10)


def _mel_distance(waveform: Tensor, track: Tensor) -> Tensor:
    """Mean difference of log-mel spectra in dB, `(1,)`, after matching levels."""
    gain = track.square().mean().sqrt() / waveform.square().mean().sqrt()
    return (_log_mel(waveform * gain) - _log_mel(track)).abs().mean((1, 2))
