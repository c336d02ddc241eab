"""Whose turn it is: each step measures one of the sounds that are heard, through one lens.

All of them at every step would take as many times as long. The masks and phases change little from
one step to the next, so what one step learns for one channel and one viewer is corrected by the
next one for the others, as in stochastic gradient descent (Robbins and Monro, 1951,
https://doi.org/10.1214/aoms/1177729586).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """What a step measures.

    Args:
        heard: index of the sound that is heard (`Painted.heard`).
        sight: index of the lens that it is seen through (`HybridModel.sights`).
        place: of the two together, counted through.
        number: how many times this sound was heard before.
    """

    heard: int
    sight: int
    place: int
    number: int


class Turns:
    """Takes sounds and lenses in turn, so that each sound is seen through each lens.

    Args:
        heard: how many sounds are heard.
        sights: how many lenses there are.
    """

    def __init__(self, heard: int, sights: int) -> None:
        self._heard, self._sights = heard, sights

    def __len__(self) -> int:
        """How many different turns there are."""
        return self._heard * self._sights

    def at(self, step: int) -> Turn:
        """Return the turn of a step."""
        number, heard = divmod(step, self._heard)
        sight = (heard + number) % self._sights
        return Turn(heard, sight, heard * self._sights + sight, number)
