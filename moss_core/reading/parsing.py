"""JSON that anybody may have written, read as typed values.

msgspec checks the types: it has no dependencies, is strict about them (True is no number, "3"
neither), has ranges beside the types (`kinds`), and makes typed objects of what fits; pydantic
would do so too, with a dependency of compiled Rust and slower. The text itself is read by the
standard library, which can tell a part that is named twice, and says what to do with half a
character; msgspec's own reader refuses the whole file for one in a title.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, TypeVar

import msgspec

from moss_core.errors import MossError
from moss_core.reading.files import too_large
from moss_core.reading.texts import clean

T = TypeVar("T")
_AS_WRITTEN = "must be as MOSS wrote it"
_MOST_SHOWN = 200
_EXPECTED = re.compile(r"Expected '([^']*)'(.*?)(?:, got '(\w+)')?")
_PLACE = re.compile(r" - at `(?:key` in `)?\$?\.?([^`]*)`$")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


class Record(msgspec.Struct, kw_only=True):
    """An object of what is read: what it says of parts that are not named here is left out."""


def parse_json(
    content: bytes | str,
    kind: type[T],
    thing: str,
    remedy: str,
    rule: str = _AS_WRITTEN,
    most: int = 4_000_000,
) -> T:
    """Return what a JSON text says.

    Args:
        content: of it, UTF-8 where it is bytes.
        kind: what it must be: a `Record`, or another type that msgspec knows.
        thing: what to call it in messages.
        remedy: what to do where it is something else.
        rule: what it must be, in words.
        most: bytes (characters of a text) that it may have.

    Raises:
        MossError: for what is no JSON, names a part twice, or has values of another type or range.
    """
    if len(content) > most:
        raise too_large(thing, most, len(content), remedy)
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        told = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError as error:
        found = "JSON whose parts lie too deep in each other"
        raise MossError(thing, rule, found, remedy) from error
    except ValueError as error:
        raise MossError(thing, rule, f"text that is no JSON ({_short(error)})", remedy) from error
    try:
        return msgspec.convert(told, kind)
    except MossError:
        raise
    except (msgspec.ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise MossError(thing, rule, in_words(str(error)), remedy) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"{clean(twice, 40)!r} is named twice")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant}, which is no number")


def in_words(told: str) -> str:
    """Return what msgspec says of a value as people would: where it is, and what it must be."""
    place = _PLACE.search(told)
    where = place[1].replace("[...]", ", one of its parts") if place else ""
    told = told[: place.start()] if place else told
    told = told.replace("Object missing required field", "no").replace("`", "'")
    told = told.replace("Object contains unknown field", "an unknown part")
    told = told.replace("Invalid enum value", "an unknown word,")
    expected = _EXPECTED.fullmatch(told)
    if expected:
        types, rule, found = expected.groups()
        rule = " as MOSS writes it" if "regex" in rule else _ranged(rule)
        given = f"{_named(found)} where it" if found else "a value that"
        told = f"{given} must be {_named(types)}{rule}"
    return _short(f"{where}: {told}" if where else told)


def _named(types: str) -> str:
    return " or ".join(dict.fromkeys(_WORDS.get(word, word) for word in types.split(" | ")))


def _ranged(rule: str) -> str:
    for sign, words in (
        (">=", "of at least"),
        ("<=", "of at most"),
        (">", "above"),
        ("<", "below"),
    ):
        rule = rule.replace(f"of length {sign}", f"with a length {words}").replace(sign, words)
    return rule


def _short(told: object) -> str:
    return clean(str(told) or type(told).__name__, _MOST_SHOWN)
