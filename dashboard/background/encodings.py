"""Pictures and sounds of candidates, encoded for a page, and kept while they may be asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from torch import Tensor

from background.snapshots import Pin, Shown, Snapshot
from moss_core.errors import MossError
from moss_core.machine import on_one_core
from moss_core.objectives import Viewer
from moss_core.optimization import Run
from moss_core.runs import WidthMeter, ear_safety, hybrid_on
from moss_core.synthesis import (
    HybridModel,
    encode_flac,
    encode_picture,
    encode_preview,
    loudness,
    see,
    shrink,
)
from sources.kept import Kept
from sources.sound import Sound

_Made = TypeVar("_Made")

MAX_KEPT_BYTES = 128_000_000
AHEAD_BYTES = 48_000_000
"""How much of one run is encoded ahead while it rests."""
_THUMBNAIL_AREA = 5400.0
"""Of a thumbnail, in pixels; it has the shape of the canvas."""


class Encodings:
    """The pictures and sounds of one run's candidates, each encoded once a rendering.

    They go with the run.

    Args:
        kept: where they are kept, with those of other runs.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._run: Run | None = None
        self._known = object()

    def take_up(self, run: Run | None) -> None:
        """Encode what is rendered of this run from now on; None: of none any more."""
        self._run, self._known = run, object()

    def rendered(self, candidate: int, snapshot: Snapshot) -> tuple[Run, Tensor]:
        """Return the run, and a candidate's channels `(P, samples)` at a snapshot's step.

        Raises:
            MossError: if it was not rendered yet.
        """
        run, state = self._run, snapshot.state
        if run is None or state is None or candidate >= len(state.waveform):
            raise MossError(
                f"candidate {snapshot.front.number(candidate)}",
                "must have been rendered",
                "not yet",
                "Wait for the next step.",
            )
        return run, state.waveform[candidate]

    def encoded(
        self,
        encode: Callable[[Run, Tensor, Shown], bytes],
        candidate: int,
        snapshot: Snapshot,
        shown: Shown,
    ) -> bytes:
        """Return what `encode` makes of a candidate's channels at a snapshot's step."""
        run, waveform = self.rendered(candidate, snapshot)
        key = (encode, candidate, snapshot.rendered_at(candidate), shown)
        return self._once(run, key, lambda: encode(run, waveform, shown))

    def of_run(self, encode: Callable[[Run, Shown], bytes], shown: Shown) -> bytes:
        """Return what `encode` makes of what is the same for all candidates; b"" without a run."""
        run = self._run
        return self._once(run, (encode, shown), lambda: encode(run, shown)) if run else b""

    def pinned(self, pin: Pin, shown: Shown) -> bytes:
        """Return the picture of a pin; b"" without a run."""
        run, key = self._run, (Pin, pin.candidate, pin.step, shown)
        if not run:
            return b""
        return self._once(run, key, lambda: picture_of(run, pin.waveform, shown))

    def width(self, candidate: int, snapshot: Snapshot) -> float | None:
        """Return a candidate's width at a snapshot's step (`WidthMeter`)."""
        run, waveform = self.rendered(candidate, snapshot)
        meter = self._once(run, (WidthMeter,), lambda: WidthMeter(run))
        key = (WidthMeter, candidate, snapshot.rendered_at(candidate))
        return self._once(run, key, lambda: meter.width(waveform))

    def sound(self, candidate: int, snapshot: Snapshot) -> Sound:
        """Return a candidate's sound at a snapshot's step."""
        step, shown = snapshot.rendered_at(candidate), snapshot.shown
        run, waveform = self.rendered(candidate, snapshot)
        key = (sound_of, candidate, step, part_shown(run, shown).section.start)
        return self._once(run, key, lambda: sound_of(run, waveform, step, shown))

    def encode_all(self, candidate: int, snapshot: Snapshot) -> None:
        """Encode what a page may ask for of a candidate."""
        for encode in (thumbnail_of, picture_of):
            self.encoded(encode, candidate, snapshot, snapshot.shown)
        self.sound(candidate, snapshot)

    def ahead(self, snapshot: Snapshot) -> Iterator[int]:
        """Give the candidates to encode ahead, the neighbours of the one on show first."""
        order = [candidate.index for candidate in snapshot.candidates]
        here = order.index(snapshot.watched) if snapshot.watched in order else 0
        each = size(snapshot.sound) if snapshot.sound else 0
        most = AHEAD_BYTES // max(1, each)
        places = sorted(range(len(order)), key=lambda place: abs(place - here))
        yield from (order[place] for place in places[:most])

    def _once(self, run: Run, key: tuple[object, ...], make: Callable[[], _Made]) -> _Made:
        return self._kept.once((self._known, *key), make, owner=run)


