"""From a mask to what is heard and seen: the signal path of MOSS.

A mask mixes each painted channel's spectrogram with the image in decibels; the result, with a
phase, goes back to a waveform; and the picture is measured on that waveform. A mixed magnitude with
an old phase is no consistent STFT, so the intended magnitudes are not what a viewer of the exported
file sees: no objective gets them. Phases are learned by the objectives' gradients like the mask.
On the benchmark that gives better fronts than one iteration of Griffin and Lim (1984,
https://doi.org/10.1109/TASSP.1984.1164317) per step, which seeks consistency and knows of no
objective.

All channels of a hybrid share one mask, and each has its own phases. They start alike where the
image is, so what is painted lies in the middle of the stereo image and does not vanish in mono.
What is learned of a phase is its offset from the track's, of which less is taken as the mask nears
0 (`part_of_offset`): where it is 0 the cell is the track's, whatever was learned of its phase.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from moss_core.errors import MossError
from moss_core.objectives import PICTURE_SIZE, Rendered, Target
from moss_core.synthesis.blend import (
    Blend,
    black_level,
    image_noise,
    joints,
    part_of_offset,
    surroundings,
)
from moss_core.synthesis.canvas import Canvas, CanvasGrid, PlacedCanvas
from moss_core.synthesis.channels import Painted, check_sounds, painted_channels
from moss_core.synthesis.inputs import Image, Track
from moss_core.synthesis.lenses import TOP_PERCENTILE, Lens, Sight, sights_of, white_percentile
from moss_core.synthesis.sound import resample
from moss_core.synthesis.spectrogram import decibels, percentile, resize
from moss_core.synthesis.stft import STFT, power, wrapped

MASK_SHAPE = (128, 256)
_BELOW_BLACK_DB = 40.0
_MOST_HEADROOM = 0.5  # of the range: of an image that is almost black, the track is to be seen
_LEAST_PART = 1e-3


class HybridModel:
    """Renders masks on one or two images, one track and one canvas.

    Args:
        images: the target picture; or two, for the left and for the right channel.
        track: the target audio.
        canvas: where the image is painted.
        fft_size: of the STFT, in samples at the working rate; the hop is a quarter.
        working_rate: Hz; None: the lowest standard rate that holds the canvas.
        device: where the tensors live.
        seed: of the phases in parts of the track that are silent and have none of their own.
        channels: which of the track's channels are painted (`CHANNEL_CHOICES`).
        lenses: how the pictures that objectives see are analysed; MOSS's own alone by default.
        blend: how the image sits in the song.
        painted: the painted channels, where they are known; `channels` is not looked at then.
    """

    def __init__(
        self,
        images: Image | Sequence[Image],
        track: Track,
        canvas: Canvas,
        fft_size: int = 1024,
        working_rate: int | None = None,
        device: torch.device | str = "cpu",
        seed: int = 0,
        channels: str = "every",
        lenses: Sequence[Lens] = (),
        blend: Blend | None = None,
        painted: Painted | None = None,
    ) -> None:
        self.blend = blend = blend or Blend()
        images = [images] if isinstance(images, Image) else images
        self.canvas = placed = canvas.on(track)
        self.stft = STFT(fft_size, fft_size // 4)
        self.sample_rate = working_rate or min(placed.working_rate, track.sample_rate)
        _check_rate(self.sample_rate, placed, track)
        self.device = torch.device(device)
        self.section = placed.section(track.sample_rate)
        section = track.samples[:, self.section]
        check_sounds(section, placed.start, placed.duration)
        self.painted = painted or painted_channels(section, channels, len(images))
        waveform = resample(self.painted.take @ section, track.sample_rate, self.sample_rate)
        self.samples = waveform.shape[1]
        self.grid = CanvasGrid(placed, self.stft, self.sample_rate, self.samples)
        self.frames = self.grid.frames
        spectrum = self.stft.forward(waveform)  # P x bins x frames
        cells = power(spectrum[:, self.grid.bins])  # P x rows x frames
        own = 10 * torch.log10(percentile(cells.flatten(1), TOP_PERCENTILE) + 1e-20)
        top = own if placed.top is None else torch.full_like(own, placed.top)
        self.top = float(top.max())
        """Where white is painted, dB: in the loudest of the painted channels."""
        self.range = placed.range
        self._floor = 10 ** ((float(top.min()) - self.range - _BELOW_BLACK_DB) / 10)

        def put(tensor: Tensor) -> Tensor:
            return tensor.to(self.device)

        self.track = put(waveform)
        """The painted channels, `(P, samples)` at the working rate."""
        self._hear = put(self.painted.hear)
        self._track_spectrum = put(spectrum)
        self._track_phase = put(spectrum.angle())
        self._track_db = put(decibels(cells, self._floor))
        shown = torch.stack([self.grid.paint(image.pixels) for image in images])
        own_image = shown[list(self.painted.images[: len(waveform)])]
        black = self._black(track, top)
        self._white_db = put(top[:, None, None])
        self._image_db = self._white_db + put(black * (1 - own_image))
        self.loudest = white_percentile(shown)
        """The percentile of a rendering's cells that objectives see as white."""
        brightest = min(1.0, float(percentile(shown.flatten()[None], self.loudest)))
        self.headroom = self.range * min(1 - brightest, _MOST_HEADROOM)
        """How far white lies above a rendering's loudest cells on the display, dB."""
        self._mask_rows, self._mask_columns = map(put, self.grid.cell_maps(*MASK_SHAPE))
        ends = self.section.start > 0, self.section.stop < track.samples.shape[1]
        self._fade = put(joints(self.samples, self.sample_rate, *ends))
        self._soft = put(blend.edges(*self.grid.cell_places))
        noise = image_noise(self._image_db.cpu(), self.grid.bins, self.stft.bins, seed)
        self._image_noise = put(noise)
        size = self.sample_rate, self.samples, self.device, self.loudest
        self._own_sight = Sight(Lens("moss", fft_size / self.sample_rate), placed, *size)
        self.sights = sights_of(lenses, placed, *size) or (self._own_sight,)
        """How the pictures that objectives see are analysed."""
        self.targets = self._make_targets(images, black)
        """What each sound that is heard is compared with, in the order of `painted.heard`."""

    @property
    def parts(self) -> tuple[HybridModel, ...]:
        """The images that are placed on the track: itself."""
        return (self,)

    def split(self, sound: Tensor) -> tuple[tuple[HybridModel, Tensor], ...]:
        """Return the parts with what of a sound `(..., samples)` is theirs."""
        return ((self, sound),)

    @property
    def stretches(self) -> tuple[slice, ...]:
        """What of the track's samples the canvases cover."""
        return (self.section,)

    def part_of(self, heard: int) -> tuple[HybridModel, int]:
        """Return the part that a sound of `painted.heard` belongs to, and its number there."""
        return self, heard

    def _make_targets(self, images: Sequence[Image], black: Tensor) -> tuple[Target, ...]:
        side = PICTURE_SIZE, PICTURE_SIZE
        darkest = 1 + self.grid.picture_maps(*side)[0] @ black / self.range  # side x 1
        pictures = [
            torch.lerp(darkest, torch.ones(side), resize(image.pixels, *side).clamp(0, 1))
            for image in images
        ]
        pictures = [picture[None, None].to(self.device) for picture in pictures]
        sounds = self._hear @ self.track
        return tuple(
            Target(pictures[image], sound[None], self.sample_rate)
            for image, sound in zip(self.painted.images, sounds, strict=True)
        )

    def _black(self, track: Track, tops: Tensor) -> Tensor:
        """Return how far black lies below white in each row, dB `(rows, 1)`."""
        around = [
            resample(self.painted.take @ piece, track.sample_rate, self.sample_rate)
            for piece in surroundings(track.samples, self.section, track.sample_rate)
            if piece.shape[1]
        ]
        level = black_level(around, tops, self.blend.below, self.range, self.stft, self.sample_rate)
        return level[self.grid.bins, None]

    def starting_offsets(self, share: Tensor) -> Tensor:
        """Return the phase offsets that candidates start from, radians `(N, P, bins, frames)`.

        They give the phase of a plain crossfade: the track's where the track is louder, random
        where the image is. An image laid on the track's own phases, which line up at every attack,
        would give a click a frame, with peaks 20 dB higher for the same picture.

        Args:
            share: `(N,)` in [0, 1], how much of the image each candidate starts with.
        """
        share = share.view(-1, 1, 1, 1)
        mixed = (1 - share) * self._track_spectrum + share * self._image_noise
        return self.offsets_to(mixed.angle(), share)

    def offsets_to(self, phase: Tensor, mask: Tensor) -> Tensor:
        """Return the offsets that give these phases, radians, where masks are as given."""
        part = part_of_offset(mask).clamp(min=_LEAST_PART)
        return wrapped(phase - self._track_phase) / part

    def crossfade(self, share: Tensor) -> Tensor:
        """Render masks that are the same everywhere, before anything is learned.

        Args:
            share: `(N,)` in [0, 1]: 0 = the track, 1 = the image.

        Returns: the painted channels, as `render` does.
        """
        mask = share.view(-1, 1, 1).expand(-1, *MASK_SHAPE)
        return self.render(mask, self.starting_offsets(share))

    def render(self, mask: Tensor, offset: Tensor, channels: slice = slice(None)) -> Tensor:
        """Turn masks into sound.

        Args:
            mask: `(N, 128, 256)` in [0, 1]: 0 = the track's cell, 1 = the image's cell;
                row 0 = highest frequency.
            offset: of the phases of these channels from the track's, where the mask is 1, radians
                `(N, Q, bins, frames)`.
            channels: which Q of the painted channels.

        Returns:
            Those channels, `(N, Q, samples)` at the working rate.
        """
        return self.render_cells(self.on_cells(mask), offset, channels)

    def on_cells(self, mask: Tensor) -> Tensor:
        """Return masks on the canvas's cells, `(N, rows, frames)`, row 0 = lowest frequency."""
        upsampled: Tensor = self._mask_rows @ (mask @ self._mask_columns.T)
        return upsampled * self._soft

    def render_cells(self, cells: Tensor, offset: Tensor, channels: slice) -> Tensor:
        """Turn masks that are `on_cells` into sound; see `render`."""
        count, cells = len(cells), cells[:, None]  # N x 1 x rows x frames
        bins = self.grid.bins
        angle = self._track_phase[channels, bins] + part_of_offset(cells) * offset[:, :, bins]
        change = self.blend.change(
            cells,
            self._track_spectrum[channels, bins],
            self._track_db[channels],
            self._image_db[channels],
            self._white_db[channels],
            angle,
        )
        sound = self.stft.inverse(self.in_bins(change).flatten(0, 1), self.samples)
        return self.track[channels] + self._fade * sound.view(count, -1, self.samples)

    def in_bins(self, cells: Tensor) -> Tensor:
        """Return cells `(..., rows, frames)` among all bins, `(..., bins, frames)`; 0 elsewhere."""
        bins = self.grid.bins
        return pad(cells, (0, 0, bins.start, self.stft.bins - bins.stop))

    @property
    def one_image(self) -> bool:
        """Whether all painted channels show the same."""
        return len(set(self.painted.images)) == 1

    def needed(self, heard: int) -> slice:
        """Return which painted channels a sound that is heard is made of."""
        return slice(heard, heard + 1) if heard < len(self.track) else slice(None)

    def mix(self, channels: Tensor, heard: int) -> Tensor:
        """Return a sound that is heard, `(N, samples)`, from the `needed` channels."""
        return torch.einsum("ncs,c->ns", channels, self._hear[heard, self.needed(heard)])

    def heard(self, channels: Tensor, heard: int) -> Tensor:
        """Return a sound that is heard, `(N, samples)`, from all painted channels."""
        return self.mix(channels[:, self.needed(heard)], heard)

    def display(self, sound: Tensor) -> Tensor:
        """Return pictures for the eye, one pixel a cell, through MOSS's own lens.

        The brightest parts of an image need not be white. A viewer that makes the loudest cells
        white shows a dim one brighter than it is; here they are as bright as in the image.

        Args:
            sound: `(N, samples)` at the working rate.
        """
        return self._own_sight.picture(sound, self._floor, headroom=self.headroom)

    def picture(self, sound: Tensor, sight: Sight | None = None) -> Tensor:
        """Return pictures as objectives see them, `(N, 1, 256, 256)` in [0, 1], row 0 = top.

        Args:
            sound: `(N, samples)` at the working rate.
            sight: one of `sights`; MOSS's own by default.
        """
        side = PICTURE_SIZE, PICTURE_SIZE
        return (sight or self._own_sight).picture(sound, self._floor, side)

    def observe(self, sound: Tensor, sight: Sight | None = None) -> Rendered:
        """Return what the objectives get to see and hear of sounds `(N, samples)`."""
        return Rendered(self.picture(sound, sight), sound, self.sample_rate)


def _check_rate(rate: int, canvas: PlacedCanvas, track: Track) -> None:
    if not 2 * canvas.high <= rate <= track.sample_rate:
        raise MossError(
            "working_rate",
            f"must be {2 * canvas.high:g} (twice the canvas's high) to {track.sample_rate} Hz "
            "(the track's rate)",
            f"{rate} Hz",
            "Leave it out to have it chosen.",
        )
