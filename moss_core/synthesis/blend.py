"""How an image sits in the song: what it may change of a track's cells, how black its black is,
and how soft its edges are.

Where a canvas is a part of a song, black as silence is a black block in it. What lies around the
canvas tells which level is dark there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d

from moss_core.errors import MossError
from moss_core.synthesis.spectrogram import decibels
from moss_core.synthesis.stft import STFT, power

Mode = Literal["mix", "glow", "carve"]
MODES: tuple[str, ...] = get_args(Mode)
MOST_BLACK = 140.0
MOST_SOFT = 0.5
_SECONDS_AROUND = 5.0  # before and after a canvas
_JOINT_SECONDS = 0.02
_DB_TO_LN = math.log(10) / 20
_LEAST_CONTRAST_DB = 30.0
_LEAST_FRAMES = 8
_SMOOTHED_HERTZ = 300.0


@dataclass(frozen=True)
class Blend:
    """How an image sits in the song.

    Args:
        mode: "mix" (a cell goes from the track to the image, louder or quieter), "glow" (the image
            is added where it is louder; the track stays everywhere) or "carve" (the track is turned
            down where the image is darker; nothing is added and nothing gets louder).
        black: how far the image's black lies below what is usual around the canvas, dB, 0 to 140:
            0 is as dark as the music around, more than the canvas's range is silence. None: 0 for
            "mix", silence for the others, which leave the track where they have nothing to do.
        soft_time: over which part of the canvas's width the image fades in at its left edge, and
            out at its right one, 0 to 0.5.
        soft_frequency: likewise of its height, at its lower and upper edge.

    Raises:
        MossError: for another value.
    """

    mode: str = "mix"
    black: float | None = None
    soft_time: float = 0.0
    soft_frequency: float = 0.0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise MossError(
                "blend mode", f"must be one of {', '.join(MODES)}", repr(self.mode), "Use mix."
            )
        if self.black is not None and not 0 <= self.black <= MOST_BLACK:
            raise MossError(
                "black level",
                f"must be 0 to {MOST_BLACK:g} dB below the surroundings",
                f"{self.black:g} dB",
                "Use 0, which is as dark as the music around.",
            )
        for name in ("soft_time", "soft_frequency"):
            if not 0 <= (found := getattr(self, name)) <= MOST_SOFT:
                rule = f"must be 0 to {MOST_SOFT:g} of the canvas"
                raise MossError(name.replace("_", " "), rule, found, "Use 0, a hard edge.")

    @property
    def below(self) -> float:
        """How far black lies below the surroundings, dB, the mode's own where none is set."""
        if self.black is not None:
            return self.black
        return 0.0 if self.mode == "mix" else MOST_BLACK

    def edges(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Return how much of a mask counts at each cell, `(rows, frames)` in [0, 1].

        Args:
            rows: where the rows lie from the lower (0) to the upper (1) edge.
            columns: where the frames lie from the left (0) to the right (1) edge.
        """
        return torch.outer(_fade(rows, self.soft_frequency), _fade(columns, self.soft_time))

    def change(
        self,
        mask: Tensor,
        track: Tensor,
        track_db: Tensor,
        image_db: Tensor,
        white: Tensor,
        angle: Tensor,
    ) -> Tensor:
        """Return what a mask changes of the track's cells, complex `(N, P, rows, frames)`.

        Args:
            mask: `(N, 1, rows, frames)` in [0, 1].
            track: the track's cells, complex `(P, rows, frames)`.
            track_db: their level, dB.
            image_db: the image's, dB.
            white: level of white, dB `(P, 1, 1)`; what of the track is louder is as white.
            angle: phases of what is painted, radians `(N, P, rows, frames)`; in "carve" they stay
                the track's.
        """
        if self.mode == "carve":
            darker = (image_db - torch.minimum(track_db, white)).clamp(max=0)
            gain = torch.exp(mask * darker * _DB_TO_LN)
            # The angle has no part in it; its gradient is 0, and not missing.
            return track * (gain - 1) + 0 * angle
        toward = image_db - track_db
        if self.mode == "glow":
            louder = torch.exp((track_db + mask * toward.clamp(min=0)) * _DB_TO_LN)
            return torch.polar(louder - torch.exp(track_db * _DB_TO_LN), angle)
        magnitude = torch.exp((track_db + mask * toward) * _DB_TO_LN)
        return torch.complex(magnitude * angle.cos(), magnitude * angle.sin()) - track


def black_level(
    pieces: Sequence[Tensor], tops: Tensor, below: float, dynamic: float, stft: STFT, rate: int
) -> Tensor:
    """Return how far an image's black lies below its white in each bin, dB `(bins,)`.

    Args:
        pieces: the track before and after the canvas, `(P, samples)` each; black is silence where
            they are shorter than a few frames together.
        tops: level of white in the P channels, dB.
        below: how far black lies below what is usual around, dB.
        dynamic: from black that is silence to white, dB.
        stft: of the cells.
        rate: of the pieces, Hz.
    """
    silence = float(tops.min()) - dynamic
    floor = 10 ** (silence / 10 - 4)
    long_enough = (piece for piece in pieces if piece.shape[-1] > stft.fft_size)
    levels = [decibels(power(stft.forward(piece)), floor) for piece in long_enough]
    if sum(level.shape[-1] for level in levels) < _LEAST_FRAMES:
        return torch.full((stft.bins,), -dynamic)
    usual = torch.cat(levels, dim=-1).median(-1).values  # P x bins
    reach = round(_SMOOTHED_HERTZ * stft.fft_size / rate)
    smooth = avg_pool1d(usual, 2 * reach + 1, 1, reach, count_include_pad=False)
    level = (smooth - tops[:, None]).mean(0) - below
    return level.clamp(-dynamic, -min(_LEAST_CONTRAST_DB, dynamic))


def surroundings(samples: Tensor, section: slice, sample_rate: int) -> tuple[Tensor, Tensor]:
    """Return what lies before and after a section of `(channels, samples)`, some seconds each."""
    reach = round(_SECONDS_AROUND * sample_rate)
    return (
        samples[:, max(0, section.start - reach) : section.start],
        samples[:, section.stop : section.stop + reach],
    )


def image_noise(levels: Tensor, bins: slice, count: int, seed: int) -> Tensor:
    """Return an image's cells, black ones elsewhere, at random phases.

    The phases are those of every channel, so that the image does not vanish in mono.

    Args:
        levels: of the image's cells, dB `(P, rows, frames)`.
        bins: where its rows lie.
        count: of all bins.
        seed: of the phases.

    Returns: complex `(P, bins, frames)`.
    """
    generator = torch.Generator().manual_seed(seed)
    shape = (len(levels), count, levels.shape[2])
    phase = torch.rand(shape[1:], generator=generator) * math.tau
    level = levels.amin((1, 2), keepdim=True).expand(shape).clone()
    level[:, bins] = levels
    return torch.polar(torch.exp(level * _DB_TO_LN), phase.expand(shape))


def part_of_offset(mask: Tensor) -> Tensor:
    """Return how much of a phase's offset is taken at these masks: 0 at 0, half at 0.08."""
    kept = (1 - mask).square().square()
    return 1 - kept.square()


def joints(samples: int, sample_rate: int, begins: bool, ends: bool) -> Tensor:
    """Return fades `(samples,)` of a hybrid where it meets the untouched track.

    Args:
        samples: length of the canvas.
        sample_rate: Hz.
        begins: whether the track goes on before the canvas.
        ends: whether it does after it.
    """
    length = round(_JOINT_SECONDS * sample_rate)
    ramp = torch.hann_window(2 * length, periodic=False)[:length]
    fade = torch.ones(samples)
    if begins:
        fade[:length] = ramp
    if ends:
        fade[-length:] = ramp.flip(0)
    return fade


def _fade(places: Tensor, width: float) -> Tensor:
    """Return a Hann fade over `width` at both ends of [0, 1]."""
    if not width:
        return torch.ones_like(places)
    nearest = torch.minimum(places, 1 - places).clamp(0, width)
    return 0.5 - 0.5 * torch.cos(math.pi * nearest / width)
