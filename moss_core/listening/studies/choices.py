"""What eyes said in a study: how often each picture was chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from moss_core.listening.trials import Answer

_Z = 1.959964


@dataclass(frozen=True)
class Preferred:
    """How often a candidate was said to show more of the image.

    Args:
        candidate: its index.
        shown: in how many pairs it was.
        share: in which part of them it was chosen, 0 to 1.
        low: lower end of the 95 % interval of Wilson (1927, https://doi.org/10.2307/2276774).
        high: the upper end.
    """

    candidate: int
    shown: int
    share: float
    low: float
    high: float


def preferred(answers: Sequence[Answer]) -> tuple[Preferred, ...]:
    """Return how often each candidate was chosen in pairs of pictures, the most often first."""
    pairs = [answer for answer in answers if answer.trial.kind == "picture"]
    found = []
    for index in {index for one in pairs for index in (one.trial.first, one.trial.second)}:
        own = [one for one in pairs if index in (one.trial.first, one.trial.second)]
        share = sum(one.chosen == index for one in own) / len(own)
        middle = (share + _Z**2 / (2 * len(own))) / (1 + _Z**2 / len(own))
        spread = share * (1 - share) / len(own) + (_Z / (2 * len(own))) ** 2
        away = _Z * math.sqrt(spread) / (1 + _Z**2 / len(own))
        found.append(Preferred(index, len(own), share, middle - away, middle + away))
    return tuple(sorted(found, key=lambda one: -one.share))
