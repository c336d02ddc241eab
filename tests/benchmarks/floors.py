"""What MOSS has to beat: three ways to put an image into a track with nothing learned."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from moss_core import Run

LEVELS = 11


def crossfade(run: Run) -> Tensor:
    """Constant masks from 0 to 1, `(11, P, samples)`."""
    return run.model.crossfade(torch.linspace(0, 1, LEVELS, device=run.model.device))


def imprint(run: Run) -> Tensor:
    """The track's spectrum times `1 - k (1 - image)`, k from 0 to 1, `(11, P, samples)`."""
    model = run.model
    depth = torch.linspace(0, 1, LEVELS, device=model.device).view(-1, 1, 1, 1)
    image = _image_on_cells(run)
    spectrum = model.stft.forward(model.track).expand(LEVELS, -1, -1, -1).clone()
    spectrum[:, :, model.grid.bins] *= 1 - depth * (1 - image)
    return model.stft.inverse(spectrum.flatten(0, 1), model.samples).view(LEVELS, -1, model.samples)


def additive_sines(run: Run) -> Tensor:
    """A sine a frequency bin, as loud as the image is bright (80 dB), plus the track.

    Gains from -60 to 0 dB, full gain being the track's own top level, and the track alone:
    `(11, P, samples)`. Phases are random (seed 0).
    """
    model = run.model
    image = _image_on_cells(run)  # rows x frames
    generator = torch.Generator().manual_seed(0)
    time = torch.arange(model.samples, device=model.device) / model.sample_rate
    places = time * model.sample_rate / model.stft.hop
    before = places.long().clamp(max=image.shape[1] - 1)
    after = (before + 1).clamp(max=image.shape[1] - 1)
    sines = torch.zeros(model.samples, device=model.device)
    for row, shades in enumerate(image):
        frequency = (model.grid.bins.start + row) * model.grid.bin_width
        shade = torch.lerp(shades[before], shades[after], places - before)
        phase = float(torch.rand((), generator=generator)) * 2 * math.pi
        sines += 10 ** (model.range / 20 * (shade - 1)) * torch.sin(
            2 * math.pi * frequency * time + phase
        )
    full = 10 ** (model.top / 20) / (model.stft.fft_size / 4)  # of a sine at the top level
    gains = [0.0, *(10 ** (decibel / 20) for decibel in torch.linspace(-60, 0, LEVELS - 1))]
    return model.track + torch.tensor(gains, device=model.device).view(-1, 1, 1) * full * sines


def _image_on_cells(run: Run) -> Tensor:
    return run.model.grid.paint(run.adjusted[0].pixels).clamp(0, 1).to(run.model.device)


FLOORS = {"crossfade": crossfade, "imprint": imprint, "additive sines": additive_sines}
