"""What MOSS tells those who look for a mistake: the logger "moss", silent until it is configured.

Records carry the run that they are about as `run`, "-" where it is none, and the id of an
unexpected error as `error`, "" where it is none. No word of them is a visitor's: of what a message
is given, numbers are shown and text only where the code says that it is `Known`; all else is "…".
Of an error is shown what cannot hold a name, and where it was raised (`words_of`).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from numbers import Number

from moss_core.errors import MossError

VARIABLE, FORMAT_VARIABLE = "MOSS_LOG_LEVEL", "MOSS_LOG_FORMAT"
"""Environment: the level, one of `LEVELS`, and the format, one of `FORMATS`."""
LEVELS = ("critical", "error", "warning", "info", "debug")
FORMATS = ("text", "json")
"""Lines for people, and a JSON object a line for programs that collect logs."""
_TEXT = "%(asctime)s %(levelname)-7s %(run)s %(module)s: %(message)s"
# Whoever has the token of a run or of a workspace can open it, so a log never holds a whole one.
_TOKEN = re.compile(r"([0-9a-f]{8})[0-9a-f]{24,}")
_INDENT = "    "
_HIDDEN = "…"
# Their words are the interpreter's and PyTorch's own, made of names in the code and of shapes.
_OF_CODE = {
    *(AssertionError, AttributeError, ImportError, IndexError, MemoryError, ModuleNotFoundError),
    *(NameError, NotImplementedError, RecursionError, RuntimeError, TypeError, ZeroDivisionError),
}
_QUOTED = re.compile(r"""['"].*['"]|(?<!\S)[/\\].*""", re.DOTALL)
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
_run: ContextVar[str] = ContextVar("moss_run", default="-")


class Known(str):
    """Text that no visitor wrote, so that the log may show it: made of what the code knows.

    Names of objectives and devices are; titles, names of files, lettering and paths are not.
    """

    __slots__ = ()


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


def run_named() -> str:
    """Return the run that is named just now, as the log has it; "-" for none."""
    return _tidy(_run.get())


def configure(level: str, form: str = FORMATS[0]) -> None:
    """Write what is logged to standard error; calling it again changes level and format.

    Args:
        level: one of `LEVELS`.
        form: one of `FORMATS`.

    Raises:
        MossError: for another word.
    """
    for thing, given, words, remedy in (
        ("log level", level, LEVELS, "Use debug to see all."),
        ("log format", form, FORMATS, f"Set {FORMAT_VARIABLE} to one of them."),
    ):
        if given.lower() not in words:
            raise MossError(thing, f"must be one of {', '.join(words)}", repr(given), remedy)
    _HANDLER.setFormatter(_Json() if form.lower() == "json" else _Text(_TEXT))
    logger.setLevel(level.upper())
    logger.addHandler(_HANDLER)


def words_of(error: BaseException) -> str:
    """Return what an error says of itself, as far as nobody's words can be in it.

    A `MossError` says its rule, an error of the system what went wrong and not with which file.
    """
    if isinstance(error, MossError):
        return error.rule
    if isinstance(error, OSError):
        return error.strerror or _HIDDEN
    if type(error) not in _OF_CODE and not type(error).__module__.startswith("torch"):
        return _HIDDEN
    runtime = isinstance(error, RuntimeError)  # other libraries raise it too, and name files
    return _QUOTED.sub(_HIDDEN, str(error)) if runtime else str(error)


class _StandardError(logging.Handler):
    """Writes to what standard error is when something is written."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:  # a closed stream must not end a run
            self.handleError(record)


class _Text(logging.Formatter):
    """A line for people, the id of its error before its words."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        if record.error:  # type: ignore[attr-defined]  # `_Stamp` puts it there
            record.message = f"{record.error} {record.message}"  # type: ignore[attr-defined]
        return super().formatMessage(record)


class _Json(logging.Formatter):
    """A JSON object; `event` is the same for all records that say the same thing."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = record.__dict__
        told = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "run": said["run"],
            "module": record.module,
            "event": said["event"],
            "message": record.getMessage(),
            "error": said["error"],
            "traceback": record.exc_text or "",
        }
        return json.dumps({name: value for name, value in told.items() if value not in ("", "-")})


class _Stamp(logging.Filter):
    """Puts run, event and error into each record, and keeps out of it what somebody wrote.

    It shortens tokens, and indents what follows a first line: nothing passes for another record.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.run, record.event = run_named(), record.msg
        record.error = getattr(record, "error", "")
        if isinstance(record.args, tuple):
            record.args = tuple(map(_shown, record.args))
        elif record.args:
            record.args = {name: _shown(value) for name, value in record.args.items()}
        record.msg, record.args = _tidy(record.getMessage()), None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = _INDENT + _tidy(_traceback(record.exc_info[1]))
            record.exc_info = None
        return True


def _shown(value: object) -> object:
    if value is None or isinstance(value, Number | Known):
        return value
    return words_of(value) if isinstance(value, BaseException) else _HIDDEN


def _traceback(error: BaseException) -> str:
    """Return a traceback as Python prints it, but for the words of the errors (`words_of`)."""
    before = ""
    if error.__cause__:
        before = _traceback(error.__cause__) + _CAUSE
    elif error.__context__ and not error.__suppress_context__:
        before = _traceback(error.__context__) + _CONTEXT
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__name__}: {words_of(error)}"
    return f"{before}Traceback (most recent call last):\n{frames}{kind}\n"


def _tidy(text: str) -> str:
    return _TOKEN.sub(r"\1", f"\n{_INDENT}".join(text.rstrip().splitlines()))


_HANDLER = _StandardError()
logger = logging.getLogger("moss")
"""Where all of MOSS logs; an application that uses MOSS adds handlers of its own."""
logger.addHandler(logging.NullHandler())
logger.addFilter(_Stamp())
