"""HaarPSI: are the image's edges there, fine and coarse, where the eye looks for them?"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from moss_core import Objective, Rendered, Target, hookimpl

_SCALES = 3  # the two fine ones are compared, the coarse one says what counts
_STABILITY = 30 / 255**2  # the paper's constant, for values in [0, 1]
_STEEPNESS = 4.2  # the paper's, of the logistic function
_ALIKE = 1 / (1 + math.exp(-_STEEPNESS))  # the logistic function of a similarity of 1
_SMALLEST = 1e-9  # of a sum of weights: black on black has none


class HaarPSI:
    """One minus the Haar wavelet-based perceptual similarity index of gray pictures.

    Reisenhofer, Bosse, Kutyniok and Wiegand, Signal Processing: Image Communication 61, 2018,
    https://arxiv.org/abs/1607.06140; agrees with `piq.haarpsi`. It is written in what is missing
    to the highest similarity, so that it is 0 at the image to the last digit, and black on black
    is alike. It looks at edges alone: a picture that is brighter everywhere costs next to nothing.
    """

    def __init__(self, target: Target) -> None:
        side = target.picture.shape[-1] // 2
        sides = torch.stack([haar(2**scale, side) for scale in range(1, _SCALES + 1)])
        sides = sides.to(target.picture)  # scales x 2 x H/2 x H/2
        self._rows = sides.flatten(0, 1)
        self._columns = sides.flip(1).flatten(0, 1).mT  # steps where rows are sums
        self._target = self._magnitudes(target.picture)

    def _magnitudes(self, picture: Tensor) -> Tensor:
        # As products of matrices: half the time of convolutions.
        found: Tensor = self._rows @ avg_pool2d(picture, 2) @ self._columns
        return found.abs()  # N x 2 for each scale x H/2 x W/2

    def __call__(self, rendered: Rendered) -> Tensor:
        """Return one minus HaarPSI `(N,)`."""
        found, wanted = self._magnitudes(rendered.picture), self._target
        fine = slice(0, 2 * (_SCALES - 1))
        ours, theirs = found[:, fine], wanted[:, fine]
        both = ours.square() + theirs.square() + _STABILITY
        missing = (ours - theirs).square() / both
        missing = missing.view(len(missing), _SCALES - 1, 2, *missing.shape[2:]).mean(1)
        lost = _ALIKE - torch.sigmoid(_STEEPNESS * (1 - missing))  # N x 2 x H/2 x W/2
        weights = torch.maximum(found[:, fine.stop :], wanted[:, fine.stop :])
        share = (lost * weights).sum((1, 2, 3)) / (weights.sum((1, 2, 3)) + _SMALLEST)
        # The logit of the weighted mean, as its distance from that of what is alike.
        logit = torch.log1p(-share / _ALIKE) - torch.log1p(share / (1 - _ALIKE))
        away = logit / _STEEPNESS  # -1 to 0
        return -away * (2 + away)


def haar(size: int, side: int) -> Tensor:
    """Return the two sides of Haar wavelets as matrices, steps and sums, `(2, side, side)`.

    The second sums `size` neighbours, the first takes the later half of them from the earlier one;
    both are divided by the root of the size. Beyond the edges lie zeros, and the middle of an even
    number is the pixel before it, as MATLAB's `conv2(A, B, 'same')` has it.
    """
    place = torch.arange(side) - torch.arange(side)[:, None] + size // 2 - 1
    sums = ((place >= 0) & (place < size)).float() / math.sqrt(size)
    return torch.stack([sums.where(place < size // 2, -sums), sums])


@hookimpl
def moss_objectives() -> list[Objective]:
    """Offer HaarPSI."""
    return [
        Objective(
            name="haarpsi",
            label="HaarPSI",
            domain="image",
            reference="https://arxiv.org/abs/1607.06140",
            build=HaarPSI,
            description="Keeps edges, most of all along large shapes, nearly as people judge it.",
            facts={
                "Wavelets": "Haar, 2, 4 and 8 pixels, at half the picture's size",
                "Constants": f"C {_STABILITY * 255**2:g}, alpha {_STEEPNESS:g}, as in the paper",
            },
            thread_safe=True,
        )
    ]
