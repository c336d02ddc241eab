"""What a run starts from, seen before it is started: half way, and its image beside itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from moss_core.machine import on_one_core
from moss_core.synthesis import (
    Adjustments,
    Blend,
    Canvas,
    HybridModel,
    PlacedCanvas,
    check_sounds,
    encode_preview,
    painted_channels,
    remarks,
    shrink,
)
from sources.source import Source
from sources.thinning import thinned

_LONGEST = 512
"""Longer side in pixels of an image that is shown beside itself."""


@dataclass(frozen=True)
class Sides:
    """An image beside itself.

    Args:
        original: WebP in grays, turned and flipped.
        painted: WebP of what is left, in the grays and in the shape that it has on the canvas.
        aspect: how many times as wide as high the original is.
        part: left, top, right and bottom edge of what is painted of it, as shares.
    """

    original: bytes
    painted: bytes
    aspect: float
    part: tuple[float, float, float, float]


@dataclass(frozen=True)
class Preview:
    """What a run starts from half way.

    Args:
        picture: WebP of the image faded into the track's spectrogram.
        canvas: as it lies on the track.
        channel: of which it is the picture.
        sides: the (left) image as it is, and as it is painted.
        remarks: what stands against the adjusted images being seen, a sentence each; of two images
            each is named.
    """

    picture: bytes
    canvas: PlacedCanvas
    channel: str
    sides: Sides
    remarks: tuple[str, ...]


@on_one_core()
def crossfade(
    images: Sequence[Source],
    track: Source,
    canvas: Canvas,
    adjustments: Adjustments,
    channels: str = "every",
    blend: Blend | None = None,
) -> Preview:
    """Fade an adjusted image into a track's spectrogram, half way; show the first painted channel.

    Of a long canvas grains are drawn (`thinned`), in less than 300 MB.

    Args:
        images: one, or two: for the left and for the right channel.
        track: that it is faded into.
        canvas: where.
        adjustments: of the images.
        channels: which of the track's are painted (`CHANNEL_CHOICES`).
        blend: how the image sits in the song.

    Raises:
        MossError: for a canvas that does not fit on the track, adjustments that leave one gray, and
            channels that the track has not or that are silent there.
    """
    sound, given = track.as_track(), [image.as_image() for image in images]
    adjusted, placed = adjustments.place(given, canvas.on(sound))
    section = sound.samples[:, placed.section(sound.sample_rate)]
    check_sounds(section, placed.start, placed.duration)
    painted = painted_channels(section, channels, len(images))
    rate = min(placed.working_rate, sound.sample_rate)
    thin = thinned(sound, placed, len(painted.names), rate)
    model = HybridModel(adjusted, *thin, working_rate=rate, blend=blend, painted=painted)
    with torch.no_grad():
        first = model.crossfade(torch.tensor([0.5]))[:, 0]
        picture = encode_preview(model.display(first)[0, 0])
    said = tuple(
        f"{source.title}: {remark}" if len(images) > 1 else remark
        for source, image in zip(images, adjusted, strict=True)
        for remark in remarks(image.pixels, adjustments)
    )
    beside = _sides(given[0].pixels, adjusted[0].pixels, adjustments, placed.aspect)
    return Preview(picture, placed, painted.names[0], beside, said)


def _sides(given: Tensor, painted: Tensor, adjustments: Adjustments, aspect: float) -> Sides:
    turned = torch.rot90(given, -adjustments.rotate // 90)
    turned = turned.flip(1) if adjustments.flip else turned
    height, width = turned.shape
    rows, columns = adjustments.part(height, width, aspect)
    return Sides(
        encode_preview(shrink(turned, *_within(width / height))),
        encode_preview(shrink(painted, *_within(aspect))),
        width / height,
        (
            columns.start / width,
            rows.start / height,
            columns.stop / width,
            rows.stop / height,
        ),
    )


def _within(aspect: float) -> tuple[int, int]:
    """Return height and width in pixels of a picture of a shape."""
    return round(_LONGEST * min(1, 1 / aspect)), round(_LONGEST * min(1, aspect))
