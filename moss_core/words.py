"""Words that go with numbers, the same on pages, in files and on the command line."""

from __future__ import annotations

import math


def count_text(count: int, word: str) -> str:
    """Return a number of things: "1 candidate", "9 candidates".

    Args:
        count: how many.
        word: for one of them; its plural has an s.
    """
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def percent_text(share: float) -> str:
    """Return a share of 1 in whole percent: "82 %"."""
    return f"{share:.0%}".replace("%", " %")


def minutes_text(seconds: float) -> str:
    """Return a time to wait, about: "less than a minute", "7 minutes", "2 hours"."""
    minutes = math.ceil(seconds / 60)
    if seconds < 50:
        return "less than a minute"
    if minutes < 90:
        return count_text(minutes, "minute")
    return count_text(round(minutes / 60), "hour")
