"""One listener's test of a run as it is now, continued from the answers in the run's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

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

BY_EAR: tuple[Kind, ...] = ("abx",)
PAIRS: tuple[Kind, ...] = ("sound", "picture")
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
    return Listening(positions, seed, [a for a in answers if a.listener == listener], kinds)


@dataclass(frozen=True)
class Sitting:
    """Somebody who listens to a run.

    Args:
        folder: of the run.
        step: at which its candidates are heard; once it learns on they are others.
        listener: who; a random word.
        kinds: of trials.
        invited: whether it is somebody whom the run does not belong to.
    """

    folder: Path
    step: int
    listener: str
    kinds: tuple[Kind, ...]
    invited: bool = False

    def test(self, positions: dict[int, float]) -> Listening:
        """Return the test as far as it was answered.

        Args:
            positions: of the candidates that are played (`heard_positions`).

        Raises:
            MossError: if the answers cannot be read, or the front has fewer than two candidates.
        """
        answers = kept_answers(self.folder, self.step)
        return listening_of(positions, answers, self.listener, self.kinds)

    def keep(
        self, positions: dict[int, float], number: int, answered: Side, seconds: float
    ) -> None:
        """Keep an answer, once: what comes a second time is no answer to the next trial.

        Args:
            positions: of the candidates that are played.
            number: of the trial, from 1.
            answered: what was said.
            seconds: it took.

        Raises:
            MossError: if it cannot be kept.
        """
        test = self.test(positions)
        trial: Trial | None = test.next_trial()
        if trial is None or number != len(test.answers) + 1:
            return
        now = datetime.now(UTC)
        answer = Answer(
            trial, answered, seconds, now, self.listener, self.step, invited=self.invited
        )
        keep_answer(self.folder, answer, positions)


def begin(folder: Path, step: int, kinds: tuple[Kind, ...], again: bool) -> Sitting:
    """Return the sitting of somebody who begins, or goes on where the last one left off.

    Args:
        folder: of the run, at rest.
        step: that it has come to.
        kinds: of trials.
        again: whether it is somebody new, or the same person from the beginning.

    Raises:
        MossError: if the answers so far cannot be read.
    """
    known = None if again else latest_listener(kept_answers(folder, step))
    return Sitting(folder, step, known or new_listener(), kinds)
