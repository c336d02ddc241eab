"""Which candidates are computed together, and how what they give is put back in order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor

from moss_core.machine import Crew, free_memory
from moss_core.optimization.records import State
from moss_core.synthesis import Model

# Of a spectrogram while its candidate learns, generously: with three objectives 148 were measured
# for one channel, 264 for two, 679 for six; with nine 390 for two, 766 for six.
_BYTES_A_CELL, _BYTES_A_CHANNELS_CELL = 700, 150


def places(model: Model, crew: Crew) -> tuple[int, int]:
    """Return how many candidates share a batch, and how many batches are computed at once.

    On a processor a batch has one candidate, and as many are computed side by side as there are
    cores: so no candidate's result depends on who else is there. A GPU wants large ones. In both
    cases memory is the limit.

    Args:
        model: renders the candidates.
        crew: computes them, on a processor.
    """
    bytes_a_cell = _BYTES_A_CELL + _BYTES_A_CHANNELS_CELL * len(model.track)
    each = bytes_a_cell * model.stft.bins * model.frames
    if model.device.type == "cpu":
        return 1, crew.places(each)
    return max(1, free_memory(model.device) // each), 1


def neighbours(indices: Sequence[int], apart: Collection[int], most: int) -> Iterator[slice]:
    """Split ascending indices into slices of at most so many neighbours, all or none in `apart`."""
    places = enumerate(indices)
    for _, group in groupby(places, lambda pair: (pair[1] - pair[0], pair[1] in apart)):
        together = [index for _, index in group]
        for start in range(together[0], together[-1] + 1, most):
            yield slice(start, min(start + most, together[-1] + 1))


def with_unchanged(
    state: State | None, learning: Sequence[int], fresh: Sequence[Tensor], count: int
) -> list[Tensor]:
    """Return masks and waveforms of all candidates, those that did not learn as they were.

    Args:
        state: the last one.
        learning: indices of the candidates that were rendered now.
        fresh: their masks and waveforms.
        count: of all candidates.
    """
    if state is None or len(learning) == count:
        return list(fresh)
    whole = []
    for known, found in zip((state.mask, state.waveform), fresh, strict=True):
        rows = found.new_empty((count, *found.shape[1:]))
        rows[: len(known)] = known
        rows[torch.tensor(learning)] = found
        whole.append(rows)
    return whole
