"""From a mask to what is heard and seen: the signal path of MOSS.

A mask mixes the track's spectrogram with the image in decibels; the result, with a phase, goes
back to a waveform; and the picture is measured on that waveform. A mixed magnitude with an old
phase is no consistent STFT, so the intended magnitudes are not what a viewer of the exported
file sees: no objective gets them. Phases are learned by the objectives' gradients like the mask.
On the benchmark that gives better fronts than one iteration of Griffin and Lim (1984,
https://doi.org/10.1109/TASSP.1984.1164317) per step, which seeks consistency and knows of no
objective.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from moss_core.errors import MossError
from moss_core.objectives import PICTURE_SIZE, Rendered, Target
from moss_core.synthesis.canvas import Canvas, CanvasGrid, PlacedCanvas
from moss_core.synthesis.inputs import Image, Track
from moss_core.synthesis.resampling import resample
from moss_core.synthesis.spectrogram import decibels, percentile, pixel_centres, resampling_matrix
from moss_core.synthesis.stft import STFT, power

MASK_SHAPE = (128, 256)
TOP_PERCENTILE = 99.5
_DB_TO_LN = math.log(10) / 20
_BELOW_BLACK_DB = 40.0
_MOST_HEADROOM = 0.5  # of the range: of an image that is almost black, the track is to be seen
_FADE_SECONDS = 0.02


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


@dataclass(frozen=True)
class Rendering:
    """What N masks give.

    Args:
        waveform: `(N, samples)` at the working rate.
        spectrum: its STFT, complex `(N, bins, frames)`.
    """

    waveform: Tensor
    spectrum: Tensor


class HybridModel:
    """Renders masks on one image, one track and one canvas.

    Args:
        image: the target picture.
        track: the target audio.
        canvas: where the image is painted.
        fft_size: of the STFT, in samples at the working rate; the hop is a quarter.
        working_rate: Hz; None: the lowest standard rate that holds the canvas.
        device: where the tensors live.
        seed: of the phases in parts of the track that are silent and have none of their own.
    """

    def __init__(
        self,
        image: Image,
        track: Track,
        canvas: Canvas,
        fft_size: int = 1024,
        working_rate: int | None = None,
        device: torch.device | str = "cpu",
        seed: int = 0,
    ) -> None:
        self.canvas = placed = canvas.on(track)
        self.stft = STFT(fft_size, fft_size // 4)
        self.sample_rate = working_rate or min(placed.working_rate, track.sample_rate)
        if not 2 * placed.high <= self.sample_rate <= track.sample_rate:
            raise MossError(
                "working_rate",
                f"must be {2 * placed.high:g} (twice the canvas's high) to {track.sample_rate} Hz "
                "(the track's rate)",
                f"{self.sample_rate} Hz",
                "Leave it out to have it chosen.",
            )
        self.device = torch.device(device)
        first = round(placed.start * track.sample_rate)
        self.section = slice(first, first + round(placed.duration * track.sample_rate))
        mono = track.mono[self.section]
        waveform = resample(mono, track.sample_rate, self.sample_rate)[None]  # 1 x samples
        self.samples = waveform.shape[1]
        self.grid = CanvasGrid(placed, self.stft, self.sample_rate, self.samples)
        spectrum = self.stft.forward(waveform)[0]  # bins x frames
        cells = power(spectrum)[self.grid.bins]  # rows x frames
        loudest = float(percentile(cells.flatten(), TOP_PERCENTILE))
        self.top = placed.top if placed.top is not None else 10 * math.log10(loudest + 1e-20)
        self.range = placed.range
        self._floor = 10 ** ((self.top - self.range - _BELOW_BLACK_DB) / 10)

        def put(tensor: Tensor) -> Tensor:
            return tensor.to(self.device)

        self.track = put(waveform)
        self._track_spectrum = put(spectrum)
        self._track_cells = self._track_spectrum[self.grid.bins]
        self._track_db = put(decibels(cells, self._floor))
        painted = self.grid.paint(image.pixels)
        self._image_db = put(self.top - self.range * (1 - painted))
        brightest = min(1.0, float(percentile(painted.flatten(), TOP_PERCENTILE)))
        self.headroom = self.range * min(1 - brightest, _MOST_HEADROOM)
        """How far white lies above a rendering's loudest cells on the display, dB."""
        self._mask_rows, self._mask_columns = map(put, self.grid.cell_maps(*MASK_SHAPE))
        self._picture_maps: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}
        self._fade = put(self._edges(placed, track))
        self._image_noise = put(self._noise(spectrum, seed))
        height, width = image.pixels.shape
        rows = resampling_matrix(pixel_centres(PICTURE_SIZE, height), height)
        columns = resampling_matrix(pixel_centres(PICTURE_SIZE, width), width)
        self.target = Target(
            put((rows @ image.pixels @ columns.T).clamp(0, 1))[None, None],
            self.track,
            self.sample_rate,
        )

    def _edges(self, canvas: PlacedCanvas, track: Track) -> Tensor:
        """Fades of the hybrid where the canvas meets the untouched track, `(samples,)`."""
        length = round(_FADE_SECONDS * self.sample_rate)
        ramp = torch.hann_window(2 * length, periodic=False)[:length]
        fade = torch.ones(self.samples)
        if self.section.start > 0:
            fade[:length] = ramp
        if self.section.stop < track.samples.shape[1]:
            fade[-length:] = ramp.flip(0)
        return fade

    def starting_phase(self, share: Tensor) -> Tensor:
        """Return the phases that candidates start from, radians `(N, bins, frames)`.

        The phase of a plain crossfade: the track's where the track is louder, random where the
        image is. An image laid on the track's own phases, which line up at every attack, would
        give a click a frame, with peaks 20 dB higher for the same picture.

        Args:
            share: `(N,)` in [0, 1], how much of the image each candidate starts with.
        """
        share = share.view(-1, 1, 1)
        return ((1 - share) * self._track_spectrum + share * self._image_noise).angle()

    def _noise(self, spectrum: Tensor, seed: int) -> Tensor:
        """The image's cells, black ones elsewhere, at random phases: complex `(bins, frames)`."""
        generator = torch.Generator().manual_seed(seed)
        phase = torch.rand(spectrum.shape, generator=generator) * 2 * math.pi
        level = torch.full(spectrum.shape, self.top - self.range)
        level[self.grid.bins] = self._image_db.cpu()
        return torch.polar(torch.exp(level * _DB_TO_LN), phase)

    def crossfade(self, share: Tensor) -> Rendering:
        """Render masks that are the same everywhere, before anything is learned.

        Args:
            share: `(N,)` in [0, 1]: 0 = the track, 1 = the image.
        """
        mask = share.view(-1, 1, 1).expand(-1, *MASK_SHAPE)
        return self.render(mask, self.starting_phase(share))

    def render(self, mask: Tensor, phase: Tensor) -> Rendering:
        """Turn masks into sound.

        Args:
            mask: `(N, 128, 256)` in [0, 1]: 0 = the track's cell, 1 = the image's cell;
                row 0 = highest frequency.
            phase: radians `(N, bins, frames)`.
        """
        cells = self._mask_rows @ (mask @ self._mask_columns.T)  # N x rows x frames
        mixed_db = self._track_db + cells * (self._image_db - self._track_db)
        magnitude = torch.exp(mixed_db * _DB_TO_LN)
        angle = phase[:, self.grid.bins]
        painted = torch.complex(magnitude * angle.cos(), magnitude * angle.sin())
        below, above = self.grid.bins.start, self.stft.bins - self.grid.bins.stop
        change = pad(painted - self._track_cells, (0, 0, below, above))
        waveform = self.track + self._fade * self.stft.inverse(change, self.samples)
        return Rendering(waveform, self.stft.forward(waveform))

    def display(self, rendering: Rendering) -> Tensor:
        """Return the pictures for the eye, one pixel a cell: `picture` with the run's headroom.

        The brightest parts of an image need not be white. A viewer that makes the loudest cells
        white shows a dim one brighter than it is; here they are as bright as in the image.
        """
        return self.picture(rendering, headroom=self.headroom)

    def picture(
        self, rendering: Rendering, size: tuple[int, int] | None = None, headroom: float = 0.0
    ) -> Tensor:
        """Show renderings as a viewer would: in decibels below their own loudest cells.

        Args:
            rendering: of N masks.
            size: `(height, width)` in pixels; None: one pixel a cell.
            headroom: how far white lies above the loudest cells, dB.

        Returns:
            `(N, 1, height, width)` in [0, 1], row 0 = highest frequency.
        """
        decibel = decibels(power(rendering.spectrum[:, self.grid.bins]), self._floor)
        # No gradient flows through the percentile, but a change of level changes no picture. The
        # mean, which adds nothing to the value, takes that direction out of the gradient; else
        # "darker everywhere" turns down all cells, the top with them, and nothing gets darker.
        mean = decibel.mean((1, 2), keepdim=True)
        top = percentile(decibel.flatten(1), TOP_PERCENTILE)[:, None, None] + mean - mean.detach()
        top = top + headroom
        shades = _ClampInward.apply((decibel - top) / self.range + 1)  # type: ignore[no-untyped-call]
        rows, columns = self._maps(size or (self.grid.rows, self.grid.frames))
        picture: Tensor = rows @ shades @ columns.T
        return picture[:, None].clamp(0, 1)

    def observe(self, rendering: Rendering) -> Rendered:
        """Return what the objectives get to see and hear of a rendering."""
        picture = self.picture(rendering, (PICTURE_SIZE, PICTURE_SIZE))
        return Rendered(picture, rendering.waveform, self.sample_rate)

    def analyse(self, waveform: Tensor) -> Rendering:
        """Return the rendering whose sound is `waveform` `(N, samples)` at the working rate."""
        return Rendering(waveform, self.stft.forward(waveform))

    def _maps(self, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        if size not in self._picture_maps:
            rows, columns = self.grid.picture_maps(*size)
            self._picture_maps[size] = rows.to(self.device), columns.to(self.device)
        return self._picture_maps[size]
