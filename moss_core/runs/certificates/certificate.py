"""A certificate: what a sound file shows in each program, and how well that is the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from torch import Tensor

from moss_core.objectives import Viewer
from moss_core.runs.certificates.codec import Codec
from moss_core.synthesis import PlacedCanvas

SCORED_BY = "lpips"
"""The objective that scores are made of."""
SEEN = 50.0
"""The score from which on an image counts as seen, %."""
SCORE_WORDS = (
    "Score: 100 % x (1 - LPIPS), 0 to 100. LPIPS is a distance between two pictures learned from "
    "what people find alike: 0 = the image itself. From 50 % on the image counts as seen; noise "
    "alone has 5 to 15 %, a track without it 20 to 30 %. SSIM is the structural similarity, 1 = "
    "the image itself."
)


@dataclass(frozen=True)
class Entry:
    """What one program shows of one channel of a file after one codec.

    Args:
        viewer: the program.
        channel: the name of what it shows: a channel, or the mono mix.
        codec: what happened to the file on its way.
        image: which of the images it is compared with, counted from 0.
        losses: by the names of image objectives, 0 = the image; NaN for one that failed.
        picture: of the canvas, `(256, 256)` in [0, 1], row 0 = highest frequency.
    """

    viewer: Viewer
    channel: str
    codec: Codec
    image: int
    losses: Mapping[str, float]
    picture: Tensor = field(repr=False, compare=False)

    @property
    def score(self) -> float:
        """How well the image is seen, %: 100 x (1 - LPIPS), clipped to 0 to 100."""
        return min(100.0, max(0.0, 100 * (1 - self.losses[SCORED_BY])))

    @property
    def ssim(self) -> float:
        """The structural similarity to the image, 1 = alike; NaN if it was not measured."""
        return 1 - self.losses.get("ssim", float("nan"))

    @property
    def place(self) -> str:
        """Where this is seen, in words: program, channel, and the codec if there is one."""
        words = [self.viewer.label]
        if self.channel != "mono":
            plain = self.channel.startswith("channel") or self.channel == "mono mix"
            words.append(self.channel if plain else f"{self.channel} channel")
        if self.codec.kind or self.codec.rate:
            words.append(self.codec.label)
        return ", ".join(words)


@dataclass(frozen=True)
class Certificate:
    """What a sound file shows.

    Args:
        sound: the file's name.
        images: the names of the one image or two that it is to show.
        targets: these as they are compared with, `(256, 256)` in [0, 1], row 0 = top.
        canvas: where it is to show them.
        entries: viewer by viewer, in each channel by channel, in each codec by codec; at least one.
        brighter: for each viewer, by how many dB its white must move down for the image to be as
            bright as it is (below 0: up); 0 where that is less than 6 dB, or where white is that of
            the loudest cells anyway.
        remarks: what was left out, and why.
    """

    sound: str
    images: tuple[str, ...]
    targets: tuple[Tensor, ...] = field(repr=False, compare=False)
    canvas: PlacedCanvas
    entries: tuple[Entry, ...]
    brighter: Mapping[str, float]
    remarks: tuple[str, ...] = ()

    @cached_property
    def best(self) -> Entry:
        """The entry with the highest score."""
        return max(self.entries, key=lambda entry: entry.score)

    @cached_property
    def worst(self) -> Entry:
        """The entry with the lowest score."""
        return min(self.entries, key=lambda entry: entry.score)

    @cached_property
    def viewers(self) -> tuple[Viewer, ...]:
        """The programs, each once."""
        return tuple({entry.viewer.name: entry.viewer for entry in self.entries}.values())

    @cached_property
    def codecs(self) -> tuple[Codec, ...]:
        """The codecs, each once."""
        return tuple({entry.codec.name: entry.codec for entry in self.entries}.values())

    @cached_property
    def seen_in(self) -> tuple[Viewer, ...]:
        """The programs that show the image in all that they show of the file before any codec."""
        first = [entry for entry in self.entries if entry.codec == self.codecs[0]]
        dark = {entry.viewer.name for entry in first if entry.score < SEEN}
        return tuple(viewer for viewer in self.viewers if viewer.name not in dark)

    @property
    def headline(self) -> str:
        """The certificate in a line."""
        count = len(self.viewers)
        return (
            f"Seen in {len(self.seen_in)} of {count} program{'s' * (count > 1)}: "
            f"best {self.best.score:.0f} % ({self.best.place}), "
            f"worst {self.worst.score:.0f} % ({self.worst.place})"
        )

    def settings(self, viewer: Viewer) -> str:
        """Return how to set a program to see the image best, in words to copy."""
        canvas, end = self.canvas, self.canvas.start + self.canvas.duration
        brighter = self.brighter.get(viewer.name, 0.0)
        return viewer.settings_for(canvas.low, canvas.high, canvas.start, end, brighter)

    def warning(self, viewer: Viewer) -> str:
        """Return what is wrong with the brightness there, with the remedy; "" if nothing is."""
        change = self.brighter.get(viewer.name, 0.0)
        if not change:
            return ""
        how = "hardly visible: the sound is" if change > viewer.range / 2 else "dark: the sound is"
        words = f"{how} {change:.0f} dB below its white."
        if change < 0:
            words = f"over-exposed: the sound is {-change:.0f} dB above its white."
        gain = viewer.settings_for(0, 0, 0, 0, change).removeprefix(viewer.settings_for(0, 0, 0, 0))
        return f"{words}{gain}"
