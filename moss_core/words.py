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


def bytes_text(count: float) -> str:
    """Return a size: "812 bytes", "64 kB", "1.9 GB"."""
    for size, word in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            places = 1 if count < 10 * size else 0
            return f"{count / size:,.{places}f} {word}".replace(".0 ", " ")
    return count_text(round(count), "byte")


def went_wrong(id: str, kept: bool) -> str:
    """Return what people are told of an error that nobody expected.

    Args:
        id: of the error (`moss_core.machine.report`).
        kept: whether all that was learned is on the disk.
    """
    return f"Something went wrong ({id})." + (" Your run is kept." if kept else "")


def time_text(seconds: float) -> str:
    """Return how long something took, in its two largest units: "40 s", "3 min", "2 days 4 h"."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86_400)
    if not minutes:
        return f"{seconds:.0f} s"
    if not hours:
        return f"{minutes} min"
    if not days:
        return f"{hours} h {minutes % 60} min"
    return f"{count_text(days, 'day')} {hours % 24} h"


def minutes_text(seconds: float) -> str:
    """Return a time to wait, about: "less than a minute", "7 minutes", "2 hours"."""
    minutes = math.ceil(seconds / 60)
    if seconds < 50:
        return "less than a minute"
    if minutes < 90:
        return count_text(minutes, "minute")
    return count_text(round(minutes / 60), "hour")
