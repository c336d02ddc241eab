"""Which channels of a track are painted, and how what is painted goes back into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from moss_core.errors import MossError

Channels = Literal["every", "mono", "left", "right", "sides"]
CHANNEL_CHOICES: tuple[str, ...] = get_args(Channels)
"""What may be painted: every channel, their mono mix (added to each alike), the left one, the right
one, or the sides, which is what the left one has and the right one has not: it vanishes in mono."""

_BLOCK = 1 << 20
_NAMES = {
    1: ("mono",),
    2: ("left", "right"),
    6: ("left", "right", "centre", "bass", "left rear", "right rear"),
}


@dataclass(frozen=True)
class Painted:
    """P painted channels of a track of C channels, and the H sounds that people hear and see.

    Args:
        names: of the painted ones.
        take: `(P, C)`: `take @ samples` are the painted channels of a sound.
        give: `(C, P)`: `give @ change` is what a change of them changes in the sound.
        hear: `(H, P)`: `hear @ painted` is what is measured: each painted channel, and the mono mix
            of all where several are painted with one image.
        heard: their names.
        images: for each of the H sounds, which image it shows, counted from 0.
    """

    names: tuple[str, ...]
    take: Tensor
    give: Tensor
    hear: Tensor
    heard: tuple[str, ...]
    images: tuple[int, ...]


def channel_names(count: int) -> tuple[str, ...]:
    """Return what people call the channels of a sound that has so many."""
    return _NAMES.get(count) or tuple(f"channel {number + 1}" for number in range(count))


def channel_choices(samples: Tensor) -> tuple[str, ...]:
    """Return what of `CHANNEL_CHOICES` a sound allows, the usual first.

    Args:
        samples: `(C, samples)`, of a track.
    """
    if len(samples) == 1:
        return CHANNEL_CHOICES[:1]
    return tuple(choice for choice in CHANNEL_CHOICES if _allows(samples, choice))


def allows_two_images(samples: Tensor) -> bool:
    """Return whether the first two channels of a sound may show an image each."""
    return _allows(samples, "every", images=2)


def _allows(samples: Tensor, choice: str, images: int = 1) -> bool:
    try:
        painted_channels(samples, choice, images)
    except MossError:
        return False
    return True


def painted_channels(samples: Tensor, choice: str, images: int = 1) -> Painted:
    """Return which channels of a sound are painted.

    Channels that are equal become one, and a silent one stays silent where others are not.

    Args:
        samples: `(C, samples)`, of the canvas.
        choice: one of `CHANNEL_CHOICES`.
        images: 2: the first channel shows one, the second the other.

    Raises:
        MossError: for a choice that the sound has no channels for, or that is silent in it.
    """
    painted = _chosen(samples, choice, images)
    silent = _silent(painted, samples)
    if silent and bool(samples.any()):
        raise MossError(
            "channels",
            "must be such that sound on the canvas",
            f"silence in {' and '.join(silent)}",
            "Choose every channel, or another part of the track.",
        )
    return painted


def _silent(painted: Painted, samples: Tensor) -> list[str]:
    """Return the names of the painted channels of a sound that are silent."""
    sounding = torch.zeros(len(painted.names), dtype=torch.bool)
    # Most sound from the first block on; a long song is not looked through for it.
    for block in torch.split(samples, _BLOCK, dim=1):
        sounding |= (painted.take @ block).any(1)
        if bool(sounding.all()):
            break
    return [
        name for name, sounds in zip(painted.names, sounding.tolist(), strict=True) if not sounds
    ]


def check_sounds(samples: Tensor, start: float, duration: float) -> None:
    """Raise `MossError` if the part of a track under a canvas `(C, samples)` is pure silence.

    Args:
        samples: of the part.
        start: of the canvas, seconds.
        duration: of it, seconds.
    """
    if not bool(samples.any()):
        raise MossError(
            "canvas",
            "must lie where the track sounds",
            f"pure silence from {start:.2f} to {start + duration:.2f} s",
            "Move it, or make it longer.",
        )


def _chosen(samples: Tensor, choice: str, images: int) -> Painted:
    count, names = len(samples), channel_names(len(samples))
    if choice not in CHANNEL_CHOICES:
        raise MossError(
            "channels", f"must be one of {', '.join(CHANNEL_CHOICES)}", repr(choice), "Use every."
        )
    least = 2 if images == 2 or choice in ("left", "right", "sides") else 1
    if count < least:
        raise MossError(
            "channels",
            f"must be every or mono, with one image, for a track with {count} channel",
            "two images" if images == 2 else choice,
            "Choose every channel and one image, or a stereo track.",
        )
    if images == 2:
        if choice != "every":
            raise MossError(
                "channels", "must be every where there are two images", choice, "Use every."
            )
        return _alone([0, 1], [[0], [1]], names, (0, 1))
    if choice in ("left", "right"):
        index = ("left", "right").index(choice)
        return _alone([index], [[index]], names, (0,))
    if choice == "every":
        groups = _distinct(samples)
        return _alone([group[0] for group in groups], groups, names, (0,) * len(groups))
    take, give = torch.full((1, count), 1 / count), torch.ones(count, 1)
    if choice == "sides":
        take, give = torch.zeros(1, count), torch.zeros(count, 1)
        take[0, :2] = torch.tensor([0.5, -0.5])
        give[:2, 0] = torch.tensor([1.0, -1.0])
    name = "mono mix" if choice == "mono" and count > 1 else choice
    return Painted((name,), take, give, torch.ones(1, 1), (name,), (0,))


def _alone(
    first: list[int], groups: list[list[int]], names: tuple[str, ...], images: tuple[int, ...]
) -> Painted:
    """Channels that are painted one by one, each for all that are equal to it."""
    take = torch.eye(len(names))[first]
    give = torch.zeros(len(names), len(groups))
    for column, group in enumerate(groups):
        give[group, column] = 1
    called = tuple(names[index] for index in first)
    if len(set(images)) > 1 or len(groups) == 1:
        return Painted(called, take, give, torch.eye(len(groups)), called, images)
    hear = torch.cat([torch.eye(len(groups)), give.mean(0, keepdim=True)])
    return Painted(called, take, give, hear, (*called, "mono mix"), (*images, 0))


def _distinct(samples: Tensor) -> list[list[int]]:
    """Return the indices of the channels that sound, those that are equal together."""
    groups: list[list[int]] = []
    for index, channel in enumerate(samples):
        same = (group for group in groups if torch.equal(samples[group[0]], channel))
        known = next(same, None)
        if known is None:
            groups.append([index])
        else:
            known.append(index)
    return [group for group in groups if bool(samples[group[0]].any())] or groups
