"""Gradient descent on N masks at once, each with its own preference among the objectives."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.learner import Learner
from moss_core.model import MASK_SHAPE, HybridModel, next_phase
from moss_core.preferences import image_share
from moss_core.scorer import Scorer
from moss_core.state import Checkpoint, Record, State

CELLS_AT_ONCE = 1_000_000
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
        began = time.perf_counter()
        self.worst, self._scales = self._measure_ends()
        share = torch.tensor([image_share(scorer.objectives, row) for row in preferences.tolist()])
        start = _LEAST_START + (_MOST_START - _LEAST_START) * share
        logits = torch.logit(start).view(-1, 1, 1).expand(-1, *MASK_SHAPE).to(model.device)
        self._learner = Learner(logits, model.starting_phase(share.to(model.device)), learning_rate)
        self._batch = max(1, CELLS_AT_ONCE // (model.stft.bins * model.grid.frames))
        self._state: State | None = None
        self.only: frozenset[int] | None = None
        """Those that learn; None: all."""
        self._seconds = time.perf_counter() - began

    def _measure_ends(self) -> tuple[tuple[float, ...], Tensor]:
        """Return the worse of each objective's values at mask = 0 and 1, and their differences."""
        share = torch.tensor([0.0, 1.0], device=self.model.device)
        with torch.no_grad():
            masks = share.view(-1, 1, 1).expand(-1, *MASK_SHAPE)
            rendering = self.model.render(masks, self.model.starting_phase(share))
            losses = self.scorer.losses(self.model.observe(rendering))  # 2 x K
        scales = losses.diff(dim=0)[0].abs().clamp(min=_SMALLEST_SCALE)
        return tuple(losses.amax(0).tolist()), scales

    def step(self) -> State:
        """Render and measure the masks that learn, learn from that, return what was measured."""
        began = time.perf_counter()
        learning = self._learning()
        self._learner.zero_gradient()
        parts = [self._visit(rows) for rows in torch.split(learning, self._batch)]
        *found, phases = map(torch.cat, zip(*parts, strict=True))
        losses, masks, waveforms = self._with_resting(learning, found)
        held = self._learner.hold_unusable()
        preferences = tuple(map(tuple, self._preferences.tolist()))
        self._learner.advance(learning, phases)
        self._rescue_dominated(losses, learning)
        self._seconds += time.perf_counter() - began
        step = self._state.record.step + 1 if self._state else 0
        record = Record(step, tuple(map(tuple, losses.tolist())), preferences, self._seconds)
        self._state = State(record, masks, waveforms, held)
        return self._state

    def learn_only(self, candidates: Collection[int] | None) -> None:
        """Let only these candidates learn from the next step on; None: all of them.

        The others rest: they are neither rendered nor changed, and cost nothing.

        Raises:
            MossError: for an index that is not there.
        """
        for candidate in candidates or ():
            self._learner.check(candidate)
        self.only = frozenset(candidates) if candidates else None

    def _learning(self) -> Tensor:
        """Return the indices of those that learn, and of those that were never rendered."""
        rendered = len(self._state.waveform) if self._state else 0
        chosen = [
            index
            for index in range(len(self._learner))
            if self.only is None or index in self.only or index >= rendered
        ]
        return torch.tensor(chosen, device=self.model.device)

    def _with_resting(self, learning: Tensor, found: Sequence[Tensor]) -> list[Tensor]:
        """Return losses, masks and waveforms of all, the resting ones as they were."""
        count = len(self._learner)
        if self._state is None or len(learning) == count:
            return list(found)
        state = self._state
        losses = torch.tensor(state.record.losses).to(found[0])
        whole = []
        for known, fresh in zip((losses, state.mask, state.waveform), found, strict=True):
            rows = fresh.new_empty((count, *fresh.shape[1:]))
            rows[: len(known)] = known
            rows[learning] = fresh
            whole.append(rows)
        return whole

    def _rescue_dominated(self, losses: Tensor, learning: Tensor) -> None:
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
        best = scores.masked_fill(~better, torch.inf).argmin(1)
        source = torch.arange(len(best), device=best.device)
        source[learning] = torch.where(better.any(1), best, source)[learning]
        self._learner.copy(source)

    def _visit(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return losses, masks, waveforms and phases of some candidates; gradients accumulate."""
        mask = torch.sigmoid(self._learner.logits[rows])
        rendering = self.model.render(mask, self._learner.phases[rows])
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
        self._learner.check(candidate)
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
        self._learner.check(candidate)
        row = slice(candidate, candidate + 1)
        with torch.no_grad():
            mask = torch.sigmoid(self._learner.logits[row])
            return self.model.render(mask, self._learner.phases[row]).waveform[0]

    def checkpoint(self, candidate: int) -> Checkpoint:
        """Return all that a candidate has learned so far, to `restore` or `add` it later.

        Raises:
            MossError: for an index that is not there.
        """
        self._learner.check(candidate)
        preference = tuple(self._preferences[candidate].tolist())
        return Checkpoint(preference, self._learner.row(candidate))

    def between(self, first: int, second: int) -> Checkpoint:
        """Return the checkpoint half way between two candidates, by mask and by preference.

        Raises:
            MossError: for an index that is not there.
        """
        self._learner.check(first)
        self._learner.check(second)
        preference = (self._preferences[first] + self._preferences[second]) / 2
        return Checkpoint(tuple(preference.tolist()), self._learner.between(first, second))

    def restore(self, candidate: int, checkpoint: Checkpoint) -> None:
        """Put a candidate back to a checkpoint, its preference included.

        Raises:
            MossError: for an index that is not there.
        """
        self._learner.check(candidate)
        self._learner.put(candidate, checkpoint.tensors)
        self.steer(candidate, checkpoint.preference)

    def add(self, checkpoint: Checkpoint) -> int:
        """Let a new candidate go on from a checkpoint; return its index, the last one."""
        row = torch.tensor([checkpoint.preference]).to(self._preferences)
        self._preferences = torch.cat([self._preferences, row])
        return self._learner.append(checkpoint.tensors)

    def learned(self) -> tuple[tuple[Tensor, ...], int]:
        """Return what all candidates have learned, by `learner.NAMES`, and Adam's steps."""
        return self._learner.rows, self._learner.steps

    def go_on(
        self, state: State, preferences: Tensor, rows: Sequence[Tensor], adam_steps: int
    ) -> None:
        """Go on where another optimizer of the same model and objectives was.

        Args:
            state: its last one.
            preferences: `(N, K)`, those in force.
            rows: what `learned` returned there.
            adam_steps: likewise.
        """
        put = [tensor.to(self.model.device) for tensor in (preferences, *rows)]
        self._state, self._preferences = state, put[0]
        self._learner.put_all(put[1:], adam_steps)
        self._seconds = state.record.seconds
