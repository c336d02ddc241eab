"""Several images on one track, each with its own canvas and mask, learned together.

To whoever renders and learns, several placed images are one: their masks stand below each other,
and their cells and sounds one after the other. Each part is seen and heard on its own canvas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, combinations, pairwise

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis.canvas import PlacedCanvas
from moss_core.synthesis.hybrid import MASK_SHAPE, HybridModel


class SeveralModel:
    """Renders the masks of K parts, which share the working rate, the STFT and the channels.

    Args:
        parts: K models of one track, on canvases that do not overlap.

    Raises:
        MossError: for canvases that overlap.
    """

    def __init__(self, parts: Sequence[HybridModel]) -> None:
        check_apart([part.canvas for part in parts])
        first = parts[0]
        self.parts = tuple(parts)
        self.stft, self.sample_rate, self.device = first.stft, first.sample_rate, first.device
        self.sights, self.one_image = first.sights, first.one_image
        self._frames = _slices(part.grid.frames for part in parts)
        self._samples = _slices(part.samples for part in parts)
        self.frames, self.samples = self._frames[-1].stop, self._samples[-1].stop
        self.track = torch.cat([part.track for part in parts], dim=-1)
        """The painted channels, the parts one after the other, `(P, samples)`."""
        self.targets = tuple(target for part in parts for target in part.targets)
        places = [f", image {number + 1}" for number in range(len(parts))]
        self.painted = replace(
            first.painted,
            heard=tuple(name + place for place in places for name in first.painted.heard),
            images=tuple(
                image + sum(len(set(part.painted.images)) for part in parts[:number])
                for number, part in enumerate(parts)
                for image in part.painted.images
            ),
        )

    @property
    def stretches(self) -> tuple[slice, ...]:
        """What of the track's samples the canvases cover; those that overlap in time together."""
        found: list[slice] = []
        for section in sorted((part.section for part in self.parts), key=lambda s: s.start):
            if found and section.start < found[-1].stop:
                section = slice(found[-1].start, max(found[-1].stop, section.stop))
                found.pop()
            found.append(section)
        return tuple(found)

    def split(self, sound: Tensor) -> Iterator[tuple[HybridModel, Tensor]]:
        """Give the parts with what of a sound `(..., samples)` is theirs."""
        for part, samples in zip(self.parts, self._samples, strict=True):
            yield part, sound[..., samples]

    def part_of(self, heard: int) -> tuple[HybridModel, int]:
        """Return the part that a sound of `painted.heard` belongs to, and its number there."""
        number, own = divmod(heard, len(self.parts[0].targets))
        return self.parts[number], own

    def heard(self, channels: Tensor, heard: int) -> Tensor:
        """Return a sound that is heard, `(N, samples)` of its part, from all painted channels."""
        number, own = divmod(heard, len(self.parts[0].targets))
        return self.parts[number].heard(channels[..., self._samples[number]], own)

    def needed(self, heard: int) -> slice:
        """Return which painted channels a sound that is heard is made of, in each part."""
        return self.parts[0].needed(heard)

    def starting_offsets(self, share: Tensor) -> Tensor:
        """Return what candidates start from, `(N, P, bins, frames)` (`HybridModel`)."""
        return torch.cat([part.starting_offsets(share) for part in self.parts], dim=-1)

    def crossfade(self, share: Tensor) -> Tensor:
        """Render masks that are the same everywhere, `(N, P, samples)` (`HybridModel`)."""
        return torch.cat([part.crossfade(share) for part in self.parts], dim=-1)

    def render(self, mask: Tensor, offset: Tensor) -> Tensor:
        """Turn masks `(N, K * 128, 256)` into sound, `(N, P, samples)` (`HybridModel`)."""
        return self.render_cells(self.on_cells(mask), offset, slice(None))

    def on_cells(self, mask: Tensor) -> Tensor:
        """Return masks on the cells of all bins, `(N, bins, frames)`; 0 where none lies."""
        height = MASK_SHAPE[0]
        rows = (mask[:, n * height : (n + 1) * height] for n in range(len(self.parts)))
        pairs = zip(self.parts, rows, strict=True)
        return torch.cat([part.in_bins(part.on_cells(own)) for part, own in pairs], dim=-1)

    def in_bins(self, cells: Tensor) -> Tensor:
        """Return what is among all bins already."""
        return cells

    def render_cells(self, cells: Tensor, offset: Tensor, channels: slice) -> Tensor:
        """Turn masks that are `on_cells` into sound (`HybridModel`)."""
        sounds = [
            part.render_cells(cells[:, part.grid.bins, frames], offset[..., frames], channels)
            for part, frames in zip(self.parts, self._frames, strict=True)
        ]
        return torch.cat(sounds, dim=-1)


Model = HybridModel | SeveralModel
"""What renders masks: of one image, or of several."""


def check_apart(canvases: Sequence[PlacedCanvas]) -> None:
    """Raise `MossError` if two canvases share seconds and hertz."""
    for (first, one), (second, other) in combinations(enumerate(canvases, 1), 2):
        begin = max(one.start, other.start)
        end = min(one.start + one.duration, other.start + other.duration)
        low, high = max(one.low, other.low), min(one.high, other.high)
        if begin < end - 1e-6 and low < high - 1e-6:
            raise MossError(
                f"images {first} and {second}",
                "must not overlap",
                f"{begin:.2f} to {end:.2f} s at {low:,.0f} to {high:,.0f} Hz in both",
                "Move one of them, or make it smaller.",
            )


def _slices(lengths: Iterator[int]) -> list[slice]:
    return [slice(*ends) for ends in pairwise(accumulate(lengths, initial=0))]
