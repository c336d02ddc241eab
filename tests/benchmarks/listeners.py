"""Simulated listeners take the listening test: is their threshold found, and who only guesses?

    python tests/benchmarks/listeners.py [--studies 100] [--seed 1] [--kinds logistic,...]

Three kinds of hearing, of which a threshold is known, take the test on three fronts, each study
with a threshold of its own: four fifths of them on the front, the others before its first or beyond
its last candidate, where the interval must be open. `logistic` hears as MOSS assumes; `lapses`
does not attend to 5 % of the trials, and says "first" to 70 % of what is not heard; `masking` hears
nothing below a level of what is not masked and everything above, and that level grows with the
square of the picture share. Guessers say "first" always, or by the toss of a coin.

The seeds 1000 and up were used to choose the method; the table is of seed 1 and up.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import numpy as np

from moss_core.listening import Answer, Listening, Threshold, Trial

FRONTS: dict[str, tuple[float, ...]] = {
    "even": tuple(np.linspace(10, 80, 9)),
    "crowded": (*np.linspace(18, 42, 20), 55.0, 70.0, 85.0),
    "sparse": (6.0, 14.0, 38.0, 52.0, 88.0),
}
GUESSERS = ("always first", "coin")
_ON_THE_FRONT = 0.8
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Listener:
    """Somebody whose hearing is known.

    Args:
        hears: how likely the image is heard at a picture share in percent, when attending.
        threshold: the share at which that is one half.
        lapse: how many trials are not attended to.
        bias: how often "first" is said to what is not heard.
    """

    hears: Callable[[float], float]
    threshold: float
    lapse: float = 0.0
    bias: float = 0.5

    def answers(
        self, trial: Trial, shares: Mapping[int, float], own: np.random.Generator
    ) -> Answer:
        heard = 0.0 if trial.is_catch else 1.0
        if trial.candidate is not None:
            heard = self.hears(shares[trial.candidate])
        if own.random() < (1 - self.lapse) * heard:
            first = trial.x_is_first
        else:
            first = own.random() < self.bias
        return Answer(trial, "first" if first else "second", 3.0, _WHEN)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


def logistic(threshold: float, own: np.random.Generator) -> Listener:
    width = own.uniform(2, 6)
    return Listener(lambda share: sigmoid((share - threshold) / width), threshold)


def lapses(threshold: float, own: np.random.Generator) -> Listener:
    width = own.uniform(2, 6)
    hears = lambda share: sigmoid((share - threshold) / width)  # noqa: E731
    return Listener(hears, threshold, lapse=0.05, bias=0.7)


def masking(threshold: float, own: np.random.Generator) -> Listener:
    def level(share: float) -> float:
        return 10 * math.log10(max(share, 0.1) ** 2)  # dB of what is not masked

    steep = own.uniform(0.3, 0.8)  # dB
    return Listener(lambda share: sigmoid((level(share) - level(threshold)) / steep), threshold)


KINDS: dict[str, Callable[[float, np.random.Generator], Listener]] = {
    "logistic": logistic,
    "lapses": lapses,
    "masking": masking,
}


def guesser(kind: str) -> Listener:
    return Listener(lambda share: 0.0, math.nan, lapse=1.0, bias={"coin": 0.5}.get(kind, 1.0))


def drawn_threshold(shares: Sequence[float], own: np.random.Generator) -> float:
    """A threshold on the front, or one before or beyond it."""
    if own.random() < _ON_THE_FRONT:
        return float(own.uniform(shares[0], shares[-1]))
    before = float(own.uniform(min(2.0, shares[0]), shares[0]))
    return before if own.random() < 0.5 else float(own.uniform(shares[-1], shares[-1] + 15))


def study(listener: Listener, shares: Sequence[float], seed: int) -> tuple[Threshold, int, int]:
    """Let a listener take the whole test.

    Returns:
        What it says, how many answers it took, and after how many the interval was no longer than a
        third of the front (one more than all where it never was).
    """
    listening = Listening(dict(enumerate(shares)), seed)
    own, needed = np.random.default_rng([seed, 7]), 0
    while trial := listening.next_trial():
        listening = listening.with_answer(listener.answers(trial, listening.positions, own))
        narrow = length(listening.threshold(), shares) <= (shares[-1] - shares[0]) / 3
        needed = needed or (len(listening.answers) if narrow else 0)
    count = len(listening.answers)
    return listening.threshold(), count, needed or count + 1


def length(found: Threshold, shares: Sequence[float]) -> float:
    """How long an interval is on the front."""
    if found.guessing:
        return math.inf
    low = shares[0] if found.low is None else found.low
    return (shares[-1] if found.high is None else found.high) - low


def covers(found: Threshold, threshold: float) -> bool:
    low = -math.inf if found.low is None else found.low
    high = math.inf if found.high is None else found.high
    return low <= threshold <= high


@dataclass
class Studies:
    """What the studies of one kind of listener on one front gave.

    Args:
        errors: median less threshold, in percent, where both are on the front.
        lengths: of the intervals, as far as they lie on the front.
        inside: of those whose threshold is on the front, whether the interval held it.
        outside: likewise of the others.
        guessing: how many listeners were called guessers.
        answers: of each study.
        needed: answers until the interval was no longer than a third of the front.
    """

    errors: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    outside: list[bool] = field(default_factory=list)
    guessing: int = 0
    answers: list[int] = field(default_factory=list)
    needed: list[int] = field(default_factory=list)

    @property
    def covered(self) -> int:
        """How many intervals held the threshold."""
        return sum(self.inside) + sum(self.outside)


def studies(kind: str, front: str, count: int, seed: int) -> Studies:
    shares, found = FRONTS[front], Studies()
    for number in range(count):
        own = np.random.default_rng([seed + number, sorted(KINDS).index(kind), len(shares)])
        threshold = drawn_threshold(shares, own)
        told, answers, needed = study(KINDS[kind](threshold, own), shares, seed + number)
        on_it = shares[0] <= threshold <= shares[-1]
        covered = covers(told, threshold) and not told.guessing
        (found.inside if on_it else found.outside).append(covered)
        found.answers.append(answers)
        found.needed.append(needed)
        found.guessing += told.guessing
        if told.middle is not None and on_it:
            found.errors.append(told.middle - threshold)
        if not told.guessing:
            found.lengths.append(length(told, shares))
    return found


def guessers(kind: str, front: str, count: int, seed: int) -> int:
    """How many of so many guessers are found."""
    shares = FRONTS[front]
    return sum(study(guesser(kind), shares, seed + n)[0].guessing for n in range(count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    told = parser.parse_args()
    print(
        "| hearing | front | bias: median (worst) | interval holds it: on the front"
        " | before or beyond | length: median (longest) | answers: median (most)"
        " | until a third of the front | called guessers |\n" + "|---" * 9 + "|"
    )
    for kind in told.kinds.split(","):
        for front in FRONTS:
            one = studies(kind, front, told.studies, told.seed)
            print(
                f"| {kind} | {front} | {median(one.errors):+.1f} ({max(one.errors, key=abs):+.1f})"
                f" | {sum(one.inside)} of {len(one.inside)}"
                f" | {sum(one.outside)} of {len(one.outside)}"
                f" | {median(one.lengths):.0f} ({max(one.lengths):.0f})"
                f" | {median(one.answers):.0f} ({max(one.answers)}) | {median(one.needed):.0f}"
                f" | {one.guessing} of {told.studies} |",
                flush=True,
            )
    print("\n| guesser | front | found |\n|---|---|---|")
    for kind in GUESSERS:
        for front in FRONTS:
            number = guessers(kind, front, told.studies, told.seed)
            print(f"| {kind} | {front} | {number} of {told.studies} |", flush=True)


if __name__ == "__main__":
    main()
