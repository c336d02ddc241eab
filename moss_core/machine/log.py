"""What MOSS tells those who look for a mistake: the logger "moss", silent until it is configured.

Records carry the run that they are about as `run`, "-" where it is none.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from moss_core.errors import MossError

VARIABLE = "MOSS_LOG_LEVEL"
"""Environment: the level, one of `LEVELS`."""
LEVELS = ("critical", "error", "warning", "info", "debug")
_FORMAT = "%(asctime)s %(levelname)-7s %(run)s %(module)s: %(message)s"
# Whoever has the token of a run or of a workspace can open it, so a log never holds a whole one.
_TOKEN = re.compile(r"([0-9a-f]{8})[0-9a-f]{24,}")
_INDENT = "    "
_run: ContextVar[str] = ContextVar("moss_run", default="-")


@contextmanager
def run_token(token: str) -> Iterator[None]:
    """Let what is logged meanwhile, in this thread or task, name the run.

    Args:
        token: of the run, which the log shortens; or another name for it.
    """
    before = _run.set(token)
    try:
        yield
    finally:
        _run.reset(before)


def configure(level: str) -> None:
    """Write what is logged to standard error; calling it again changes the level.

    Args:
        level: one of `LEVELS`.

    Raises:
        MossError: for another word.
    """
    if level.lower() not in LEVELS:
        rule = f"must be one of {', '.join(LEVELS)}"
        raise MossError("log level", rule, repr(level), "Use debug to see all.")
    logger.setLevel(level.upper())
    logger.addHandler(_HANDLER)


class _StandardError(logging.Handler):
    """Writes to what standard error is when something is written."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:  # a closed stream must not end a run
            self.handleError(record)


class _Stamp(logging.Filter):
    """Puts the run into each record, shortens tokens, and indents what follows a first line.

    Names that people give are in messages: none of them can pass for a record of its own.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.run = _tidy(_run.get())
        record.msg, record.args = _tidy(record.getMessage()), None
        if record.exc_info:
            traceback = logging.Formatter().formatException(record.exc_info)
            record.exc_text = _INDENT + _tidy(traceback)
        return True


def _tidy(text: str) -> str:
    return _TOKEN.sub(r"\1", f"\n{_INDENT}".join(text.rstrip().splitlines()))


_HANDLER = _StandardError()
_HANDLER.setFormatter(logging.Formatter(_FORMAT))
logger = logging.getLogger("moss")
"""Where all of MOSS logs; an application that uses MOSS adds handlers of its own."""
logger.addHandler(logging.NullHandler())
logger.addFilter(_Stamp())
