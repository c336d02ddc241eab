"""Small targets that tests make for themselves."""

from __future__ import annotations

import io
import mmap

import torch

from moss_core import Image, Track
from moss_core.synthesis import write_wav

RATE = 16_000


def small_image(size: int = 64) -> Image:
    """A bright disc on a dark ground with a gradient, so that every part differs.

    It is `size` pixels high, and as wide as a whole canvas is: it fits there, and is not distorted.
    """
    columns = round(1.5 * size)
    y, x = torch.meshgrid(
        torch.linspace(-1, 1, size), torch.linspace(-1, 1, columns), indexing="ij"
    )
    disc = ((x - 0.2).square() + (y + 0.3).square() < 0.3).float()
    return Image((0.8 * disc + 0.2 * (1 + x) / 2).clamp(0, 1), "disc.png", "0" * 64)


def small_track(
    seconds: float = 1.0, rate: int = RATE, channels: int = 1, seed: int = 0, level: float = 0.3
) -> Track:
    """Decaying harmonic notes in a little noise, a different balance in each channel."""
    generator = torch.Generator().manual_seed(seed)
    samples = round(seconds * rate)
    time = torch.arange(samples) / rate
    sound = torch.zeros(samples)
    for note, start in enumerate(torch.arange(0, seconds, 0.25).tolist()):
        envelope = torch.where(time >= start, torch.exp(-6 * (time - start).clamp(min=0)), 0.0)
        for harmonic in range(1, 6):
            frequency = 220 * 2 ** ((note * 5 % 12) / 12) * harmonic
            sound += envelope * torch.sin(2 * torch.pi * frequency * time) / harmonic
    balance = 0.5 + torch.rand(channels, 1, generator=generator)
    noise = 0.01 * torch.randn(channels, samples, generator=generator)
    mixed = balance * sound + noise
    return Track(level * mixed / mixed.abs().max(), rate, "notes.wav", "1" * 64)


def wav_file(samples: torch.Tensor, sample_rate: int, subtype: str = "float") -> bytes:
    """A WAV file of `(channels, samples)`, as MOSS writes it."""
    file = io.BytesIO()
    write_wav(file, [samples], sample_rate, subtype)
    return file.getvalue()


def fresh_memory(megabytes: int) -> mmap.mmap:
    """Memory in use, from the system itself and not what another test gave back to the process."""
    memory = mmap.mmap(-1, megabytes * 2**20)
    memory.write(bytes(len(memory)))
    return memory
