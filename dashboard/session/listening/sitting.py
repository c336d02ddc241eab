"""One listener's test of a run as it is now, continued from the answers in the run's folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from moss_core.errors import MossError
from moss_core.listening import (
    Answer,
    Kind,
    Listening,
    Side,
    Trial,
    keep_answer,
    kept_answers,
    new_listener,
    positions_of,
)
from moss_core.optimization import Front
from session import memory
from sources.kept import Kept

BY_EAR: tuple[Kind, ...] = ("abx",)
PAIRS: tuple[Kind, ...] = ("sound", "picture")
MOST_GUESTS = 50
"""Listeners of a run as it is: a few are invited, and nobody fills the disk."""
MOST_HEARD = 16
"""Candidates that are played: more would take long to make, and tell no more of where a mark is."""


def heard_positions(front: Front) -> dict[int, float]:
    """Return the picture share in percent of the candidates of a front that are played, by index.

    Of many those are left out that lie closest to others.
    """
    found = sorted(positions_of(front).items(), key=lambda item: item[1])
    while len(found) > MOST_HEARD:
        gaps = [after[1] - before[1] for before, after in zip(found, found[2:], strict=False)]
        del found[1 + gaps.index(min(gaps))]
    return dict(found)


def latest_listener(answers: Sequence[Answer]) -> str | None:
    """Return who answered last by ear, of those whom the run belongs to; None: nobody did."""
    own = (a.listener for a in reversed(answers) if a.trial.kind == "abx" and not a.invited)
    return next(own, None)


def listening_of(
    positions: dict[int, float], answers: Sequence[Answer], listener: str, kinds: Sequence[Kind]
) -> Listening:
    """Return somebody's test as far as it was answered.

    Args:
        positions: of the candidates that are played (`heard_positions`).
        answers: to these candidates as they are now, of whomever.
        listener: whose test it is; its order is drawn by this word.
        kinds: of trials.
    """
    seed = sum(letter << 8 * place for place, letter in enumerate(listener.encode()))
    own = tuple(answer for answer in answers if answer.listener == listener)
    # To fit one takes 10 ms, and whenever somebody has answered, all are asked for.
    key = tuple(positions.items()), listener, tuple(kinds), own
    return _tests.once(key, lambda: Listening(positions, seed, own, kinds))


@dataclass(frozen=True)
class Sitting:
    """Somebody who listens to a run.

    Args:
        folder: of the run.
        step: at which its candidates are heard; once it learns on they are others.
        positions: picture shares of those that are played (`heard_positions`).
        listener: who; a random word.
        kinds: of trials.
        invited: whether it is somebody whom the run does not belong to.
    """

    folder: Path
    step: int
    positions: dict[int, float]
    listener: str
    kinds: tuple[Kind, ...]
    invited: bool = False

    def test(self) -> Listening:
        """Return the test as far as it was answered.

        Raises:
            MossError: if the answers cannot be read, or the front has fewer than two candidates.
        """
        answers = kept_answers(self.folder, self.step)
        return listening_of(self.positions, answers, self.listener, self.kinds)

    def keep(self, number: int, answered: Side, seconds: float) -> None:
        """Keep an answer, once: what comes a second time is no answer to the next trial.

        Args:
            number: of the trial, from 1.
            answered: what was said.
            seconds: it took.

        Raises:
            MossError: if it cannot be kept, or more people were invited than a test takes.
        """
        test = self.test()
        trial: Trial | None = test.next_trial()
        if trial is None or number != len(test.answers) + 1:
            return
        if self.invited:
            check_guests(self.folder, self.step, self.listener)
        now = datetime.now(UTC)
        answer = Answer(
            trial, answered, seconds, now, self.listener, self.step, invited=self.invited
        )
        keep_answer(self.folder, answer, self.positions)


def begin(
    folder: Path, step: int, positions: dict[int, float], kinds: tuple[Kind, ...], again: bool
) -> Sitting:
    """Return the sitting of somebody who begins, or goes on where the last one left off.

    Args:
        folder: of the run, at rest.
        step: that it has come to.
        positions: picture shares of the candidates that are played (`heard_positions`).
        kinds: of trials.
        again: whether it is somebody new, or the same person from the beginning.

    Raises:
        MossError: if the answers so far cannot be read.
    """
    known = None if again else latest_listener(kept_answers(folder, step))
    return Sitting(folder, step, positions, known or new_listener(), kinds)


def check_guests(folder: Path, step: int, listener: str) -> None:
    """Raise MossError if as many others listened to a run at a step as may be invited."""
    answers = kept_answers(folder, step)
    others = {answer.listener for answer in answers if answer.invited} - {listener}
    if len(others) >= MOST_GUESTS:
        remedy = "Thank you all the same."
        raise MossError("listeners", f"must be at most {MOST_GUESTS}", len(others), remedy)


def word_of(secret: str) -> str:
    """Return the word under which the answers of somebody are kept who was invited.

    The answers are shown to others and the secret is not: it is the key to go on and to remove.
    """
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def take(sitting: Sitting) -> None:
    """Take a test in this session, in a booth that is opened anew."""
    memory.put(memory.SITTING, sitting)
    memory.put(memory.BOOTH, memory.get(memory.BOOTH) + 1)


def taken_in(folder: Path | None, invited: bool) -> Sitting | None:
    """Return the test of a run that is taken in this session just now, if one is.

    Args:
        folder: of the run.
        invited: whether on the page of those who were invited, or on the owner's.
    """
    sitting: Sitting | None = memory.get(memory.SITTING)
    if sitting and (sitting.folder, sitting.invited) == (folder, invited):
        return sitting
    return None


_TEST_BYTES = 400_000
_tests = Kept(64 * _TEST_BYTES, lambda _: _TEST_BYTES)
