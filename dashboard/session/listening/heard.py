"""What the answers of a run say: where its front begins to be heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from background.snapshots import Snapshot
from moss_core.errors import MossError
from moss_core.listening import (
    Answer,
    Listening,
    Threshold,
    interval_text,
    kept_answers,
    one_each,
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
        return f"Just noticeable at {interval_text(low, high)} (95 %)"


@dataclass(frozen=True)
class Guests:
    """Who was invited to listen to a run, and came.

    Args:
        finished: how many took the test by ear to its end.
        guessing: how many of them pressed without listening.
        begun: how many others answered something.
        answers: of anybody to this run, those whom it belongs to among them.
        theirs: answers of those who were invited, among these.
        together: what all who listened tell of others; "" where they are fewer than two.
        trouble: why the answers cannot be read; "" if they can.
    """

    finished: int
    guessing: int
    begun: int
    answers: int
    theirs: int
    together: str
    trouble: str = ""


def heard(folder: Path | None, snapshot: Snapshot) -> Heard | None:
    """Return what was heard of a run as it is now, by whoever of its own listened last.

    None: nobody did. Answers that cannot be read are none here; who listens is told of them.
    """
    return _told(folder, snapshot)[0]


def guests(folder: Path | None, snapshot: Snapshot) -> Guests:
    """Return who was invited to listen to a run as it is now; nobody where answers are damaged."""
    return _told(folder, snapshot)[1]


_NOBODY = Guests(0, 0, 0, 0, 0, "")


def _told(folder: Path | None, snapshot: Snapshot) -> tuple[Heard | None, Guests]:
    if folder is None or not snapshot.history:
        return None, _NOBODY
    try:
        written = (folder / LISTENING).stat()
    except OSError:
        return None, _NOBODY
    key = folder, written.st_mtime_ns, written.st_size, snapshot.step, len(snapshot.candidates)
    return _found.once(key, lambda: _read(folder, snapshot))


def _read(folder: Path, snapshot: Snapshot) -> tuple[Heard | None, Guests]:
    positions, everything = heard_positions(snapshot.front), positions_of(snapshot.front)
    try:
        of_all_steps = kept_answers(folder)
        answers = tuple(answer for answer in of_all_steps if answer.step == snapshot.step)
        tests = {
            word: (listening_of(positions, one, word, BY_EAR), one[0].invited)
            for word, one in one_each(answers).items()
        }
        together = _together(positions, [test for test, _ in tests.values()])
        came = [test for test, invited in tests.values() if invited]
        finished = [test for test in came if test.is_enough]
        guessing = sum(test.threshold().guessing for test in finished)
        begun = len(came) - len(finished)
        theirs = sum(answer.invited for answer in of_all_steps)
        count = len(of_all_steps)
        told = Guests(len(finished), guessing, begun, count, theirs, together)
        listener = latest_listener(answers)
        if listener is None:
            return None, told
        return heard_by(positions, everything, answers, listener, together), told
    except MossError as error:
        logger.warning("answers of a run cannot be read: %s", error)
        return None, replace(_NOBODY, trouble=str(error))


def heard_by(
    positions: dict[int, float],
    everything: dict[int, float],
    answers: Sequence[Answer],
    listener: str,
    together: str = "",
) -> Heard:
    """Return what somebody heard of a front.

    Args:
        positions: picture shares of the candidates that are played, by index.
        everything: those of the whole front.
        answers: to these candidates as they are now, of whomever.
        listener: whose.
        together: what all who listened tell of others.

    Raises:
        MossError: for fewer than two candidates.
    """
    test = listening_of(positions, answers, listener, BY_EAR)
    threshold = test.threshold()
    below = [
        (share, index)
        for index, share in everything.items()
        if threshold.low is not None and share <= threshold.low
    ]
    candidate = max(below)[1] if below else None
    shares = positions.values()
    return Heard(threshold, test.planned, min(shares), max(shares), candidate, together)


def _together(positions: dict[int, float], tests: Sequence[Listening]) -> str:
    """Return what several listeners tell of others; "" where there is one, or nothing is known."""
    if not tests:
        return ""
    pooled = pooled_threshold(positions, tests)
    if pooled.listeners < 2 or (pooled.low, pooled.high) == (None, None):
        return ""
    return str(pooled)
