"""ID3 and RIFF: what MP3 and WAV files say of themselves.

Written here and not by a muxer: FFmpeg's would write the sound anew (MP3) or change its header
(WAV), and knows neither pictures nor free fields in WAV files. ID3v2.4 (id3.org) in UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping

_FRAMES = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "album_artist": "TPE2",
    "composer": "TCOM",
    "genre": "TCON",
    "date": "TDRC",
    "track": "TRCK",
    "disc": "TPOS",
    "copyright": "TCOP",
    "publisher": "TPUB",
    "language": "TLAN",
    "encoder": "TSSE",
}
_INFO = {
    "title": b"INAM",
    "artist": b"IART",
    "album": b"IPRD",
    "genre": b"IGNR",
    "date": b"ICRD",
    "track": b"ITRK",
    "comment": b"ICMT",
    "copyright": b"ICOP",
    "encoder": b"ISFT",
}
"""What the RIFF of WAV files has words for; these programs read that know no ID3."""
_UTF_8, _FRONT_COVER = b"\x03", b"\x03"
_ID3_CHUNK = b"id3 "


def tag_mp3(content: bytes, fields: Mapping[str, str], cover: bytes, mimetype: str) -> bytes:
    """Return an MP3 file with these fields and this cover in the place of those it had."""
    return _id3(fields, cover, mimetype) + content[_id3_length(content) :]


def tag_wav(content: bytes, fields: Mapping[str, str], cover: bytes, mimetype: str) -> bytes:
    """Return a WAV file with these fields and this cover behind its sound."""
    body = content[8:] + b"\0" * (len(content) % 2) + chunks_of(fields, cover, mimetype)
    return content[:4] + len(body).to_bytes(4, "little") + body


def chunks_of(fields: Mapping[str, str], cover: bytes, mimetype: str) -> bytes:
    """Return the RIFF chunks of a WAV file that hold these fields and this cover."""
    info = b"INFO" + b"".join(
        _chunk(_INFO[name], text.encode() + b"\0") for name, text in fields.items() if name in _INFO
    )
    return _chunk(b"LIST", info) + _chunk(_ID3_CHUNK, _id3(fields, cover, mimetype))


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _id3(fields: Mapping[str, str], cover: bytes, mimetype: str) -> bytes:
    frames = b"".join(_text_frame(name, text) for name, text in fields.items())
    if cover:
        picture = b"\0" + mimetype.encode() + b"\0" + _FRONT_COVER + b"\0" + cover
        frames += _frame("APIC", picture)
    return b"ID3\x04\x00\x00" + _seven_bits(len(frames)) + frames


def _text_frame(name: str, text: str) -> bytes:
    content = text.encode()
    if name in _FRAMES:
        return _frame(_FRAMES[name], _UTF_8 + content)
    if name == "comment":
        return _frame("COMM", _UTF_8 + b"und" + b"\0" + content)
    return _frame("TXXX", _UTF_8 + name.encode() + b"\0" + content)


def _frame(name: str, content: bytes) -> bytes:
    return name.encode() + _seven_bits(len(content)) + b"\0\0" + content


def _seven_bits(number: int) -> bytes:
    """Return a number as ID3 writes sizes: four bytes of seven bits, the highest first."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _id3_length(content: bytes) -> int:
    """Return how many bytes of a file are an ID3v2 tag at its beginning."""
    if content[:3] != b"ID3":
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte
    return 10 + size
