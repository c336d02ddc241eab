"""How large each objective's losses are on a pair, so that preferences compare like with like."""

from __future__ import annotations

import torch
from torch import Tensor

from moss_core.machine import Work, crew
from moss_core.objectives import Scorer
from moss_core.synthesis import HybridModel

_SMALLEST_SCALE = 1e-3


def measure_ends(model: HybridModel, scorer: Scorer) -> tuple[tuple[float, ...], Tensor]:
    """Return the worse of each objective's values at mask = 0 and 1, and their differences."""
    rows = crew().run([_end(model, scorer, share) for share in (0.0, 1.0)])
    losses = torch.cat(rows)  # 2 x K
    scales = losses.diff(dim=0)[0].abs().clamp(min=_SMALLEST_SCALE)
    return tuple(losses.amax(0).tolist()), scales


def _end(model: HybridModel, scorer: Scorer, share: float) -> Work[Tensor]:
    """Return the losses `(1, K)` of a mask that is the same everywhere."""
    with torch.no_grad():
        rendered = model.observe(model.crossfade(torch.full((1,), share, device=model.device)))
    found = yield scorer.measurements(rendered)
    return scorer.gather(rendered, found)[0]
