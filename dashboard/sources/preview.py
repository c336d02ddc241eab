"""What a run starts from half way, seen before it is started."""

from __future__ import annotations

import torch

from moss_core.machine import on_one_core
from moss_core.synthesis import Canvas, HybridModel, PlacedCanvas, encode_preview
from sources.source import Source


@on_one_core()
def crossfade(image: Source, track: Source, canvas: Canvas) -> tuple[bytes, PlacedCanvas]:
    """Return what a run starts from half way: the image faded into the track's spectrogram.

    Returns:
        WebP, and the canvas as it lies on the track.

    Raises:
        MossError: for a canvas that does not fit on the track.
    """
    model = HybridModel(image.as_image(), track.as_track(), canvas)
    with torch.no_grad():
        rendering = model.crossfade(torch.tensor([0.5]))
        return encode_preview(model.display(rendering)[0, 0]), model.canvas
