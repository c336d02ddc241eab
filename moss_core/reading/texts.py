"""Texts that anybody may have written, made fit to be shown."""

from __future__ import annotations

MOST_NAME = 300
"""Characters of a file's name, which file systems do not exceed."""
_LOST = "\N{REPLACEMENT CHARACTER}"


def clean(text: str, most: int = MOST_NAME) -> str:
    """Return a text on one line that every page and every file takes, with `most` characters.

    What has no character of its own, half of a pair that stands for one, and what steers a
    terminal or turns the text around become a replacement character. Names of files in another
    encoding have such halves.

    Args:
        text: as it was written.
        most: characters of what is returned.
    """
    return "".join(c if c.isprintable() else _LOST for c in text[:most])
