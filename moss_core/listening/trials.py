"""What a listener is asked, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["abx", "sound", "picture"]
Side = Literal["first", "second"]

TRACK, IMAGE = -1, -2
"""What may stand for a candidate's index: the track itself, and the image alone as a sound."""


@dataclass(frozen=True)
class Trial:
    """What is played or shown, side by side and unnamed.

    Args:
        kind: "abx" (which of both is X?), "sound" (which sounds more like the track?) or "picture"
            (which shows more of the image?).
        first: index of a candidate, or `TRACK` or `IMAGE`. The order is drawn already.
        second: likewise.
        x_is_first: which of both X is in "abx"; False in pairs, which have no X.
    """

    kind: Kind
    first: int
    second: int
    x_is_first: bool = False

    @property
    def is_catch(self) -> bool:
        """Whether the track is played against itself: nobody can be right; never tell anybody."""
        return self.first == self.second

    @property
    def is_obvious(self) -> bool:
        """Whether the image alone is one of both, which nobody who listens can miss."""
        return IMAGE in (self.first, self.second)

    @property
    def candidate(self) -> int | None:
        """Which candidate is held against the track in "abx"; None: none."""
        played = {self.first, self.second} - {TRACK, IMAGE}
        return played.pop() if self.kind == "abx" and len(played) == 1 else None


@dataclass(frozen=True)
class Answer:
    """What a listener said.

    Args:
        trial: that was answered.
        answered: which of both was X, sounds more like the track, or shows more of the image.
        seconds: it took.
        when: UTC.
        listener: who, as a random word without a meaning; "" where nobody is told apart.
        step: of the run when its candidates were heard. Where it learned on, they are others.
        invited: whether it is somebody whom the run does not belong to, and who followed a link.
    """

    trial: Trial
    answered: Side
    seconds: float
    when: datetime
    listener: str = ""
    step: int = 0
    invited: bool = False

    @property
    def right(self) -> bool | None:
        """Whether X was found; None where nothing is right or wrong."""
        if self.trial.kind != "abx" or self.trial.is_catch:
            return None
        return (self.answered == "first") == self.trial.x_is_first

    @property
    def chosen(self) -> int:
        """Index of what was answered."""
        return self.trial.first if self.answered == "first" else self.trial.second

    @property
    def other(self) -> int:
        """Index of what was not."""
        return self.trial.second if self.answered == "first" else self.trial.first
