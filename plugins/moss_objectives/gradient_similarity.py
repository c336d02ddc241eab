"""Gradient similarity: has the picture edges where the image has them, as strong as there?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d

from moss_core import Objective, Parameter, Rendered, Target, hookimpl

_STABILITY = 170 / 255**2  # the paper's constant, for values in [0, 1]
_SMALLEST = 1e-6  # keeps the gradients of roots finite
_POOLING = Parameter(
    "mean",
    "Mean counts every place alike; deviation (the paper's GMSD) counts places that are worse "
    "than others, and is 0 for a picture that is wrong everywhere alike.",
    choices=("mean", "deviation"),
)


class GradientSimilarity:
    """One minus the mean gradient magnitude similarity, or its deviation (GMSD).

    Xue et al., Gradient Magnitude Similarity Deviation, IEEE Transactions on Image Processing
    23(2), 2014, https://arxiv.org/abs/1308.3052. Prewitt filters at half the size; the deviation
    agrees with `piq.gmsd`.
    """

    def __init__(self, target: Target, *, pooling: str) -> None:
        self._pooling = pooling
        prewitt = target.picture.new_tensor([[1, 0, -1]]).expand(3, 3) / 3
        self._filters = torch.stack([prewitt, prewitt.T])[:, None]  # 2 x 1 x 3 x 3
        self._target = self._edges(target.picture)

    def _edges(self, picture: Tensor) -> Tensor:
        gradients = conv2d(avg_pool2d(picture, 2), self._filters, padding=1)
        return (gradients.square().sum(1) + _SMALLEST**2).sqrt()  # N x H/2 x W/2

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N,)`."""
        edges = self._edges(rendered.picture)
        both = edges.square() + self._target.square()
        similarity = (2 * edges * self._target + _STABILITY) / (both + _STABILITY)
        if self._pooling == "mean":
            return 1 - similarity.mean((1, 2))
        variance = similarity.var((1, 2), correction=0)
        return (variance + _SMALLEST**2).sqrt() - _SMALLEST


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer gradient similarity."""
    return [
        Objective(
            name="gradient_similarity",
            label="Gradient similarity",
            domain="image",
            reference="https://arxiv.org/abs/1308.3052",
            build=GradientSimilarity,
            description="Keeps the image's outlines where they are: good for line art.",
            facts={
                "Filters": "Prewitt, at half the picture's size",
                "Constant": f"{_STABILITY:.2g}",
            },
            parameters={"pooling": _POOLING},
            thread_safe=True,
        )
    ]
