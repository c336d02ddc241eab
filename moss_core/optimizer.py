"""Gradient descent on N masks at once, each with its own preference among the objectives."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.model import MASK_SHAPE, HybridModel, next_phase
from moss_core.objectives import Objective
from moss_core.scorer import Scorer

CELLS_AT_ONCE = 4_000_000
"""Candidates share a batch as long as it has at most this many spectrogram cells."""

_SMALLEST_SCALE = 1e-3
_CLEARLY = 0.01
_LEAST_START, _MOST_START = 0.05, 0.95  # of the masks, where a sigmoid still has a slope


@dataclass(frozen=True)
class Record:
    """One step of an optimization in numbers.

    Args:
        step: 0 is the crossfade, before anything is learned.
        losses: `[candidate][objective]`, of the masks as they are at this step.
        preferences: `[candidate][objective]`, each candidate's sum to 1.
        seconds: since the optimization began.
    """

    step: int
    losses: tuple[tuple[float, ...], ...]
    preferences: tuple[tuple[float, ...], ...]
    seconds: float


@dataclass(frozen=True)
class State:
    """All N candidates at one step; its tensors are never written to again.

    Args:
        record: the numbers.
        mask: `(N, 128, 256)` in [0, 1], row 0 = highest frequency.
        waveform: `(N, samples)` at the working rate: what `mask` gave at this step.
    """

    record: Record
    mask: Tensor
    waveform: Tensor


def sweep_preferences(
    objectives: Sequence[Objective], weights: Sequence[float], candidates: int
) -> Tensor:
    """Return preferences `(N, K)` from the audio objectives (first) to the image objectives.

    Args:
        objectives: K of them, at least one of each domain with a weight above 0.
        weights: each one's share inside its domain, 0 or more.
        candidates: N; a single one stands in the middle.
    """
    shares = torch.tensor(weights, dtype=torch.float64)
    is_image = torch.tensor([objective.domain == "image" for objective in objectives])
    image = torch.where(is_image, shares, 0.0)
    audio = torch.where(is_image, 0.0, shares)
    towards_image = torch.linspace(0, 1, candidates) if candidates > 1 else torch.tensor([0.5])
    towards_image = towards_image.double()[:, None]
    sweep = (1 - towards_image) * audio / audio.sum() + towards_image * image / image.sum()
    return sweep.float()


def image_share(objectives: Sequence[Objective], preference: Sequence[float]) -> float:
    """Return how much of a preference lies on image objectives, 0 to 1."""
    pairs = zip(objectives, preference, strict=True)
    return math.fsum(weight for objective, weight in pairs if objective.domain == "image")


class Optimizer:
    """Adam on the logits of N masks, which can be stepped and steered.

    Every objective is divided by the difference of its values at mask = 0 and mask = 1, so that
    preferences compare like with like.

    Args:
        model: renders the masks.
        scorer: the K objectives at work.
        preferences: `(N, K)`, a row per candidate that sums to 1.
        learning_rate: of Adam, on logits.
    """

    def __init__(
        self,
        model: HybridModel,
        scorer: Scorer,
        preferences: Tensor,
        learning_rate: float = 0.3,
    ) -> None:
        self.model = model
        self.scorer = scorer
        self._preferences = preferences.to(model.device)
        self._step = 0
        self._began = time.perf_counter()
        self._scales = self._measure_scales()
        share = torch.tensor([image_share(scorer.objectives, row) for row in preferences.tolist()])
        start = _LEAST_START + (_MOST_START - _LEAST_START) * share
        logits = torch.logit(start).view(-1, 1, 1).expand(-1, *MASK_SHAPE)
        self._logits = logits.to(model.device, copy=True).contiguous().requires_grad_()
        self._phase = model.starting_phase(share.to(model.device))
        self._adam = torch.optim.Adam([self._logits], lr=learning_rate)
        self._batch = max(1, CELLS_AT_ONCE // (model.stft.bins * model.grid.frames))

    def _measure_scales(self) -> Tensor:
        share = torch.tensor([0.0, 1.0], device=self.model.device)
        with torch.no_grad():
            masks = share.view(-1, 1, 1).expand(-1, *MASK_SHAPE)
            rendering = self.model.render(masks, self.model.starting_phase(share))
            losses = self.scorer.losses(self.model.observe(rendering))  # 2 x K
        return losses.diff(dim=0)[0].abs().clamp(min=_SMALLEST_SCALE)

    def step(self) -> State:
        """Render and measure the masks, learn from that, and return what was measured."""
        self._adam.zero_grad()
        parts = [self._visit(rows) for rows in self._batches()]
        losses, masks, waveforms, phases = map(torch.cat, zip(*parts, strict=True))
        record = Record(
            self._step,
            tuple(map(tuple, losses.tolist())),
            tuple(map(tuple, self._preferences.tolist())),
            time.perf_counter() - self._began,
        )
        self._adam.step()
        self._phase = phases
        self._rescue_dominated(losses)
        self._step += 1
        return State(record, masks, waveforms)

    def _rescue_dominated(self, losses: Tensor) -> None:
        """Let each candidate that another one clearly dominates go on from that one's mask.

        Some preferences lead into dead ends (a mask saturates) where a neighbour finds a way. The
        dominated mask is worse by every objective, so nothing is lost; the candidate keeps its
        own preference. Of several dominating masks it takes the best by that preference.
        """
        active = list(self.scorer.active)
        values = losses[:, active]  # N x A
        better = (values[None] < (1 - _CLEARLY) * values[:, None]).all(2)  # [i, j]: j beats i
        weights = self._preferences[:, active] / self._scales[active]
        scores = weights @ values.T  # N x N: j's mask by i's preference
        source = scores.masked_fill(~better, torch.inf).argmin(1)
        source = torch.where(better.any(1), source, torch.arange(len(source), device=source.device))
        adam = self._adam.state[self._logits]
        with torch.no_grad():
            for tensor in (self._logits, adam["exp_avg"], adam["exp_avg_sq"], self._phase):
                tensor.copy_(tensor[source])

    def _batches(self) -> list[slice]:
        count = len(self._logits)
        return [slice(i, min(i + self._batch, count)) for i in range(0, count, self._batch)]

    def _visit(self, rows: slice) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return losses, masks, waveforms and phases of some candidates; gradients accumulate."""
        mask = torch.sigmoid(self._logits[rows])
        rendering = self.model.render(mask, self._phase[rows])
        rendered = self.model.observe(rendering)
        weights = self._preferences[rows] / self._scales
        losses, *gradients = self.scorer.losses_and_gradients(rendered, weights)
        torch.autograd.backward([rendered.picture, rendered.waveform], gradients)
        return losses, mask.detach(), rendering.waveform.detach(), next_phase(rendering)

    @property
    def preferences(self) -> Tensor:
        """The preferences in force, `(N, K)`."""
        return self._preferences.clone()

    def steer(self, candidate: int, preference: Sequence[float]) -> None:
        """Give a candidate a new preference from the next step on; what it learned stays.

        Args:
            candidate: its index.
            preference: K weights, 0 or more, not all 0; they are scaled to sum to 1.

        Raises:
            MossError: for another index, or other weights.
        """
        weights = torch.tensor(preference, dtype=torch.float32)
        count, terms = self._preferences.shape
        if not 0 <= candidate < count:
            raise MossError(
                "candidate", f"must be 0 to {count - 1}", candidate, "Choose one of the run's."
            )
        usable = weights.shape == (terms,) and bool((weights >= 0).all())
        if not usable or not 0 < float(weights.sum()) < float("inf"):
            names = ", ".join(objective.name for objective in self.scorer.objectives)
            raise MossError(
                "preference",
                f"must be {terms} weights, 0 or more, not all 0",
                list(preference),
                f"Give one for each of: {names}.",
            )
        changed = self._preferences.clone()
        changed[candidate] = (weights / weights.sum()).to(changed)
        self._preferences = changed
