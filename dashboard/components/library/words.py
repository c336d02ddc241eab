"""What a kept run is, in words."""

from __future__ import annotations

from collections.abc import Sequence

from moss_core.runs import Manifest
from moss_core.synthesis import Canvas
from moss_core.words import count_text
from sources.source import title_of

_SHORT_SECONDS = 3.0


def part_of_song(manifest: Manifest) -> str:
    """Return from where to where a run's images lie: "0:12 to 0:17 of 3:20"."""
    canvases = _canvases(manifest)
    start = min(canvas.start for canvas in canvases)
    end = max(_end(canvas, manifest) for canvas in canvases)
    told = _span(start, end, manifest.track_seconds)
    return told if len(canvases) == 1 else f"{count_text(len(canvases), 'image')}, {told}"


def places(manifest: Manifest, *, axes: bool) -> tuple[str, ...]:
    """Return where each image lies: "0:12 to 0:17 of 3:20, 0 to 8,000 Hz".

    Args:
        manifest: of the run.
        axes: whether the axis of the frequencies is told, too.
    """
    canvases = _canvases(manifest)
    names = _names(manifest) if len(canvases) > 1 else ("",)
    return tuple(
        (f"{name}: " if name else "")
        + _span(canvas.start, _end(canvas, manifest), manifest.track_seconds)
        + _band(canvas)
        + (f" ({canvas.axis})" if axes else "")
        for name, canvas in zip(names, canvases, strict=False)
    )


def images(manifest: Manifest) -> str:
    """Return what people call the images of a run."""
    if manifest.right:
        return f"{title_of(manifest.image)} (left), {title_of(manifest.right)} (right)"
    return ", ".join(dict.fromkeys(_names(manifest)))


def _names(manifest: Manifest) -> tuple[str, ...]:
    """Return the name of the image in each place; of a run that was changed by hand, as known."""
    files = dict(enumerate([manifest.image, *(name for name, _ in manifest.others)]))
    places = manifest.config.placements
    return tuple(title_of(files.get(placed.image, "")) for placed in places)


def _canvases(manifest: Manifest) -> Sequence[Canvas]:
    return manifest.used, *manifest.used_others


def _end(canvas: Canvas, manifest: Manifest) -> float:
    return manifest.track_seconds if canvas.duration is None else canvas.start + canvas.duration


def _span(start: float, end: float, length: float) -> str:
    """Return a part of a song; with tenths where it is short."""
    if start < 0.05 and end > length - 0.05:
        return f"All of {_clock(length)}"
    fine = end - start < _SHORT_SECONDS
    return f"{_clock(start, fine)} to {_clock(end, fine)} of {_clock(length)}"


def _clock(seconds: float, fine: bool = False) -> str:
    """Return a time as players show it: "3:20", or "3:20.5"."""
    minutes, rest = divmod(round(seconds, 1) if fine else round(seconds), 60)
    return f"{minutes:.0f}:{rest:04.1f}" if fine else f"{minutes}:{rest:02}"


def _band(canvas: Canvas) -> str:
    if canvas.low is None or canvas.high is None:
        return ""
    return f", {canvas.low:,.0f} to {canvas.high:,.0f} Hz"
