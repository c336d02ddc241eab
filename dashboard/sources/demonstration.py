"""What the installed objectives measure on a pair as the mask goes from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from moss_core.machine import Work, crew, on_one_core
from moss_core.objectives import Objective, PluginFailure, Scorer
from moss_core.synthesis import (
    Adjustments,
    Canvas,
    HybridModel,
    PlacedCanvas,
    encode_flac,
    encode_preview,
    loudness,
)
from sources.sound import Sound
from sources.source import Source

MASKS = tuple(step / 10 for step in range(11))
_MOST_SECONDS = 6.0
_PATIENCE = 5.0


@dataclass(frozen=True)
class Demonstration:
    """Plain crossfades of a pair, seen, heard and measured.

    Args:
        canvas: where the image lies on the track.
        sample_rate: of the sounds, Hz.
        pictures: WebP for each of `MASKS`.
        sounds: of the mono mix, likewise.
        losses: by objective's name, likewise; objectives that failed are not there.
        failures: why they failed.
    """

    canvas: PlacedCanvas
    sample_rate: int
    pictures: tuple[bytes, ...]
    sounds: tuple[Sound, ...]
    losses: dict[str, tuple[float, ...]]
    failures: tuple[PluginFailure, ...]


@on_one_core()
def demonstrate(
    image: Source, track: Source, adjustments: Adjustments, objectives: Sequence[Objective]
) -> Demonstration:
    """Mix the adjusted image into the first seconds of the track, mask after mask, and measure.

    Raises:
        MossError: for what cannot be read, adjustments that leave one gray, or if no objective of
            a domain works.
    """
    sound = track.as_track()
    room = Canvas(duration=min(_MOST_SECONDS, sound.duration)).on(sound)
    targets, canvas = adjustments.place([image.as_image()], room)
    model = HybridModel(targets, sound, canvas, channels="mono")
    scorer = Scorer(objectives, model.targets, patience=_PATIENCE)
    # One mask after the other: its objectives fill the processors, two masks take twice the memory.
    crossfades = crew().run([_crossfade(model, scorer, share) for share in MASKS], at_once=1)
    pictures, sounds, rows = zip(*crossfades, strict=True)
    columns = zip(*rows, strict=True)
    losses = {
        objective.name: tuple(values)
        for objective, values in zip(scorer.objectives, columns, strict=True)
        if all(map(math.isfinite, values))
    }
    return Demonstration(
        canvas=model.canvas,
        sample_rate=model.sample_rate,
        pictures=pictures,
        sounds=sounds,
        losses=losses,
        failures=scorer.failures,
    )


def _crossfade(
    model: HybridModel, scorer: Scorer, share: float
) -> Work[tuple[bytes, Sound, list[float]]]:
    """Return the picture, the sound and the losses of a mask that is the same everywhere."""
    with torch.no_grad():
        mix = model.crossfade(torch.tensor([share]))[:, 0]
        picture = encode_preview(model.display(mix)[0, 0])
        rendered = model.observe(mix)
    sound = _sound(mix, model.sample_rate)
    found = yield scorer.measurements(rendered)
    return picture, sound, scorer.gather(rendered, found)[0][0].tolist()


def _sound(waveform: Tensor, sample_rate: int) -> Sound:
    fitting = waveform / max(1.0, float(waveform.abs().max()))
    return Sound(0, encode_flac(fitting, sample_rate), loudness(fitting, sample_rate))