def kept_encodings() -> Kept:
    """Return what keeps the encodings of all runs of a process."""
    return Kept(MAX_KEPT_BYTES, size)


def size(made: bytes | Sound | WidthMeter | float | None) -> int:
    """Return the number of bytes that something encoded or measured takes."""
    if isinstance(made, WidthMeter):
        return made.nbytes
    if isinstance(made, Sound):
        return len(made.content)
    return len(made) if isinstance(made, bytes) else 8


def shown_of(run: Run, waveform: Tensor, shown: Shown) -> Tensor:
    """Return the picture of painted channels `(P, samples)` at the working rate, `(H, W)`."""
    if shown.viewer:
        return _seen(run, waveform, shown, shown.viewer)
    return run.picture(run.heard(waveform, shown.channel), shown.channel)


def part_shown(run: Run, shown: Shown) -> HybridModel:
    """Return the model of the placed image that is shown."""
    part, _ = run.model.part_of(min(shown.channel, len(run.model.targets) - 1))
    return part


@on_one_core()
def _seen(run: Run, waveform: Tensor, shown: Shown, viewer: Viewer) -> Tensor:
    """Return the picture that a program shows of the exported sound."""
    part, heard = run.model.part_of(shown.channel)
    section, painted = hybrid_on(run, waveform, part), part.painted
    channel = painted.hear[heard, None] @ (painted.take @ section)
    canvas = replace(part.canvas, start=0.0)  # the sound begins where the canvas does
    # The program opens the whole file: its window is that for all channels, of which one is shown.
    window = viewer.window_for(len(section))
    alone = replace(viewer, window=window, shared=False)
    size = part.grid.rows, part.grid.frames
    return see(alone, channel, run.track.sample_rate, canvas, size)[0]


def picture_of(run: Run, waveform: Tensor, shown: Shown) -> bytes:
    """Return a WebP of the picture of painted channels."""
    return encode_preview(shown_of(run, waveform, shown))


def thumbnail_of(run: Run, waveform: Tensor, shown: Shown) -> bytes:
    """Return a small WebP of the picture of painted channels, in the shape of the canvas."""
    aspect = part_shown(run, shown).canvas.aspect
    height = max(1, round(math.sqrt(_THUMBNAIL_AREA / aspect)))
    width = max(1, round(math.sqrt(_THUMBNAIL_AREA * aspect)))
    return encode_preview(shrink(shown_of(run, waveform, shown), height, width))


def difference_of(run: Run, waveform: Tensor, shown: Shown) -> bytes:
    """Return a WebP of how far the picture is from the image: white is 1, black 0."""
    return encode_preview((shown_of(run, waveform, shown) - _painted(run, shown)).abs())


def target_of(run: Run, shown: Shown) -> bytes:
    """Return a PNG of the image, stretched onto the canvas as it is painted."""
    return encode_picture(_painted(run, shown))


def track_picture_of(run: Run, shown: Shown) -> bytes:
    """Return a WebP of the track's own spectrogram on the canvas."""
    return picture_of(run, run.model.track, shown)


def _painted(run: Run, shown: Shown) -> Tensor:
    image = run.adjusted[run.model.painted.images[shown.channel]]
    grid = part_shown(run, shown).grid
    return shrink(image.pixels, grid.rows, grid.frames)


def sound_of(run: Run, waveform: Tensor, step: int, shown: Shown) -> Sound:
    """Return the shown canvas's section of the hybrid of painted channels, ready to play."""
    part = part_shown(run, shown)
    section = hybrid_on(run, waveform, part)
    found = ear_safety(run, section, part.section)
    content = encode_flac(section, run.track.sample_rate)
    return Sound(step, content, found.loudness, found.warnings)


def track_sound_of(run: Run, shown: Shown) -> Sound:
    """Return the shown canvas's section of the track, ready to play."""
    section, rate = run.track.samples[:, part_shown(run, shown).section], run.track.sample_rate
    return Sound(0, encode_flac(section, rate), loudness(section, rate))
