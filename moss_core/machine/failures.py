"""Errors that nobody expected: each has an id, the same on the page and in the log."""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass

from moss_core.machine.log import Known, logger, run_named

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that are read one for another
_DIGITS, _MOST = 4, 20


@dataclass(frozen=True)
class Failure:
    """An error that nobody expected.

    Args:
        id: as on the page and in the log: "E-7K3F".
        time: seconds since 1970.
        run: that it is about, as the log has it; "-" for none.
        what: did not work, in words of MOSS's own.
        kind: of the error: the name of its class.
    """

    id: str
    time: float
    run: str
    what: str
    kind: str


_recent: deque[Failure] = deque(maxlen=_MOST)


def report(what: str, error: BaseException) -> str:
    """Log an error that nobody expected, with its traceback; return its id, for the page.

    Args:
        what: did not work, in words of MOSS's own: "a page".
        error: that was raised.
    """
    id = "E-" + "".join(secrets.choice(_LETTERS) for _ in range(_DIGITS))
    _recent.append(Failure(id, time.time(), run_named(), what, type(error).__name__))
    logger.error("%s failed", Known(what), exc_info=error, extra={"error": id}, stacklevel=2)
    return id


def recent_failures() -> tuple[Failure, ...]:
    """Return the latest errors that nobody expected in this process, the newest first."""
    return tuple(reversed(_recent))
