"""Tables as comma-separated values that anybody may have written, read as typed rows."""

from __future__ import annotations

import csv
import io
from typing import TypeVar

import msgspec

from moss_core.errors import MossError
from moss_core.reading.files import too_large
from moss_core.reading.parsing import in_words
from moss_core.reading.texts import clean

T = TypeVar("T")
_MOST_ROWS = 100_000


def parse_csv(
    content: bytes,
    kind: type[T],
    thing: str,
    remedy: str,
    rule: str = "must be a table as MOSS wrote it",
    most: int = 4_000_000,
) -> list[T]:
    """Return the rows of a table that begins with a row of names.

    An empty cell is one that is not there, so that the default of its column holds. Columns that
    are not named in `kind` are left out.

    Args:
        content: of the file, UTF-8.
        kind: what each row must be: a `Record`, whose numbers may stand as text.
        thing: what to call it in messages.
        remedy: what to do where it is something else.
        rule: what it must be, in words.
        most: bytes that it may have.

    Raises:
        MossError: for what is no table, or has a cell of another type or range; the row is named.
    """
    if len(content) > most:
        raise too_large(thing, most, len(content), remedy)
    rows = []
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        for row in reader:
            if reader.line_num > _MOST_ROWS:
                raise MossError(thing, f"must have at most {_MOST_ROWS:,} rows", "more", remedy)
            told = {name: cell for name, cell in row.items() if name and cell}
            rows.append(_row(told, kind, f"{thing}, line {reader.line_num}", rule, remedy))
    except (csv.Error, UnicodeError) as error:
        found = f"a damaged one ({clean(str(error), 200)})"
        raise MossError(thing, rule, found, remedy) from error
    return rows


def _row(told: dict[str, str], kind: type[T], thing: str, rule: str, remedy: str) -> T:
    try:
        return msgspec.convert(told, kind, strict=False)
    except MossError:
        raise
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise MossError(thing, rule, in_words(str(error)), remedy) from error
