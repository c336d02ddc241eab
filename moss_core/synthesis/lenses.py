"""How a viewer analyses a sound, as a model does it while it learns: with gradients."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.objectives import Plugins
from moss_core.synthesis.canvas import CanvasGrid, PlacedCanvas
from moss_core.synthesis.spectrogram import decibels, percentile, pixel_centres, resampling_matrix
from moss_core.synthesis.stft import STFT, power

TOP_PERCENTILE = 99.5


@dataclass(frozen=True)
class Lens:
    """What of a viewer matters to a picture on the canvas.

    Args:
        name: of the viewer.
        window: length of the analysis window, seconds.
        plain: whether the cells are resized as an image is, each as wide as the others; if not,
            each lies where its time and its frequency are.
    """

    name: str
    window: float
    plain: bool = False


ANY_EDITOR = "any_editor"
"""The name of what stands for the viewers that people use."""

_ANY_EDITOR = (
    Lens("64 ms", 0.064),
    Lens("43 ms", 0.0425),
    Lens("85 ms", 0.085),
    Lens("64 ms, plain", 0.064, plain=True),
    Lens("21 ms", 0.0213),
)
"""64 ms is MOSS's own, 43 ms that of Audacity and Spek, 85 ms librosa's, 21 ms that of SoX and of
Sonic Visualiser, at the usual rates."""


class _ClampInward(torch.autograd.Function):
    """Clamp to [0, 1] whose gradient still leads back in from outside.

    A plain clamp has no gradient outside, so a cell below black could never be told to become
    brighter; here the gradient passes where following it would lead back into the range.

    Descent goes along -g. Below 0 only upward leads inside, so what is of use of it is max(-g, 0),
    above 1 min(-g, 0): its projection onto the directions that do not lead away from [0, 1], as in
    gradient projection (Rosen, J. SIAM 8, 1960, https://doi.org/10.1137/0108011).
    """

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, values: Tensor) -> Tensor:
        ctx.save_for_backward(values)
        return values.clamp(0, 1)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        (values,) = ctx.saved_tensors  # type: ignore[attr-defined]
        outward = ((values < 0) & (gradient > 0)) | ((values > 1) & (gradient < 0))
        return gradient.masked_fill(outward, 0)


class Sight:
    """A lens on a canvas: shows sounds as pictures.

    Args:
        lens: how it analyses.
        canvas: the part of the sound that is shown, on its axis.
        sample_rate: of the sounds, Hz.
        samples: their length.
        device: where the tensors live.
        loudest: the percentile of a picture's cells that is white.
    """

    def __init__(
        self,
        lens: Lens,
        canvas: PlacedCanvas,
        sample_rate: int,
        samples: int,
        device: torch.device,
        loudest: float,
    ) -> None:
        size = max(64, 2 * round(lens.window * sample_rate / 2))
        self.lens = lens
        self._stft = STFT(size, size // 4)
        self.grid = CanvasGrid(canvas, self._stft, sample_rate, samples)
        self._range = canvas.range
        self._device = device
        self._loudest = loudest
        self._maps: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}

    def picture(
        self,
        sound: Tensor,
        floor: float,
        size: tuple[int, int] | None = None,
        headroom: float = 0.0,
    ) -> Tensor:
        """Show sounds in decibels below their own loudest cells.

        Args:
            sound: `(N, samples)`.
            floor: power that counts as silence, in a window of 64 ms.
            size: `(height, width)` in pixels; None: one pixel a cell.
            headroom: how far white lies above the loudest cells, dB.

        Returns:
            `(N, 1, height, width)` in [0, 1], row 0 = highest frequency.
        """
        spectrum = self._stft.forward(sound)
        decibel = decibels(power(spectrum[:, self.grid.bins]), floor)
        # No gradient flows through the percentile, but a change of level changes no picture. The
        # mean, which adds nothing to the value, takes that direction out of the gradient; else
        # "darker everywhere" turns down all cells, the top with them, and nothing gets darker.
        mean = decibel.mean((1, 2), keepdim=True)
        top = percentile(decibel.flatten(1), self._loudest)[:, None, None] + mean - mean.detach()
        top = top + headroom
        shades = _ClampInward.apply((decibel - top) / self._range + 1)  # type: ignore[no-untyped-call]
        rows, columns = self._picture_maps(size or (self.grid.rows, self.grid.frames))
        picture: Tensor = rows @ shades @ columns.T
        return picture[:, None].clamp(0, 1)

    def _picture_maps(self, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        if size not in self._maps:
            rows, columns = self.grid.picture_maps(*size)
            if self.lens.plain:
                height, width = size
                columns = resampling_matrix(
                    pixel_centres(width, self.grid.frames), self.grid.frames
                )
                if self.grid.axis.name == "linear":
                    down = pixel_centres(height, self.grid.rows).flip(0)
                    rows = resampling_matrix(down, self.grid.rows)
            self._maps[size] = rows.to(self._device), columns.to(self._device)
        return self._maps[size]


def sights_of(
    lenses: Sequence[Lens],
    canvas: PlacedCanvas,
    sample_rate: int,
    samples: int,
    device: torch.device,
    loudest: float,
) -> tuple[Sight, ...]:
    """Return the lenses on a canvas (`Sight`), those that show a picture there."""
    found = []
    for lens in lenses:
        # A window so short that the canvas has no four bins in it shows none.
        with suppress(MossError):
            found.append(Sight(lens, canvas, sample_rate, samples, device, loudest))
    return tuple(found)


def lenses_of(
    names: Sequence[str], plugins: Plugins, sample_rate: int, channels: int
) -> tuple[Lens, ...]:
    """Return what a run looks through, to be seen in the viewers of these names.

    Args:
        names: of viewers, or "any_editor".
        plugins: what is installed.
        sample_rate: of the track, Hz.
        channels: of the track.

    Raises:
        MossError: for a viewer that is not there.
    """
    lenses: dict[tuple[float, bool], Lens] = {}
    for name in names:
        found = list(_ANY_EDITOR)
        if name != ANY_EDITOR:
            found = [Lens(name, plugins.find_viewer(name).viewer.seconds(sample_rate, channels))]
        for lens in found:
            lenses.setdefault((lens.window, lens.plain), lens)
    return tuple(lenses.values())


def white_percentile(shown: Tensor) -> float:
    """Return which percentile of a rendering's cells is white, for images `(I, rows, frames)`.

    The loudest half percent of a small bright thing on black is mostly its black.
    """
    bright = float((shown > shown.max() / 2).float().mean())
    return max(TOP_PERCENTILE, 100 - 50 * bright) if bright else TOP_PERCENTILE
