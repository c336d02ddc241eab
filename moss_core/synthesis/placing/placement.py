"""An image in its place on a track, and the model of all that are placed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from moss_core.errors import MossError
from moss_core.synthesis.adjustments import Adjustments
from moss_core.synthesis.blend import Blend
from moss_core.synthesis.canvas import MIN_BAND, MIN_BINS, Canvas, PlacedCanvas
from moss_core.synthesis.channels import painted_channels
from moss_core.synthesis.hybrid import HybridModel
from moss_core.synthesis.inputs import Image, Track
from moss_core.synthesis.lenses import Lens
from moss_core.synthesis.placing.several import Model, SeveralModel

MAX_PLACEMENTS = 8


@dataclass(frozen=True)
class Placement:
    """One of the images of a run, and how it is painted.

    Args:
        image: which one, counted from 0; several placements may show the same.
        canvas: where it is painted.
        adjustments: what is done to it before everything.
        blend: how it sits in the song.
    """

    image: int = 0
    canvas: Canvas = field(default_factory=Canvas)
    adjustments: Adjustments = field(default_factory=Adjustments)
    blend: Blend = field(default_factory=Blend)


@dataclass(frozen=True)
class Analysis:
    """How a track is taken apart to be painted.

    Args:
        fft_size: of the STFT, in samples at the working rate; the hop is a quarter.
        working_rate: Hz; None: the lowest standard rate that holds every canvas.
        device: where the tensors live.
        seed: of everything random.
        channels: which of the track's channels are painted (`CHANNEL_CHOICES`).
        lenses: how the pictures that objectives see are analysed.
    """

    fft_size: int = 1024
    working_rate: int | None = None
    device: torch.device | str = "cpu"
    seed: int = 0
    channels: str = "every"
    lenses: tuple[Lens, ...] = ()


def place_all(
    placements: Sequence[Placement],
    images: Sequence[Image],
    track: Track,
    analysis: Analysis,
    right: Image | None = None,
) -> tuple[Model, tuple[Image, ...]]:
    """Return the model of images in their places on a track, and the images as they are painted.

    Args:
        placements: of the images, 1 to 8.
        images: that they name.
        track: that they are painted on.
        analysis: how.
        right: an image for the right channel, where there is one placement; that one's is then for
            the left.

    Raises:
        MossError: for canvases that do not fit on the track or overlap, adjustments that leave one
            gray, a placement of an image that is not there, and a right image beside several.
    """
    _check(placements, images, right)
    canvases = [placement.canvas.on(track) for placement in placements]
    rate = analysis.working_rate or max(canvas.working_rate for canvas in canvases)
    least_hertz = max(MIN_BAND, MIN_BINS * rate / analysis.fft_size)
    placed: list[tuple[tuple[Image, ...], PlacedCanvas]] = []
    for placement, canvas in zip(placements, canvases, strict=True):
        given = [images[placement.image], *([right] if right else [])]
        placed.append(placement.adjustments.place(given, canvas, least_hertz))
    several = len(placements) > 1
    models = [
        HybridModel(
            adjusted,
            track,
            canvas,
            analysis.fft_size,
            min(rate, track.sample_rate) if several else analysis.working_rate,
            analysis.device,
            analysis.seed,
            analysis.channels,
            analysis.lenses,
            placement.blend,
            painted_channels(track.samples, analysis.channels) if several else None,
        )
        for placement, (adjusted, canvas) in zip(placements, placed, strict=True)
    ]
    painted = tuple(image for adjusted, _ in placed for image in adjusted)
    return (SeveralModel(models) if several else models[0]), painted


def _check(placements: Sequence[Placement], images: Sequence[Image], right: Image | None) -> None:
    if not 1 <= len(placements) <= MAX_PLACEMENTS:
        raise MossError(
            "placed images",
            f"must be 1 to {MAX_PLACEMENTS}",
            len(placements),
            "Start another run from the exported file.",
        )
    if right and len(placements) > 1:
        raise MossError(
            "right image",
            "must be the only one beside the left",
            f"{len(placements)} placed images",
            "Leave the right image out, or the others.",
        )
    for placement in placements:
        if not 0 <= placement.image < len(images):
            raise MossError(
                "placed image",
                f"must be 0 to {len(images) - 1}, one of the run's",
                placement.image,
                "Give the run that image too.",
            )
