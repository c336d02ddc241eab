"""Legible lines: are strokes where the image has them, as bright, and turned as they are?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d, pad

from moss_core import Objective, Parameter, Rendered, Target, hookimpl

_REACH = 2  # pixels beside an edge that are weighed as the edge: the thinnest lines and their gaps
_GROUND = 0.02  # weight of what has no edge near, where the strongest edge has 1
_SMALLEST = 0.02  # of gradients whose direction counts; 1 is from black to white in a pixel


class Lettering:
    """Differences of brightness and of the directions of edges, weighed by the image's edges.

    Each place is weighed by the image's own edge strength by Sobel's filters, as Xydeas and
    Petrović do, Electronics Letters 36(4), 2000, https://doi.org/10.1049/el:20000267, who judge by
    it how well the edges of a picture are kept in strength and direction. Both are compared here
    in a form that has a gradient everywhere: brightness itself on both banks of an edge, and the
    cosine between normals of the two pictures taken for surfaces, as Hu et al. have it, WACV 2019,
    https://arxiv.org/abs/1803.08673: an edge that is missing costs half of one that is turned
    round. A weight reaches two pixels from its edge, so that the strokes of letters and the gaps
    between them count, which the wide ground outnumbers in a plain mean.

    Args:
        target: the image.
        direction: share of the loss that is of directions, 0 to 1; the rest is of brightness.
    """

    def __init__(self, target: Target, *, direction: float) -> None:
        picture = target.picture
        self._share = direction
        sobel = picture.new_tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]]) / 4
        self._filters = torch.stack([sobel, sobel.T])[:, None]  # 2 x 1 x 3 x 3
        self._picture, self._target = picture, self._edges(picture)
        self._slopes = self._slopes_of(self._target)
        strength = self._target.square().sum(1, keepdim=True).sqrt()
        near = max_pool2d(strength, 2 * _REACH + 1, stride=1, padding=_REACH)
        weights = near / near.amax().clamp(min=_SMALLEST) + _GROUND
        self._weights = weights / weights.sum()  # 1 x 1 x H x W

    def _edges(self, picture: Tensor) -> Tensor:
        around = pad(picture, (1, 1, 1, 1), mode="replicate")
        return conv2d(around, self._filters)  # N x 2 x H x W

    def _slopes_of(self, edges: Tensor) -> Tensor:
        return (edges.square().sum(1, keepdim=True) + _SMALLEST**2).sqrt()

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return the losses `(N,)`."""
        brightness = (rendered.picture - self._picture).abs()
        edges = self._edges(rendered.picture)
        products = (edges * self._target).sum(1, keepdim=True) + _SMALLEST**2
        turned = 1 - products / (self._slopes_of(edges) * self._slopes)  # 0 to 2
        lost = torch.lerp(brightness, turned, self._share)
        return (lost * self._weights).sum((1, 2, 3))


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer legible lines."""
    return [
        Objective(
            name="lettering",
            label="Legible lines",
            domain="image",
            reference="https://doi.org/10.1049/el:20000267",
            build=Lettering,
            description="Keeps letters and thin lines legible, and lets wide areas go.",
            facts={
                "Filters": "Sobel, 3 x 3 pixels",
                "Weights": f"edge strength, up to {_REACH} pixels away; {_GROUND:g} elsewhere",
            },
            parameters={
                "direction": Parameter(
                    0.5,
                    "How much the directions of edges count, beside the brightness at them.",
                    least=0.0,
                    most=1.0,
                )
            },
            thread_safe=True,
        )
    ]
