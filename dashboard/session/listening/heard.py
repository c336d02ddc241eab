"""What the answers of a run say: where its front begins to be heard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from background.snapshots import Snapshot
from moss_core.errors import MossError
from moss_core.listening import (
    Answer,
    Threshold,
    kept_answers,
    pooled_threshold,
    positions_of,
)
from moss_core.machine import logger
from moss_core.runs import LISTENING
from session.listening.sitting import BY_EAR, heard_positions, latest_listener, listening_of
from sources.kept import Kept

_REMEMBERED = 256
_found = Kept(_REMEMBERED, lambda _: 1)


@dataclass(frozen=True)
class Heard:
    """What somebody heard of a front.

    Args:
        threshold: where it begins to be heard.
        planned: answers that a whole test has, as far as is known.
        least: picture share in percent of the front's first candidate.
        most: of its last one.
        candidate: index of the one with the most image that was not heard; None: there is none.
        together: what all who listened tell of others, where they are several; "" otherwise.
    """

    threshold: Threshold
    planned: int
    least: float
    most: float
    candidate: int | None
    together: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether the test was taken to its end."""
        return self.threshold.answers >= self.planned

    def __str__(self) -> str:
        """Return it in words: "Just noticeable at 34 to 41 % image (95 %)"."""
        low, high = self.threshold.low, self.threshold.high
        if self.threshold.guessing:
            return "These answers look like guesses, so there is no mark"
        if low is not None and low >= self.most:
            return f"Not heard, even at the most image ({self.most:.0f} %)"
        if high is not None and high <= self.least:
            return f"Heard already at the least image ({self.least:.0f} %)"
        if low is None and high is None:
            return "These answers do not tell yet where it begins"
        return f"Just noticeable at {_between(low, high)} (95 %)"


def _between(low: float | None, high: float | None) -> str:
    """Return an interval of picture shares in words, one of whose ends is known."""
    if low is not None and high is not None:
        return f"{low:.0f} to {high:.0f} % image"
    if low is not None:
        return f"{low:.0f} % image, or only at more"
    return f"{high:.0f} % image, or already at less"


def heard(folder: Path | None, snapshot: Snapshot) -> Heard | None:
    """Return what was heard of a run as it is now, by whoever listened last; None: nobody did.

    Answers that cannot be read are none here; who listens is told of them.
    """
    if folder is None or not snapshot.history:
        return None
    try:
        written = (folder / LISTENING).stat()
    except OSError:
        return None
    key = folder, written.st_mtime_ns, written.st_size, snapshot.step, len(snapshot.candidates)
    found = _found.once(key, lambda: (_heard(folder, snapshot),))
    return found[0]


def _heard(folder: Path, snapshot: Snapshot) -> Heard | None:
    positions, everything = heard_positions(snapshot), positions_of(snapshot.front)
    try:
        answers = kept_answers(folder, snapshot.step)
        listener = latest_listener(answers)
        if listener is None:
            return None
        test = listening_of(positions, answers, listener, BY_EAR)
    except MossError as error:
        logger.warning("answers of a run cannot be read: %s", error)
        return None
    threshold = test.threshold()
    below = [
        (share, index)
        for index, share in everything.items()
        if threshold.low is not None and share <= threshold.low
    ]
    candidate = max(below)[1] if below else None
    shares = positions.values()
    together = _together(positions, answers)
    return Heard(threshold, test.planned, min(shares), max(shares), candidate, together)


def _together(positions: dict[int, float], answers: tuple[Answer, ...]) -> str:
    """Return what several listeners tell of others; "" where there is one, or nothing is known."""
    pooled = pooled_threshold(positions, answers)
    if pooled.listeners < 2 or (pooled.low, pooled.high) == (None, None):
        return ""
    between = _between(pooled.low, pooled.high)
    return f"By {pooled.listeners} listeners: half of people begin to hear it at {between} (95 %)."
