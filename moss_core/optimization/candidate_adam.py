"""What N candidates have learned, row by row: logits and phase offsets, each with Adam moments.

And what was last measured of them, since a step measures them by one turn only (`turns`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.synthesis import wrapped

NAMES = (
    "logits",
    "first_moments",
    "second_moments",
    "phase_offsets",
    "phase_first_moments",
    "phase_second_moments",
    "measured",
)
PHASE_RATE = 0.2
"""Of Adam on phases, radians: how far one may turn in a step."""

_BETAS, _EPSILON = (0.9, 0.999), 1e-8


class CandidateAdam:
    """The logits of N masks and the phase offsets of their P channels, learned by Adam.

    Kingma and Ba, ICLR 2015, https://arxiv.org/abs/1412.6980. Rows learn in batches, each as
    soon as its gradient is there, so that gradients of all candidates never lie in memory at once.

    Args:
        logits: `(N, 128, 256)`.
        offsets: of phases, radians `(N, P, bins, frames)`.
        learning_rate: of Adam on logits.
        measured: how many numbers are measured of each, `(turns, objectives)`.
    """

    def __init__(
        self, logits: Tensor, offsets: Tensor, learning_rate: float, measured: tuple[int, int]
    ) -> None:
        self._rate = learning_rate
        moments = [[torch.zeros_like(value) for _ in range(2)] for value in (logits, offsets)]
        nothing = logits.new_full((len(logits), *measured), torch.nan)
        self.put_all((logits, *moments[0], offsets, *moments[1], nothing), 0)

    def __len__(self) -> int:
        return len(self.rows[0])

    def put_all(self, rows: Sequence[Tensor], steps: int) -> None:
        """Go on from these rows, in the order of `NAMES`, after so many steps of Adam."""
        self.rows = tuple(row.detach().clone(memory_format=torch.contiguous_format) for row in rows)
        """All that belongs to candidates, N rows each, in the order of `NAMES`."""
        self.steps = steps
        """How many steps Adam has taken."""

    @property
    def measured(self) -> Tensor:
        """What was last measured of the candidates, `(N, turns, objectives)`; NaN: not yet."""
        return self.rows[-1]

    def losses(self, active: Collection[int]) -> Tensor:
        """Return the means of what was last measured, `(N, objectives)`.

        Args:
            active: indices of the objectives that work; those of the others are NaN.
        """
        losses = self.measured.nanmean(1)
        off = [k for k in range(losses.shape[1]) if k not in active]
        losses[:, off] = torch.nan
        return losses

    def begin_step(self) -> None:
        """Count a step."""
        self.steps += 1

    def values(self, rows: slice) -> tuple[Tensor, Tensor]:
        """Return copies of the logits and the phase offsets of some rows, to render them.

        Copies, since other rows may learn before the gradient of these is there: PyTorch counts
        the writes to a tensor as a whole.
        """
        return self.rows[0][rows].clone(), self.rows[3][rows].clone()

    def has_learned(self, candidate: int) -> bool:
        """Whether a candidate ever took a step."""
        return bool(self.rows[2][candidate].any())

    def learn(
        self,
        rows: slice,
        gradients: Sequence[Tensor],
        channels: slice,
        lent: Tensor | None = None,
    ) -> tuple[int, ...]:
        """Let some rows take the step of Adam that `begin_step` has counted.

        Args:
            rows: whose gradients these are.
            gradients: of their logits and of the phase offsets of these channels.
            channels: that learn.
            lent: how far the other channels go along, `(N, bins, frames)` in [0, 1]; None: they
                stay as they are. Where all show the image, what one learns is good for the others.

        Returns:
            Those that stay as they are, because their gradient is not finite.
        """
        finite = [torch.isfinite(gradient).flatten(1).all(1) for gradient in gradients]
        usable = (finite[0] & finite[1]).tolist()
        parts = [(rows, slice(None))]
        if not all(usable):
            parts = [
                (slice(rows.start + place, rows.start + place + 1), slice(place, place + 1))
                for place, good in enumerate(usable)
                if good
            ]
        for there, here in parts:
            logits, offsets = gradients
            self._adam([row[there] for row in self.rows[:3]], logits[here], self._rate)
            everyone = range(self.rows[3].shape[1])
            for channel in everyone:
                values = [row[there, channel] for row in self.rows[3:6]]
                if channel in everyone[channels]:
                    own = offsets[here, channel - everyone[channels].start]
                    self._adam(values, own, PHASE_RATE)
                elif lent is not None:
                    self._adam(values, offsets[here, 0] * lent[here], PHASE_RATE)
        return tuple(rows.start + place for place, good in enumerate(usable) if not good)

    def _adam(self, values: Sequence[Tensor], gradient: Tensor, rate: float) -> None:
        value, mean, square = values
        begin, settle = (1 - beta**self.steps for beta in _BETAS)
        mean.lerp_(gradient, 1 - _BETAS[0])
        square.mul_(_BETAS[1]).addcmul_(gradient, gradient, value=1 - _BETAS[1])
        size = square.sqrt().div_(settle**0.5).add_(_EPSILON)
        value.addcdiv_(mean, size, value=-rate / begin)

    def row(self, candidate: int) -> tuple[Tensor, ...]:
        """Return a copy of one candidate's rows."""
        return tuple(tensor[candidate].clone() for tensor in self.rows)

    def put(self, candidate: int, row: Sequence[Tensor]) -> None:
        """Put a candidate back to what `row` returned."""
        for tensor, kept in zip(self.rows, row, strict=True):
            tensor[candidate] = kept

    def append(self, row: Sequence[Tensor]) -> int:
        """Add a candidate; return its index, the last one."""
        grown = [torch.cat([rows, new[None]]) for rows, new in zip(self.rows, row, strict=True)]
        self.put_all(grown, self.steps)
        return len(self) - 1

    def between(self, first: int, second: int, part: float = 0.5) -> tuple[Tensor, ...]:
        """Return the row that lies between two candidates, `part` (0 to 1) of the way."""
        one, other = self.row(first), self.row(second)
        means = [torch.lerp(a, b, part) for a, b in zip(one, other, strict=True)]
        means[3] = one[3] + part * wrapped(other[3] - one[3])
        return tuple(means)

    def check(self, *candidates: int) -> None:
        """Raise `MossError` for an index that is not there."""
        for candidate in candidates:
            if not 0 <= candidate < len(self):
                raise MossError(
                    "candidate",
                    f"must be 0 to {len(self) - 1}",
                    candidate,
                    "Choose one of the run's.",
                )
