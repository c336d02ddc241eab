"""What a step of an optimization leaves: its numbers, its masks and sounds, and checkpoints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from moss_core.optimization.front import Front


@dataclass(frozen=True)
class Record:
    """One step of an optimization in numbers.

    Args:
        step: 0 is the crossfade, before anything is learned.
        losses: `[candidate][objective]`, the means over channels and viewers, each as it was last
            measured.
        preferences: `[candidate][objective]`, each candidate's sum to 1.
        seconds: spent so far; pauses do not count.
    """

    step: int
    losses: tuple[tuple[float, ...], ...]
    preferences: tuple[tuple[float, ...], ...]
    seconds: float

    def ranges(self, names: Iterable[str]) -> str:
        """Return the least and the largest loss of each objective, for people.

        Args:
            names: of the objectives, in the order of the losses.
        """
        columns = zip(*self.losses, strict=True)
        parts = [
            f"{name} {min(losses):.3f} to {max(losses):.3f}"
            for name, losses in zip(names, columns, strict=True)
        ]
        return ", ".join(parts)


@dataclass(frozen=True)
class State:
    """All N candidates at one step; its tensors are never written to again.

    Args:
        record: the numbers.
        mask: `(N, 128, 256)` in [0, 1], row 0 = highest frequency.
        waveform: the painted channels, `(N, P, samples)` at the working rate: what `mask` gave when
            it was rendered.
        front: what the losses say of the candidates.
        rendered: the step that each candidate was last rendered at; one that does not learn keeps
            what it was.
        skipped: candidates that learned nothing from this step because their gradient was not
            finite; their masks stay as they were.
    """

    record: Record
    mask: Tensor
    waveform: Tensor
    front: Front
    rendered: tuple[int, ...]
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """Everything that one candidate has learned; its tensors are never written to again.

    Args:
        preference: its K weights, which sum to 1.
        tensors: its rows, in the order of `candidate_adam.NAMES`.
    """

    preference: tuple[float, ...]
    tensors: tuple[Tensor, ...]

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return sum(tensor.nbytes for tensor in self.tensors)
