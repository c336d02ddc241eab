"""SSIM: does the picture have the image's structure, patch by patch?"""

from __future__ import annotations

import torch
from torch import Tensor

from moss_core import Objective, Rendered, Target, hookimpl

_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


class PatchStatistics:
    """Means and variances of a picture's patches, to compare another picture's with.

    Args:
        target: `(1, 1, H, W)` in [0, 1], at least 11 pixels high and wide.
    """

    def __init__(self, target: Tensor) -> None:
        self._target = target
        self._down, self._along = map(_windows, (target, target.mT))
        self._mean = self._blur(target)
        self._variance = self._blur(target.square()) - self._mean.square()

    def _blur(self, picture: Tensor) -> Tensor:
        return self._down @ picture @ self._along.mT

    def compare(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Return how luminance, and contrast with structure, agree: `(N, 1, H - 10, W - 10)`."""
        mean = self._blur(picture)
        variance = self._blur(picture.square()) - mean.square()
        covariance = self._blur(picture * self._target) - mean * self._mean
        luminance = (2 * mean * self._mean + _C1) / (mean.square() + self._mean.square() + _C1)
        structure = (2 * covariance + _C2) / (variance + self._variance + _C2)
        return luminance, structure


class SSIM:
    """One minus the structural similarity index, 11 x 11 Gaussian window of sigma 1.5.

    Wang et al., IEEE Transactions on Image Processing 13(4), 2004,
    https://doi.org/10.1109/TIP.2003.819861; agrees with `pytorch_msssim.ssim`.
    """

    def __init__(self, target: Target) -> None:
        self._target = PatchStatistics(target.picture)

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return one minus SSIM `(N,)`."""
        luminance, structure = self._target.compare(rendered.picture)
        return 1 - (luminance * structure).mean((1, 2, 3))


def _windows(picture: Tensor) -> Tensor:
    """The window at each row of a picture where it fits, `(rows - 10, rows)`.

    A product with a matrix takes a tenth of the time of a convolution with a single channel.
    """
    rows = picture.shape[-2]
    first = torch.arange(rows - _WINDOW + 1)[:, None]
    offsets = (torch.arange(rows) - first - _WINDOW // 2).to(picture)
    weights = torch.exp(-offsets.square() / (2 * _SIGMA**2))
    weights = weights.where(offsets.abs() <= _WINDOW // 2, 0)
    return weights / weights.sum(1, keepdim=True)


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer SSIM."""
    return [
        Objective(
            name="ssim",
            label="SSIM",
            domain="image",
            reference="https://doi.org/10.1109/TIP.2003.819861",
            build=SSIM,
            description="Keeps the image's light, contrast and structure in every small patch.",
            facts={
                "Window": f"Gaussian, {_WINDOW} x {_WINDOW} pixels, sigma {_SIGMA}",
                "Constants": f"C1 = {_C1:.1g}, C2 = {_C2:.1g}",
            },
            thread_safe=True,
        )
    ]
