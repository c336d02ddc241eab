"""Gradient descent on N masks at once, each with its own preference among the objectives."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.model import MASK_SHAPE, HybridModel, next_phase
from moss_core.preferences import image_share
from moss_core.scorer import Scorer
from moss_core.state import Checkpoint, Record, State

CELLS_AT_ONCE = 4_000_000
"""Candidates share a batch as long as it has at most this many spectrogram cells."""

_SMALLEST_SCALE = 1e-3
_CLEARLY = 0.01
_LEAST_START, _MOST_START = 0.05, 0.95  # of the masks, where a sigmoid still has a slope


class Optimizer:
    """Adam on the logits of N masks, which can be stepped, steered, put back and branched.

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
        began = time.perf_counter()
        self._scales = self._measure_scales()
        share = torch.tensor([image_share(scorer.objectives, row) for row in preferences.tolist()])
        start = _LEAST_START + (_MOST_START - _LEAST_START) * share
        logits = torch.logit(start).view(-1, 1, 1).expand(-1, *MASK_SHAPE).to(model.device)
        self._learning_rate = learning_rate
        self._learn(logits, torch.zeros_like(logits), torch.zeros_like(logits), torch.tensor(0.0))
        self._phase = model.starting_phase(share.to(model.device))
        self._batch = max(1, CELLS_AT_ONCE // (model.stft.bins * model.grid.frames))
        self._seconds = time.perf_counter() - began

    def _learn(self, logits: Tensor, first: Tensor, second: Tensor, steps: Tensor) -> None:
        """Go on from these logits and Adam's moments of them after so many steps."""
        self._logits = logits.clone().contiguous().requires_grad_()
        self._adam = torch.optim.Adam([self._logits], lr=self._learning_rate)
        self._adam.state[self._logits] = {
            "step": steps.clone(),
            "exp_avg": first.clone(),
            "exp_avg_sq": second.clone(),
        }

    @property
    def _learned(self) -> tuple[Tensor, ...]:
        """What belongs to candidates, row by row: logits, Adam's moments, phase."""
        adam = self._adam.state[self._logits]
        return self._logits, adam["exp_avg"], adam["exp_avg_sq"], self._phase

    def _measure_scales(self) -> Tensor:
        share = torch.tensor([0.0, 1.0], device=self.model.device)
        with torch.no_grad():
            masks = share.view(-1, 1, 1).expand(-1, *MASK_SHAPE)
            rendering = self.model.render(masks, self.model.starting_phase(share))
            losses = self.scorer.losses(self.model.observe(rendering))  # 2 x K
        return losses.diff(dim=0)[0].abs().clamp(min=_SMALLEST_SCALE)

    def step(self) -> State:
        """Render and measure the masks, learn from that, and return what was measured."""
        began = time.perf_counter()
        self._adam.zero_grad()
        parts = [self._visit(rows) for rows in self._batches()]
        losses, masks, waveforms, phases = map(torch.cat, zip(*parts, strict=True))
        held = self._hold_unusable()
        preferences = tuple(map(tuple, self._preferences.tolist()))
        self._adam.step()
        self._phase = phases
        self._rescue_dominated(losses)
        self._seconds += time.perf_counter() - began
        record = Record(self._step, tuple(map(tuple, losses.tolist())), preferences, self._seconds)
        self._step += 1
        return State(record, masks, waveforms, held)

    def _hold_unusable(self) -> tuple[int, ...]:
        """Return the candidates whose gradient is not finite, and take that gradient away."""
        gradient = self._logits.grad
        assert gradient is not None
        unusable = ~torch.isfinite(gradient).flatten(1).all(1)
        gradient[unusable] = 0
        return tuple(unusable.nonzero()[:, 0].tolist())

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
        with torch.no_grad():
            for tensor in self._learned:
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
        self._check_candidate(candidate)
        terms = self._preferences.shape[1]
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

    def preview(self, candidate: int) -> Tensor:
        """Return a candidate's sound as its mask is now, `(samples,)`, without learning.

        Raises:
            MossError: for an index that is not there.
        """
        self._check_candidate(candidate)
        row = slice(candidate, candidate + 1)
        with torch.no_grad():
            mask = torch.sigmoid(self._logits[row])
            return self.model.render(mask, self._phase[row]).waveform[0]

    def checkpoint(self, candidate: int) -> Checkpoint:
        """Return all that a candidate has learned so far, to `restore` or `add` it later.

        Raises:
            MossError: for an index that is not there.
        """
        self._check_candidate(candidate)
        preference = tuple(self._preferences[candidate].tolist())
        tensors = tuple(tensor[candidate].detach().clone() for tensor in self._learned)
        return Checkpoint(preference, tensors)

    def restore(self, candidate: int, checkpoint: Checkpoint) -> None:
        """Put a candidate back to a checkpoint, its preference included.

        Raises:
            MossError: for an index that is not there.
        """
        self._check_candidate(candidate)
        with torch.no_grad():
            for tensor, kept in zip(self._learned, checkpoint.tensors, strict=True):
                tensor[candidate] = kept
        self.steer(candidate, checkpoint.preference)

    def add(self, checkpoint: Checkpoint) -> int:
        """Let a new candidate go on from a checkpoint; return its index, the last one."""
        grown = [
            torch.cat([tensor.detach(), kept[None]])
            for tensor, kept in zip(self._learned, checkpoint.tensors, strict=True)
        ]
        logits, first, second, self._phase = grown
        self._learn(logits, first, second, self._adam.state[self._logits]["step"])
        row = torch.tensor([checkpoint.preference]).to(self._preferences)
        self._preferences = torch.cat([self._preferences, row])
        return len(self._preferences) - 1

    def _check_candidate(self, candidate: int) -> None:
        count = len(self._preferences)
        if not 0 <= candidate < count:
            raise MossError(
                "candidate", f"must be 0 to {count - 1}", candidate, "Choose one of the run's."
            )
