"""Gradient descent on N masks at once, each with its own preference among the objectives."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import torch
from torch import Tensor

from moss_core.machine import Work, crew
from moss_core.objectives import Rendered, Scorer
from moss_core.optimization.batches import neighbours, places, with_unchanged
from moss_core.optimization.candidate_adam import CandidateAdam
from moss_core.optimization.front import Front, front_of
from moss_core.optimization.growth import Growth
from moss_core.optimization.preferences import SMALLEST_SCALE, checked, image_share, measure_ends
from moss_core.optimization.records import Checkpoint, Record, State
from moss_core.optimization.turns import Turn, Turns
from moss_core.synthesis import MASK_SHAPE, Model

_NEAR_TRACK = 0.2
"""Share of image up to which objectives are measured in whole: near the track, where losses are
small, what their parts disagree about would be all that is left of them."""
_LEAST_START, _MOST_START = 0.05, 0.95  # of the masks, where a sigmoid still has a slope


class Optimizer:
    """Adam on the logits of N masks, which can be stepped, steered, restored and branched.

    Every objective is divided by its worse end (`measure_ends`), and each step measures one of the
    sounds that are heard, through one lens (`Turns`); a step's losses are the means of what was
    last measured of each.

    Args:
        model: renders the masks.
        scorer: the K objectives at work.
        preferences: `(N, K)`, a row per candidate that sums to 1.
        learning_rate: of Adam, on logits.
        growing: over how many steps the front grows (`Growth`); 0: all learn from the start.
    """

    def __init__(
        self,
        model: Model,
        scorer: Scorer,
        preferences: Tensor,
        learning_rate: float = 0.3,
        growing: int = 0,
    ) -> None:
        self.model = model
        self.scorer = scorer
        self._preferences = preferences.to(model.device)
        began = time.perf_counter()
        self.worst = measure_ends(model, scorer)
        self._scales = torch.tensor(self.worst, device=model.device).clamp(min=SMALLEST_SCALE)
        self.turns = Turns(len(model.parts[0].targets), len(model.sights))
        share = torch.tensor([image_share(scorer.objectives, row) for row in preferences.tolist()])
        logits = _starting_logits(share, len(model.parts)).to(model.device)
        # One by one: what it takes to find them is several times as large as they are.
        offsets = torch.cat(
            [model.starting_offsets(one) for one in share[:, None].to(model.device)]
        )
        measured = len(self.turns), len(scorer.objectives)
        self._adam = CandidateAdam(logits, offsets, learning_rate, measured)
        self._batch, self._at_once = places(model, crew())
        self.growth = Growth(len(preferences), growing)
        self._state: State | None = None
        self.learning_only: frozenset[int] | None = None
        """Those that learn; None: all."""
        self._seconds = time.perf_counter() - began

    def step(self) -> State:
        """Render and measure the masks that learn, learn from that, return what was measured."""
        began = time.perf_counter()
        step = self._state.record.step + 1 if self._state else 0
        self._join(self.growth.due(step))
        learning = self._learning()
        turn = self.turns.at(step)
        self._adam.begin_step()
        lone = self.scorer.one_at_a_time(len(learning))
        batches = neighbours(learning, self.waiting, self._batch)
        visits = [self._visit(rows, turn, lone) for rows in batches]
        visited = crew().run(visits, at_once=1 if lone else self._at_once)
        *parts, skipped = zip(*visited, strict=True)
        fresh = [torch.cat(part) for part in parts]
        masks, waveforms = with_unchanged(self._state, learning, fresh, len(self._adam))
        losses = self._adam.losses(self.scorer.active)
        self._seconds += time.perf_counter() - began
        measured, preferred = (
            tuple(map(tuple, table.tolist())) for table in (losses, self._preferences)
        )
        record = Record(step, measured, preferred, self._seconds)
        rendered = dict(enumerate(self._state.rendered if self._state else ()))
        rendered |= dict.fromkeys(learning, step)
        self._state = State(
            record,
            masks,
            waveforms,
            self.front(record),
            tuple(rendered.values()),
            tuple(chain(*skipped)),
        )
        return self._state

    def front(self, record: Record) -> Front:
        """Return the front that a step's losses show, by the objectives that work now."""
        working = self.scorer.active
        return front_of(
            record.losses, record.preferences, self.scorer.objectives, self.worst, working
        )

    def learn_only(self, candidates: Collection[int] | None) -> None:
        """Let only these candidates learn from the next step on; None: all of them.

        The others stay as they are: they are neither rendered nor changed, and cost nothing.

        Raises:
            MossError: for an index that is not there.
        """
        self._adam.check(*(candidates or ()))
        self._join(candidates or ())
        self.learning_only = frozenset(candidates) if candidates else None

    def _learning(self) -> list[int]:
        """Return the indices of those that learn, and of those that were never rendered."""
        rendered = len(self._state.waveform) if self._state else 0
        everyone = range(len(self._adam))
        chosen = self.learning_only or frozenset(everyone) - self.waiting
        return [index for index in everyone if index in chosen or index >= rendered]

    def _join(self, candidates: Iterable[int]) -> None:
        """Let those of these that wait go on from between their neighbours."""
        for index, below, above in self.growth.join(candidates):
            part = (index - below) / (above - below)
            self._adam.put(index, self._adam.between(below, above, part))

    @property
    def waiting(self) -> frozenset[int]:
        """Those that wait for what their neighbours learn (`Growth`)."""
        return self.growth.waiting

    def join_all(self) -> None:
        """Let all that wait learn from the next step on."""
        self._join(self.waiting)

    def _visit(
        self, rows: slice, turn: Turn, lone: bool
    ) -> Work[tuple[Tensor, Tensor, tuple[int, ...]]]:
        """Let some candidates learn; return masks, waveforms, and those that could not."""
        learns, channels = rows.start not in self.waiting, self.model.needed(turn.heard)
        logits, offsets = self._adam.values(rows)
        taking = offsets[:, channels].requires_grad_(learns)
        mask = torch.sigmoid(logits.requires_grad_(learns))
        cells = self.model.on_cells(mask)
        sound = self.model.render_cells(cells, taking, channels)
        weights = self._preferences[rows] / self._scales if learns else None
        losses, seen, gradients = [], [], []
        shares = [image_share(self.scorer.objectives, r) for r in self._preferences[rows].tolist()]
        whole = min(shares) <= _NEAR_TRACK
        for number, rendered in enumerate(_observed(self.model, sound, turn, whole)):
            heard = number * len(self.model.parts[0].targets) + turn.heard
            measured = yield self.scorer.measurements(rendered, weights, lone, heard)
            found, *slopes = self.scorer.gather(rendered, measured)
            losses.append(found)
            seen += [rendered.picture, rendered.waveform]
            gradients += slopes
        self._adam.measured[rows, turn.place] = torch.stack(losses).mean(0)
        cells = cells.detach()
        waveform = self._whole(cells, offsets, sound.detach(), channels)
        if not learns:
            return mask, waveform, ()
        learned = torch.autograd.grad(seen, (logits, taking), gradients)
        lent = self.model.in_bins(cells) if self.model.one_image else None
        return mask.detach(), waveform, self._adam.learn(rows, learned, channels, lent)

    @torch.no_grad()
    def _whole(self, cells: Tensor, offsets: Tensor, sound: Tensor, channels: slice) -> Tensor:
        """Return all painted channels, of which some are rendered already."""
        count, (first, last, _) = offsets.shape[1], channels.indices(offsets.shape[1])
        whole = sound.new_empty((len(sound), count, sound.shape[2]))
        whole[:, channels] = sound
        for others in (slice(0, first), slice(last, count)):
            if others.start < others.stop:
                whole[:, others] = self.model.render_cells(cells, offsets[:, others], others)
        return whole

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
        self._adam.check(candidate)
        weights = checked(self.scorer.objectives, preference)
        changed = self._preferences.clone()
        changed[candidate] = torch.tensor(weights)
        self._preferences = changed
        self._join([candidate])

    def preview(self, candidate: int) -> Tensor:
        """Return a candidate's channels as its mask is now, `(P, samples)`, without learning.

        Raises:
            MossError: for an index that is not there.
        """
        self._adam.check(candidate)
        with torch.no_grad():
            logits, offsets = self._adam.values(slice(candidate, candidate + 1))
            return self.model.render(torch.sigmoid(logits), offsets)[0]

    def checkpoint(self, candidate: int) -> Checkpoint:
        """Return all that a candidate has learned so far, to `restore` or `add` it later.

        Raises:
            MossError: for an index that is not there.
        """
        self._adam.check(candidate)
        preference = tuple(self._preferences[candidate].tolist())
        return Checkpoint(preference, self._adam.row(candidate))

    def between(self, first: int, second: int) -> Checkpoint:
        """Return the checkpoint half way between two candidates, by mask and by preference.

        Raises:
            MossError: for an index that is not there.
        """
        self._adam.check(first, second)
        self._join([first, second])
        preference = (self._preferences[first] + self._preferences[second]) / 2
        return Checkpoint(tuple(preference.tolist()), self._adam.between(first, second))

    def restore(self, candidate: int, checkpoint: Checkpoint) -> None:
        """Put a candidate back to a checkpoint, its preference included.

        Raises:
            MossError: for an index that is not there.
        """
        self.steer(candidate, checkpoint.preference)
        self._adam.put(candidate, checkpoint.tensors)

    def add(self, checkpoint: Checkpoint) -> int:
        """Let a new candidate go on from a checkpoint; return its index, the last one."""
        row = torch.tensor([checkpoint.preference]).to(self._preferences)
        self._preferences = torch.cat([self._preferences, row])
        return self._adam.append(checkpoint.tensors)

    def learned(self) -> tuple[tuple[Tensor, ...], int]:
        """Return what all candidates have learned, by `candidate_adam.NAMES`, and Adam's steps."""
        return self._adam.rows, self._adam.steps

    def resume_from(
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
        self._adam.put_all(put[1:], adam_steps)
        learned = [i for i in range(len(self._adam)) if self._adam.has_learned(i)]
        self.growth.resume_from(state.record.step, learned)
        self._seconds = state.record.seconds


def _observed(model: Model, sound: Tensor, turn: Turn, whole: bool) -> Iterator[Rendered]:
    """Give what is seen and heard of each placed image at a turn.

    Args:
        model: of the images.
        sound: channels that are needed, `(N, Q, samples)`.
        turn: whose it is.
        whole: whether objectives measure all of themselves.
    """
    for part, own in model.split(sound):
        sight = part.sights[turn.sight % len(part.sights)]
        rendered = part.observe(part.mix(own, turn.heard), sight)
        yield rendered if whole else replace(rendered, turn=turn.number)


def _starting_logits(share: Tensor, images: int) -> Tensor:
    """Return masks that are the same everywhere, `(N, images * 128, 256)`, as logits."""
    start = _LEAST_START + (_MOST_START - _LEAST_START) * share
    return torch.logit(start).view(-1, 1, 1).expand(-1, images * MASK_SHAPE[0], MASK_SHAPE[1])
