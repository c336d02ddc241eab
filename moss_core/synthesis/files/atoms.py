"""Atoms: what M4A files say of themselves, in the list that iTunes made usual.

Written here and not by FFmpeg's muxer, which leaves out fields that it has no name for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_NAMES = {
    "title": b"\xa9nam",
    "artist": b"\xa9ART",
    "album": b"\xa9alb",
    "album_artist": b"aART",
    "composer": b"\xa9wrt",
    "genre": b"\xa9gen",
    "date": b"\xa9day",
    "comment": b"\xa9cmt",
    "copyright": b"cprt",
    "encoder": b"\xa9too",
}
_NUMBERS = {"track": (b"trkn", 8), "disc": (b"disk", 6)}
"""Names and sizes of what is two numbers: which, and of how many."""
_BINARY, _UTF_8, _JPEG, _PNG = 0, 1, 13, 14


def tag_m4a(content: bytes, fields: Mapping[str, str], cover: bytes, mimetype: str) -> bytes:
    """Return an M4A file with these fields and this cover in the place of those it had.

    Args:
        content: of an M4A file whose `moov` is behind its sound, which so stays where it is.
        fields: by name.
        cover: a JPEG or PNG; another kind of image is left out, as players know none.
        mimetype: of the cover.
    """
    atoms = [(name, body) for name, body in _atoms(content) if name != b"moov"]
    (movie,) = (body for name, body in _atoms(content) if name == b"moov")
    kept = b"".join(_atom(name, body) for name, body in _atoms(movie) if name != b"udta")
    told = b"".join(_field(name, text) for name, text in fields.items())
    kinds = {"image/jpeg": _JPEG, "image/png": _PNG}
    if cover and mimetype in kinds:
        told += _atom(b"covr", _data(kinds[mimetype], cover))
    handler = _atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    meta = _atom(b"meta", bytes(4) + handler + _atom(b"ilst", told))
    sound = b"".join(_atom(name, body) for name, body in atoms)
    return sound + _atom(b"moov", kept + _atom(b"udta", meta))


def _field(name: str, text: str) -> bytes:
    if name in _NAMES:
        return _atom(_NAMES[name], _data(_UTF_8, text.encode()))
    first, _, of = text.partition("/")
    if name in _NUMBERS and _is_number(first) and (not of or _is_number(of)):
        atom, size = _NUMBERS[name]
        both = bytes(2) + int(first).to_bytes(2, "big") + int(of or 0).to_bytes(2, "big")
        return _atom(atom, _data(_BINARY, both.ljust(size, b"\0")))
    mean = _atom(b"mean", bytes(4) + b"com.apple.iTunes")
    return _atom(
        b"----", mean + _atom(b"name", bytes(4) + name.encode()) + _data(_UTF_8, text.encode())
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < 2**16


def _data(kind: int, content: bytes) -> bytes:
    return _atom(b"data", kind.to_bytes(4, "big") + bytes(4) + content)


def _atom(name: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + name + body


def _atoms(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        yield content[place + 4 : place + 8], content[place + 8 : place + size]
        place += size
