"""LPIPS: does the picture look like the image to a network tuned on human judgements?"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import torch
from safetensors.torch import load
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d, pad, pixel_unshuffle, relu

from moss_core import Objective, Rendered, Target, hookimpl

_LAYERS = (0, 3, 6, 8, 10)  # the convolutions' places in torchvision's alexnet().features
_STRIDES, _PADDINGS = (4, 1, 1, 1, 1), (2, 2, 1, 1, 1)
_POOLED_BEFORE = (False, True, True, False, False)
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_EPSILON = 1e-10
_VERSION = "v0.1"  # of the linear heads


@lru_cache(maxsize=1)
def _weights() -> dict[str, Tensor]:
    """AlexNet's convolutions from this package, and LPIPS's linear heads from the lpips package."""
    network = files("moss_objectives") / "weights" / "alexnet_features_fp16.safetensors"
    weights = {name: tensor.float() for name, tensor in load(network.read_bytes()).items()}
    heads = files("lpips") / "weights" / _VERSION / "alex.pth"
    with heads.open("rb") as file:
        weights |= torch.load(file, map_location="cpu", weights_only=True)
    return weights


class LPIPS:
    """Learned perceptual image patch similarity, AlexNet, version 0.1, on a gray picture.

    Zhang et al., CVPR 2018, https://arxiv.org/abs/1801.03924; agrees with
    `lpips.LPIPS(net="alex")`. The network's three input channels are equal here, so its first
    convolution is summed over them; what it gives for the constant part of the input's scaling
    depends on the place only (the border is padded) and is added as a map. That convolution moves
    by 4 pixels; on blocks of 4 x 4 pixels, one channel each, it moves by 1 and takes a tenth of
    the time.
    """

    def __init__(self, target: Target) -> None:
        picture = target.picture
        weights = {name: tensor.to(picture) for name, tensor in _weights().items()}
        self._kernels = [weights[f"features.{layer}.weight"] for layer in _LAYERS]
        self._biases = [weights[f"features.{layer}.bias"] for layer in _LAYERS]
        self._heads = [weights[f"lin{layer}.model.1.weight"] for layer in range(len(_LAYERS))]
        scale = picture.new_tensor(_SCALE).view(1, 3, 1, 1)
        shift = picture.new_tensor(_SHIFT).view(1, 3, 1, 1)
        constant = ((-1 - shift) / scale).expand(-1, -1, *picture.shape[-2:])
        self._offset = conv2d(
            constant, self._kernels[0], self._biases[0], _STRIDES[0], _PADDINGS[0]
        )
        gray = (self._kernels[0] * (2 / scale)).sum(1, keepdim=True)
        self._kernels[0] = pixel_unshuffle(pad(gray, (0, 1, 0, 1)), _STRIDES[0])
        self._targets = self._features(picture)

    def _features(self, picture: Tensor) -> list[Tensor]:
        """Return each layer's activations `(N, C, H, W)`, of unit length along the channels."""
        activation = relu(conv2d(self._in_blocks(picture), self._kernels[0]) + self._offset)
        features = [activation]
        for layer in range(1, len(_LAYERS)):
            if _POOLED_BEFORE[layer]:
                activation = max_pool2d(activation, kernel_size=3, stride=2)
            activation = relu(
                conv2d(
                    activation,
                    self._kernels[layer],
                    self._biases[layer],
                    _STRIDES[layer],
                    _PADDINGS[layer],
                )
            )
            features.append(activation)
        return [_unit_length(feature) for feature in features]

    def _in_blocks(self, picture: Tensor) -> Tensor:
        """Return blocks of 4 x 4 pixels, one channel each, as far as the first kernels reach."""
        stride, padding = _STRIDES[0], _PADDINGS[0]
        borders = []
        for places, pixels in zip(self._offset.shape[:1:-1], picture.shape[:1:-1], strict=True):
            reach = (places - 1 + self._kernels[0].shape[-1]) * stride
            borders += [padding, reach - padding - pixels]
        return pixel_unshuffle(pad(picture, borders), stride)

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the LPIPS distances `(N,)`."""
        loss = torch.zeros_like(rendered.waveform[:, 0])  # N
        features = self._features(rendered.picture)
        for feature, target, head in zip(features, self._targets, self._heads, strict=True):
            loss = loss + conv2d((feature - target).square(), head).mean((1, 2, 3))
        return loss


def _unit_length(feature: Tensor) -> Tensor:
    # The small number inside the root keeps the gradient finite where all channels are 0.
    length = (feature.square().sum(1, keepdim=True) + _EPSILON**2).sqrt()
    return feature / (length + _EPSILON)


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer LPIPS."""
    return [
        Objective(
            name="lpips",
            label="LPIPS",
            domain="image",
            reference="https://arxiv.org/abs/1801.03924",
            build=LPIPS,
            description="Looks like the image to the eye, even where pixels differ.",
            facts={
                "Network": f"AlexNet, {len(_LAYERS)} layers compared",
                "Weights": f"LPIPS {_VERSION}",
            },
            thread_safe=True,
        )
    ]
