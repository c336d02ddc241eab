"""The pictures of past steps, as many as memory allows."""

from __future__ import annotations

import math

MAX_PICTURES = 256


class Replay:
    """Keeps the pictures of every so many steps, and of half as many when there are too many.

    One thread writes, any may read: what is kept is never changed but replaced whole.

    Args:
        expected: pictures that would come if every step were kept.
        limit: most pictures to keep, all candidates together.
    """

    def __init__(self, expected: int = 0, limit: int = MAX_PICTURES) -> None:
        self._limit = limit
        self._stride = max(1, math.ceil(expected / limit))
        self._kept: dict[int, dict[int, bytes]] = {}

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps whose pictures are kept, in order."""
        return tuple(self._kept)

    def wants(self, step: int) -> bool:
        """Whether this step's pictures would be kept."""
        return step % self._stride == 0

    def add(self, step: int, pictures: dict[int, bytes]) -> None:
        """Keep the pictures of a step by candidate; thins out the older ones where needed."""
        kept = self._kept | {step: pictures}
        while sum(map(len, kept.values())) > self._limit and len(kept) > 1:
            self._stride *= 2
            kept = {s: p for s, p in kept.items() if s % self._stride == 0}
        self._kept = kept

    def picture(self, step: int, candidate: int) -> bytes | None:
        """Return a candidate's picture at a recorded step; None if it was not there yet."""
        return self._kept.get(step, {}).get(candidate)
