"""What a run will take of the machine, estimated from shapes before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from moss_core.errors import MossError
from moss_core.machine import crew, room_for_run
from moss_core.optimization.config import RunConfig
from moss_core.optimization.run import Run
from moss_core.synthesis import MASK_SHAPE, STFT, Adjustments, Image, PlacedCanvas, Track
from moss_core.words import bytes_text

# Bytes, fitted to measured peaks (tests/benchmarks/costs.py): of any run, and for each objective;
# then for each cell of a painted channel's spectrogram, of the model that all candidates share, of
# what one has learned (a phase with two moments, two waveforms), and once more as it is written;
# and while a candidate is at work, for each cell of one spectrogram and of each channel's.
_ANY_RUN, _OBJECTIVE = 52e6, 16e6
_MODEL, _LEARNED, _WRITTEN = 50, 18, 14
_AT_WORK, _AT_WORK_OBJECTIVE, _AT_WORK_CHANNEL = 60, 20, 380
_BESIDE = 0.5  # of what one at work takes, for each other beside it: what one frees the next takes
_MASK = 6 * 4 * math.prod(MASK_SHAPE)


@dataclass(frozen=True)
class Cost:
    """What a run takes.

    Args:
        memory: bytes at its peak while it learns, beyond the track's own samples.
        least: of them, where memory allows no more than one candidate to be at work at once.
        held: bytes that it holds between two steps (`held_by`).
        work: painted seconds of all painted channels x candidates x steps, as `Limits.work`.
        candidates: how many learn.
        seconds: that are painted.
        each: bytes less that it takes for each candidate less.
    """

    memory: int
    least: int
    held: int
    work: float
    candidates: int
    seconds: float
    each: int


def cost_of(
    config: RunConfig,
    seconds: float,
    channels: int,
    sample_rate: int,
    image: tuple[int, int] | None = None,
) -> Cost:
    """Estimate what a run takes.

    Args:
        config: of the run.
        seconds: length of the track.
        channels: of the track.
        sample_rate: of the track, Hz.
        image: height and width of the first image, where its shape may narrow the canvas.

    Raises:
        MossError: for a canvas that does not fit on the track.
    """
    nothing = torch.zeros(1, 1).expand(channels, round(seconds * sample_rate))  # takes no memory
    track = Track(nothing, sample_rate, "", "")
    placed = [placement.canvas.on(track) for placement in config.placements]
    if image:
        placed[0] = _narrowed(placed[0], config.adjustments, *image)
    painted = channels if config.channels == "every" else 1
    cells = sum(_cells(canvas, config, sample_rate) for canvas in placed)
    at_once = min(config.candidates, crew().size)
    count = len(config.objectives)
    each = painted * cells * (_LEARNED + _WRITTEN) + len(placed) * _MASK
    model = count * _OBJECTIVE + painted * cells * _MODEL
    busy = cells * (_AT_WORK + count * _AT_WORK_OBJECTIVE + painted * _AT_WORK_CHANNEL)
    least = _ANY_RUN + model + config.candidates * each + busy
    length = sum(canvas.duration for canvas in placed)
    return Cost(
        memory=round(least + (at_once - 1) * _BESIDE * busy),
        least=round(least),
        held=round(model + config.candidates * (each - painted * cells * _WRITTEN)),
        work=length * painted * config.candidates * config.steps,
        candidates=config.candidates,
        seconds=length,
        each=round(each),
    )


def cost_of_pair(config: RunConfig, image: Image, track: Track) -> Cost:
    """Estimate what a run of an image and a track takes; see `cost_of`."""
    height, width = image.pixels.shape
    channels = len(track.samples)
    return cost_of(config, track.duration, channels, track.sample_rate, (height, width))


def check_fits(cost: Cost) -> None:
    """Refuse a run that would take more memory than there is for it, however slowly it learns.

    Raises:
        MossError: if it does not fit; it says what to lower.
    """
    room, why = room_for_run()
    if cost.least <= room:
        return
    most = cost.candidates - math.ceil((cost.least - room) / cost.each)
    shorter = math.floor(cost.seconds * room / cost.least)
    remedies = [f"paint at most {shorter} s"] if shorter >= 1 else []
    remedies = [f"learn at most {most}", *remedies] if most >= 1 else remedies
    remedy = " or ".join(remedies) or "use a machine with more memory"
    raise MossError(
        f"run of {cost.candidates} on {cost.seconds:.0f} s",
        f"must fit into {bytes_text(room)} of memory, {why}",
        f"that it needs about {bytes_text(cost.least)}",
        f"{remedy[0].upper()}{remedy[1:]}.",
    )


def held_by(run: Run) -> int:
    """Return how many bytes a run holds between two steps, about."""
    learned, _ = run.optimizer.learned()
    tensors = [run.track.samples, *learned]
    if run.history:
        tensors += [run.state.mask, run.state.waveform]
    cells = sum(part.track.shape[0] * part.stft.bins * part.frames for part in run.model.parts)
    objectives = len(run.objectives) * _OBJECTIVE
    return round(sum(tensor.nbytes for tensor in tensors) + cells * _MODEL + objectives)


def _narrowed(
    canvas: PlacedCanvas, adjustments: Adjustments, height: int, width: int
) -> PlacedCanvas:
    """Return what of a canvas an image takes that keeps its shape there."""
    if adjustments.fit != "fit":
        return canvas
    turned = (width, height) if adjustments.rotate % 180 else (height, width)
    rows, columns = adjustments.part(*turned, canvas.aspect)
    return canvas.narrowed((columns.stop - columns.start) / (rows.stop - rows.start))


def _cells(canvas: PlacedCanvas, config: RunConfig, sample_rate: int) -> int:
    """Return how many cells one channel's spectrogram of a canvas has."""
    rate = config.working_rate or min(canvas.working_rate, sample_rate)
    stft = STFT(config.fft_size, config.fft_size // 4)
    return stft.bins * stft.frames(round(canvas.duration * rate))
