"""How large each objective's losses are on a pair, so that preferences compare like with like.

Divided by how much they differ between track and image, losses that are alike at both ends (those
of a dark image) would count a thousandfold.
"""

from __future__ import annotations

import torch
from torch import Tensor

from moss_core.machine import Work, crew
from moss_core.objectives import Scorer
from moss_core.synthesis import Model

SMALLEST_SCALE = 1e-3


def measure_ends(model: Model, scorer: Scorer) -> tuple[float, ...]:
    """Return the worse of each objective's values at mask = 0 and 1, mean over what is heard."""
    works = [_end(model, scorer, share) for share in (0.0, 1.0)]
    losses = torch.stack(crew().run(works))  # 2 x K
    return tuple(losses.amax(0).tolist())


def _end(model: Model, scorer: Scorer, share: float) -> Work[Tensor]:
    """Return the losses `(K,)` of a mask that is the same everywhere."""
    with torch.no_grad():
        sound = model.crossfade(torch.full((1,), share, device=model.device))
    losses = []
    for heard in range(len(model.targets)):
        with torch.no_grad():
            part, _ = model.part_of(heard)
            rendered = part.observe(model.heard(sound, heard))
        found = yield scorer.measurements(rendered, heard=heard)
        losses.append(scorer.gather(rendered, found)[0])
    return torch.cat(losses).mean(0)
