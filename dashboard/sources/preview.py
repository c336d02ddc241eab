"""What a run starts from half way, seen before it is started."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.synthesis import Adjustments, Canvas, HybridModel, PlacedCanvas, encode_preview
from sources.source import Source

_BLACK = 0.05
"""Grays below this count as black: 76 dB or more under white, where nothing is heard or seen."""


@dataclass(frozen=True)
class Preview:
    """What a run starts from half way.

    Args:
        picture: WebP of the image faded into the track's spectrogram.
        canvas: as it lies on the track.
        light: the median of what is not black in the adjusted image, 0 to 1. What is black is left
            out: a drawing of white lines is mostly black, and is not dark.
    """

    picture: bytes
    canvas: PlacedCanvas
    light: float


@on_one_core()
def crossfade(image: Source, track: Source, canvas: Canvas, adjustments: Adjustments) -> Preview:
    """Fade an adjusted image into a track's spectrogram, half way.

    Raises:
        MossError: for a canvas that does not fit on the track, and adjustments that leave one gray.
    """
    adjusted = adjustments.apply_to(image.as_image())
    model = HybridModel(adjusted, track.as_track(), canvas)
    with torch.no_grad():
        rendering = model.crossfade(torch.tensor([0.5]))
        picture = encode_preview(model.display(rendering)[0, 0])
    return Preview(picture, model.canvas, _light(adjusted.pixels))


def _light(pixels: Tensor) -> float:
    seen = pixels[pixels > _BLACK]
    return float((seen if len(seen) else pixels).median())
