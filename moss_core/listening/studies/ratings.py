"""What listeners said in a study, with those left out who did not hear what everybody hears."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Annotated

from msgspec import Meta

from moss_core.errors import MossError
from moss_core.reading import Record, Text, clean, parse_csv

REFERENCE, MID_ANCHOR = "reference", "anchor70"
MOST_RESULTS = 20_000_000
"""Bytes of a table of results."""
_GOOD, _MOST_MISSED, _MOST_WHO_LIKE_IT = 90, 0.15, 0.25
_OUTSIDE = 0.05
_REMEDY = "Choose the file mushra.csv that webMUSHRA wrote into its folder results."


class _Row(Record):
    trial_id: Text
    rating_stimulus: Text
    rating_score: Annotated[float, Meta(ge=0, le=100)]


@dataclass(frozen=True)
class Rating:
    """What one listener said of one sound.

    Args:
        listener: numbered from 0.
        item: the excerpt.
        condition: which sound of it.
        score: 0 (bad) to 100 (excellent).
    """

    listener: int
    item: str
    condition: str
    score: float


@dataclass(frozen=True)
class Rated:
    """How a condition was rated.

    Args:
        condition: which.
        middle: the median over listeners of each one's median over items.
        low: lower end of its 95 % interval; None for fewer than six listeners.
        high: the upper end.
        listeners: how many.
    """

    condition: str
    middle: float
    low: float | None
    high: float | None
    listeners: int


def ratings_in(content: bytes, thing: str, first: int = 0) -> tuple[Rating, ...]:
    """Return the ratings in a table that webMUSHRA wrote.

    Listeners are told apart by what stands in the columns before the trial, such as answers to a
    questionnaire, and by rating the same sound again.

    Args:
        content: of the file.
        thing: what to call it in messages.
        first: number of the first listener in it.

    Raises:
        MossError: for another file.
    """
    rule = "must be a table of ratings as webMUSHRA writes it"
    rows = parse_csv(content, _Row, thing, _REMEDY, rule, MOST_RESULTS)
    if not rows:
        raise MossError(thing, rule, "no ratings", _REMEDY)
    cells = parse_csv(content, dict[str, str], thing, _REMEDY, rule, MOST_RESULTS)
    numbers: dict[tuple[tuple[str, ...], int], int] = {}
    times: dict[tuple[tuple[str, ...], str, str], int] = defaultdict(int)
    found = []
    for row, told in zip(rows, cells, strict=True):
        who = tuple(told[name] for name in _before_the_trial(told))
        again = times[who, row.trial_id, row.rating_stimulus]
        times[who, row.trial_id, row.rating_stimulus] += 1
        number = numbers.setdefault((who, again), first + len(numbers))
        texts = clean(row.trial_id), clean(row.rating_stimulus)
        found.append(Rating(number, *texts, row.rating_score))
    return tuple(found)


def _before_the_trial(told: Mapping[str, str]) -> list[str]:
    names = list(told)
    return [name for name in names[: names.index("trial_id")] if name != "session_test_id"]


def post_screened(ratings: Sequence[Rating]) -> tuple[tuple[Rating, ...], tuple[int, ...]]:
    """Return the ratings of those who listened, and the numbers of those who are left out.

    ITU-R BS.1534-3 (https://www.itu.int/rec/R-REC-BS.1534), 4.1.2: whoever rates the hidden
    reference below 90 in more than 15 % of the items is left out, and whoever rates the mid anchor
    above 90 in more than 15 %; items do not count there of which more than a quarter of all
    listeners say so, since the anchor changes little in them.

    Args:
        ratings: of all listeners.
    """
    items = {rating.item for rating in ratings}
    plain = {item for item in items if _share(_of(ratings, item), _fooled) > _MOST_WHO_LIKE_IT}
    counted = [rating for rating in ratings if rating.item not in plain]
    out = []
    for listener in sorted({rating.listener for rating in ratings}):
        own = [rating for rating in ratings if rating.listener == listener]
        telling = [rating for rating in counted if rating.listener == listener]
        if max(_share(own, _missed), _share(telling, _fooled)) > _MOST_MISSED:
            out.append(listener)
    return tuple(rating for rating in ratings if rating.listener not in out), tuple(out)


def _of(ratings: Sequence[Rating], item: str) -> list[Rating]:
    return [rating for rating in ratings if rating.item == item]


def _missed(rating: Rating) -> bool | None:
    return rating.score < _GOOD if rating.condition == REFERENCE else None


def _fooled(rating: Rating) -> bool | None:
    return rating.score > _GOOD if rating.condition == MID_ANCHOR else None


def _share(ratings: Sequence[Rating], test: Callable[[Rating], bool | None]) -> float:
    """Return of how many ratings a test is true, 0 to 1; None is of other conditions."""
    found = [told for rating in ratings if (told := test(rating)) is not None]
    return sum(found) / len(found) if found else 0.0


def rated(ratings: Sequence[Rating]) -> tuple[Rated, ...]:
    """Return how each condition was rated, the best first.

    Medians and an interval of order statistics, which assumes no distribution: ratings crowd at the
    ends of the scale.

    Args:
        ratings: of those who listened (`post_screened`).
    """
    scores: dict[str, dict[int, list[float]]] = {}
    for rating in ratings:
        own = scores.setdefault(rating.condition, {})
        own.setdefault(rating.listener, []).append(rating.score)
    found = []
    for condition, by_listener in scores.items():
        values = sorted(median(own) for own in by_listener.values())
        low, high = _interval(values)
        found.append(Rated(condition, median(values), low, high, len(values)))
    return tuple(sorted(found, key=lambda one: (-one.middle, one.condition)))


def _interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the narrowest pair of sorted values that holds the median in 95 % of samples."""
    count = len(values)
    for place in range(count // 2 - 1, -1, -1):
        outside = 2 * sum(math.comb(count, k) for k in range(place + 1)) / 2**count
        if outside <= _OUTSIDE:
            return values[place], values[count - 1 - place]
    return None, None
