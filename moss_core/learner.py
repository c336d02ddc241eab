"""What N masks have learned, row by row: logits, Adam's moments of them, and phases."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from moss_core.errors import MossError

NAMES = ("logits", "first_moments", "second_moments", "phases")


class Learner:
    """The logits of N masks under Adam, each row with the phase of its next rendering.

    Args:
        logits: `(N, 128, 256)`.
        phases: radians `(N, bins, frames)`.
        learning_rate: of Adam.
    """

    def __init__(self, logits: Tensor, phases: Tensor, learning_rate: float) -> None:
        self._learning_rate = learning_rate
        zeros = torch.zeros_like(logits)
        self.put_all((logits, zeros, zeros, phases), 0)

    def __len__(self) -> int:
        return len(self.logits)

    @property
    def rows(self) -> tuple[Tensor, ...]:
        """All that belongs to candidates, N rows each, in the order of `NAMES`."""
        adam = self._adam.state[self.logits]
        return self.logits, adam["exp_avg"], adam["exp_avg_sq"], self.phases

    @property
    def steps(self) -> int:
        """How many steps Adam has taken."""
        return int(self._adam.state[self.logits]["step"])

    def put_all(self, rows: Sequence[Tensor], steps: int) -> None:
        """Go on from these rows, in the order of `NAMES`, after so many steps of Adam."""
        logits, first, second, self.phases = rows
        self.logits = logits.detach().clone().contiguous().requires_grad_()
        self._adam = torch.optim.Adam([self.logits], lr=self._learning_rate)
        self._adam.state[self.logits] = {
            "step": torch.tensor(float(steps)),
            "exp_avg": first.clone(),
            "exp_avg_sq": second.clone(),
        }

    def row(self, candidate: int) -> tuple[Tensor, ...]:
        """Return a copy of one candidate's rows."""
        return tuple(tensor[candidate].detach().clone() for tensor in self.rows)

    def put(self, candidate: int, row: Sequence[Tensor]) -> None:
        """Put a candidate back to what `row` returned."""
        with torch.no_grad():
            for tensor, kept in zip(self.rows, row, strict=True):
                tensor[candidate] = kept

    def append(self, row: Sequence[Tensor]) -> int:
        """Add a candidate; return its index, the last one."""
        grown = [
            torch.cat([tensor.detach(), kept[None]])
            for tensor, kept in zip(self.rows, row, strict=True)
        ]
        self.put_all(grown, self.steps)
        return len(self) - 1

    def between(self, first: int, second: int) -> tuple[Tensor, ...]:
        """Return the row half way between two candidates: the mean of what they have learned."""
        one, other = self.row(first), self.row(second)
        means = ((a + b) / 2 for a, b in zip(one[:-1], other[:-1], strict=True))
        sides = [torch.polar(torch.ones_like(row[-1]), row[-1]) for row in (one, other)]
        return *means, (sides[0] + sides[1]).angle()

    def zero_gradient(self) -> None:
        """Forget the gradient of the last step."""
        self._adam.zero_grad()

    def advance(self, learning: Tensor, phases: Tensor) -> None:
        """Take a step of Adam by the gradient of `logits`; only the rows `learning` move.

        Args:
            learning: indices `(M,)`.
            phases: the new ones of these rows, `(M, bins, frames)`.
        """
        still = torch.ones(len(self), dtype=torch.bool)
        still[learning.cpu()] = False
        resting = still.nonzero()[:, 0].tolist()
        kept = [self.row(candidate) for candidate in resting]
        self._adam.step()
        for candidate, row in zip(resting, kept, strict=True):
            self.put(candidate, row)
        if resting:
            self.phases = self.phases.index_copy(0, learning, phases)
        else:
            self.phases = phases

    def copy(self, source: Tensor) -> None:
        """Let each candidate go on from the row of another, `source` `(N,)`; itself: no change."""
        with torch.no_grad():
            for tensor in self.rows:
                tensor.copy_(tensor[source])

    def hold_unusable(self) -> tuple[int, ...]:
        """Return the candidates whose gradient is not finite, and take that gradient away."""
        gradient = self.logits.grad
        assert gradient is not None
        unusable = ~torch.isfinite(gradient).flatten(1).all(1)
        gradient[unusable] = 0
        return tuple(unusable.nonzero()[:, 0].tolist())

    def check(self, candidate: int) -> None:
        """Raise `MossError` for an index that is not there."""
        if not 0 <= candidate < len(self):
            raise MossError(
                "candidate", f"must be 0 to {len(self) - 1}", candidate, "Choose one of the run's."
            )
