"""MOSS without one of its choices each, to see what the choice buys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

import torch
from torch import Tensor

from moss_core.optimization import candidate_adam, growth, optimizer, preferences
from moss_core.optimization.config import MAX_CANDIDATES
from moss_core.synthesis.hybrid import HybridModel
from moss_core.synthesis.stft import STFT


@contextmanager
def _phases_by_griffin_and_lim() -> Iterator[None]:
    """Instead of learning phases, take those of the last rendering's own STFT."""
    visit = optimizer.Optimizer._visit

    def visiting(self, rows, turn, lone):
        found = yield from visit(self, rows, turn, lone)
        if rows.start not in self.waiting:
            model, offsets = self.model, self._adam.rows[3][rows]
            phases = model.stft.forward(found[1].flatten(0, 1)).angle().view_as(offsets)
            cells = model.in_bins(model.on_cells(found[0]))[:, None]
            offsets.copy_(model.offsets_to(phases, cells))
        return found

    with (
        patch.object(optimizer.Optimizer, "_visit", visiting),
        patch.object(candidate_adam, "PHASE_RATE", 0.0),
    ):
        yield


@contextmanager
def _gradients_of_torch_stft() -> Iterator[None]:
    def forward(self: STFT, waveform: Tensor) -> Tensor:
        window = torch.hann_window(self.fft_size).to(waveform)
        return torch.stft(waveform, self.fft_size, self.hop, window=window, return_complex=True)

    def inverse(self: STFT, spectrum: Tensor, samples: int) -> Tensor:
        window = torch.hann_window(self.fft_size).to(spectrum.real)
        return torch.istft(spectrum, self.fft_size, self.hop, window=window, length=samples)

    with patch.object(STFT, "forward", forward), patch.object(STFT, "inverse", inverse):
        yield


ABLATIONS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "phases learned (Griffin and Lim instead)": _phases_by_griffin_and_lim,
    "turns (whole losses at every step)": lambda: patch.object(optimizer, "_NEAR_TRACK", 0.0),
    "phases lent to other channels": lambda: patch.object(HybridModel, "one_image", False),
    "growing (all learn from the start)": lambda: patch.object(growth, "LEAST_STEPS", 10**9),
    "ends of the sweep inside (at 0 and 1 instead)": lambda: patch.object(
        preferences, "SWEEP_ENDS", (0.0, 1.0)
    ),
    "real FFT for the STFT's gradient": _gradients_of_torch_stft,
    "a candidate a core (all in one batch)": lambda: patch.object(
        optimizer, "places", lambda *_: (MAX_CANDIDATES, 1)
    ),
}
