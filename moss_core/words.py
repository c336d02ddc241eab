"""Words that go with numbers, the same on pages, in files and on the command line."""

from __future__ import annotations


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


def bytes_text(count: int) -> str:
    """Return a size: "812 bytes", "64 kB", "1.9 GB"."""
    for size, word in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            places = 1 if count < 10 * size else 0
            return f"{count / size:,.{places}f} {word}".replace(".0 ", " ")
    return count_text(count, "byte")
