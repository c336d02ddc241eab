"""MS-SSIM: does the picture have the image's structure, from small patches to large ones?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from moss_core import Objective, Rendered, Target, hookimpl
from moss_objectives.ssim import PatchStatistics

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, finest first
_SMALLEST = 1e-6  # a power's gradient is infinite at 0


class MSSSIM:
    """One minus the multi-scale structural similarity index, five scales.

    Wang, Simoncelli and Bovik, Asilomar Conference on Signals, Systems and Computers, 2003,
    https://doi.org/10.1109/ACSSC.2003.1292216; agrees with `pytorch_msssim.ms_ssim`. Where the
    contrast and structure of a scale do not agree at all, that one is a constant there and pulls
    in no direction; here its part of the product ends a little above 0, at a millionth.
    """

    def __init__(self, target: Target) -> None:
        self._scales = [PatchStatistics(picture) for picture in _halved(target.picture)]

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return one minus MS-SSIM `(N,)`."""
        index = torch.ones_like(rendered.waveform[:, 0])  # N
        pictures = _halved(rendered.picture)
        last = len(_WEIGHTS) - 1
        for place, (scale, picture) in enumerate(zip(self._scales, pictures, strict=True)):
            luminance, structure = scale.compare(picture)
            agreement = luminance * structure if place == last else structure
            index = index * agreement.mean((1, 2, 3)).clamp(min=_SMALLEST) ** _WEIGHTS[place]
        return 1 - index


def _halved(picture: Tensor) -> list[Tensor]:
    """Return the picture at each scale, the finest first, each half as high and wide."""
    pictures = [picture]
    while len(pictures) < len(_WEIGHTS):
        pictures.append(avg_pool2d(pictures[-1], 2))
    return pictures


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer MS-SSIM."""
    return [
        Objective(
            name="ms_ssim",
            label="MS-SSIM",
            domain="image",
            reference="https://doi.org/10.1109/ACSSC.2003.1292216",
            build=MSSSIM,
            description="Keeps the image's structure in patches of every size, large ones too.",
            facts={
                "Scales": f"{len(_WEIGHTS)}, each half of the one before",
                "Weights": ", ".join(f"{weight:g}" for weight in _WEIGHTS),
            },
            thread_safe=True,
        )
    ]
