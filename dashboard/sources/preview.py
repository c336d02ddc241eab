"""What a run starts from half way, seen before it is started."""

from __future__ import annotations

from collections.abc import Sequence
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
        channel: of which it is the picture.
        light: the median of what is not black in the adjusted image, 0 to 1. What is black is left
            out: a drawing of white lines is mostly black, and is not dark. Of two images, that of
            the darker one.
    """

    picture: bytes
    canvas: PlacedCanvas
    channel: str
    light: float


@on_one_core()
def crossfade(
    images: Sequence[Source],
    track: Source,
    canvas: Canvas,
    adjustments: Adjustments,
    channels: str = "every",
) -> Preview:
    """Fade an adjusted image into a track's spectrogram, half way; show the first painted channel.

    Args:
        images: one, or two: for the left and for the right channel.
        track: that it is faded into.
        canvas: where.
        adjustments: of the images.
        channels: which of the track's are painted (`CHANNEL_CHOICES`).

    Raises:
        MossError: for a canvas that does not fit on the track, adjustments that leave one gray, and
            channels that the track has not or that are silent there.
    """
    sound = track.as_track()
    adjusted, placed = adjustments.place([i.as_image() for i in images], canvas.on(sound))
    model = HybridModel(adjusted, sound, placed, channels=channels)
    with torch.no_grad():
        first = model.crossfade(torch.tensor([0.5]))[:, 0]
        picture = encode_preview(model.display(first)[0, 0])
    light = min(_light(image.pixels) for image in adjusted)
    return Preview(picture, model.canvas, model.painted.names[0], light)


def _light(pixels: Tensor) -> float:
    seen = pixels[pixels > _BLACK]
    return float((seen if len(seen) else pixels).median())
