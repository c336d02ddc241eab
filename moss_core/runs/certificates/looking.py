"""Through which programs one looks at a file, at what in it, and whether it is bright enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from torch import Tensor

from moss_core.objectives import OWN_VIEWER, Viewer
from moss_core.synthesis import PlacedCanvas, Track, channel_names, percentile

MARGIN = 1.0
"""Seconds before and after the canvas that are looked at with it, for codecs to settle in."""
_BRIGHTEST = 99.5  # percentile that is to be as bright as in the image
_WHITE, _MOST_WHITE = 0.98, 0.05  # share of a picture that is white where the image is not


@dataclass(frozen=True)
class Shown:
    """One of the pictures that a program shows.

    Args:
        viewer: the program.
        row: which one of those that `see` returns for it.
        channel: its name.
        images: which images it may be of.
    """

    viewer: Viewer
    row: int
    channel: str
    images: tuple[int, ...]


def fitted(viewer: Viewer, canvas: PlacedCanvas) -> Viewer:
    """Return a viewer for a canvas: MOSS's own analyses at a rate that holds it."""
    if viewer.name == OWN_VIEWER and viewer.rate and viewer.rate < 2 * canvas.high:
        return replace(viewer, rate=canvas.working_rate)
    return viewer


def look(viewer: Viewer) -> Viewer:
    """Return what matters of a viewer to how it shows a canvas, the same for those that agree.

    Audacity has several scales, and shows a canvas on the canvas's own.
    """
    return replace(
        viewer,
        name="look",
        label="look",
        reference="look",
        axis="linear",
        low=0.0,
        high=None,
        colours="gray",
        settings="",
        gain="",
    )


def pictures_shown(
    viewers: Iterable[Viewer], sounding: Sequence[int], channels: int, images: int
) -> list[Shown]:
    """Return which pictures programs show of a file.

    Args:
        viewers: the programs.
        sounding: indices of the channels that are to show an image.
        channels: how many the file has.
        images: 1, or 2: the first is then the first channel's, and the second the second's. The
            mono mix may show either.
    """
    names, both = channel_names(channels), tuple(range(images))
    found = []
    for viewer in viewers:
        if viewer.channel == "mix":
            found.append(Shown(viewer, 0, "mono mix" if channels > 1 else names[0], both))
        elif viewer.channel == "first":
            found.append(Shown(viewer, 0, names[0], (0,)))
        else:
            found += [
                Shown(viewer, row, names[row], (row if images == 2 else 0,))
                for row in sounding
                if images == 1 or row < 2
            ]
    return found


def sounding(samples: Tensor, rate: int, canvas: PlacedCanvas) -> list[int]:
    """Return the indices of the channels `(C, samples)` that are not silent in the canvas."""
    loud = samples[:, canvas.section(rate)].any(1)
    return [index for index, sounds in enumerate(loud.tolist()) if sounds]


def cut(
    sound: Track, canvas: PlacedCanvas, viewers: Iterable[Viewer], rates: Iterable[int]
) -> tuple[Tensor, PlacedCanvas]:
    """Return the canvas's part of a sound with margins, and the canvas's place in it.

    Programs place their frames by the beginning of the file: the cut is where all of them have one,
    at each of the `rates` (Hz) that the sound is to have.
    """
    step = 1
    for viewer in viewers:
        for rate in rates if viewer.hop else ():
            hop = Fraction(viewer.hop or 1, viewer.rate_for(rate)) * sound.sample_rate
            step = math.lcm(step, hop.numerator, Fraction(sound.sample_rate, rate).numerator)
    first = max(0, int((canvas.start - MARGIN) * sound.sample_rate)) // step * step
    last = math.ceil((canvas.start + canvas.duration + MARGIN) * sound.sample_rate)
    moved = replace(canvas, start=canvas.start - first / sound.sample_rate)
    return sound.samples[:, first:last], moved


def every_level(viewer: Viewer) -> Viewer:
    """Return a viewer that shows levels which are white or black in this one."""
    return replace(viewer, white=20.0, range=200.0)


def is_clipped(viewer: Viewer, picture: Tensor, image: Tensor) -> bool:
    """Return whether a picture has too much white, or nothing but black, to tell its level."""
    if viewer.white is None:
        return False
    white = [float((shown >= _WHITE).float().mean()) for shown in (picture, image)]
    return white[0] > white[1] + _MOST_WHITE or _brightest(picture) <= 0


def brighter(viewer: Viewer, picture: Tensor, image: Tensor, drawn_by: Viewer) -> float:
    """Return by how many dB white must move down for a picture to be as bright as its image.

    Args:
        viewer: the program.
        picture: that it shows, drawn by it or by its `every_level`.
        image: `(256, 256)` in [0, 1].
        drawn_by: the one that drew the picture.

    Returns:
        below 0: up; 0 where white is that of the loudest cells anyway.
    """
    if viewer.white is None or drawn_by.white is None:
        return 0.0
    level = drawn_by.white - (1 - _brightest(picture)) * drawn_by.range
    wanted = level + (1 - _brightest(image)) * viewer.range
    return viewer.white - wanted


def _brightest(picture: Tensor) -> float:
    return float(percentile(picture.flatten()[None], _BRIGHTEST))
