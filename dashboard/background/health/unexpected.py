"""What people are told of an error that nobody expected: its id, and not what it says."""

from __future__ import annotations

from traceback import format_exception

from moss_core.machine import profile, report
from moss_core.words import went_wrong


def unexpected(what: str, error: BaseException, kept: bool) -> tuple[str, str]:
    """Log an error; return the words for people with its id, and details.

    Strangers get no details: a traceback holds paths of the server, and words of others.

    Args:
        what: did not work, for the log: "a page".
        error: that was raised.
        kept: whether all that was learned is on the disk.
    """
    words = went_wrong(report(what, error), kept)
    return words, "".join(format_exception(error)) if profile() == "personal" else ""
