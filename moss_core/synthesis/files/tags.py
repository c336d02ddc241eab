"""Tags: what a file says of itself, read from any sound or PNG and written into what MOSS makes.

What musicians wrote about their track (title, artist, album, cover and so on) goes with it. PyAV
reads it from all that MOSS reads and more. It is written by code of our own, a container's family a
module: a muxer would lay out the sound anew, keeps no free fields in some containers and no
cover in others, and writes the time. Sound and fields that are the same give the same file.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import av
import av.error
import PIL.Image

from moss_core.errors import MossError
from moss_core.synthesis.files.atoms import tag_m4a
from moss_core.synthesis.files.comments import MOST_BLOCK_BYTES, tag_flac, tag_ogg
from moss_core.synthesis.files.id3 import chunks_of, tag_mp3, tag_wav

SETTINGS_FIELD = "MOSS"
"""The field that holds what made a file, as JSON."""
_MOST_TEXT = 1_000_000
_MOST_COVER = MOST_BLOCK_BYTES - 1000
_OF_THE_FILE = frozenset(
    {
        "encoder", "encoded_by", "encoding", "major_brand", "minor_version", "compatible_brands",
        "creation_time", "handler_name", "vendor_id", "vendor", "itunsmpb", "itunnorm",
        "time_reference", "umid", "coding_history", "metadata_block_picture", "duration",
        "dpi", "gamma",
    }
)  # fmt: skip
"""Fields that tell of the file they were in, and would be wrong in another one."""
_OF_THE_LEVEL = ("replaygain_", "r128_", "id3v2_priv")
_PNG_NAMES = {"Title": "title", "Software": "encoder", "Comment": "comment"}
"""The words that PNG's specification has, and ours."""
_PNG = b"\x89PNG\r\n\x1a\n"
_MIMETYPES = {"mjpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


@dataclass(frozen=True)
class Tags:
    """What a file says of itself.

    Args:
        fields: texts by name, in FFmpeg's words and lower case: title, artist, album, date, genre,
            comment, track and so on; `MOSS` is `SETTINGS_FIELD`.
        cover: an image's file; b"" where there is none.
        mimetype: of the cover.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    cover: bytes = field(default=b"", repr=False)
    mimetype: str = ""


def read_tags(content: bytes) -> Tags:
    """Return what a sound file or PNG says of itself; nothing of what says nothing or is no file.

    Texts that are no UTF-8 have a replacement character where they are none.
    """
    if content.startswith(_PNG):
        return Tags(_texts_of_png(content))
    try:
        # The WAV, FLAC, Ogg, MP3 or MP4 that MOSS reads: no playlist or script opens others.
        with av.open(io.BytesIO(content), "r", metadata_errors="replace") as container:
            told = dict(container.metadata)
            for stream in container.streams:
                if stream.type == "audio":
                    told = {**stream.metadata, **told}
            cover, mimetype = _cover(container)
    except (av.error.FFmpegError, ValueError, EOFError):
        return Tags()
    return Tags(_named(told), cover, mimetype)


def _named(told: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, text in told.items():
        known = SETTINGS_FIELD if name.upper() == SETTINGS_FIELD else name.lower()
        if text.strip("\0 ") and (len(text) <= _MOST_TEXT or known == SETTINGS_FIELD):
            fields.setdefault(known, text.rstrip("\0"))
    return fields


def _cover(container: av.container.InputContainer) -> tuple[bytes, str]:
    for stream in container.streams.video:
        if stream.disposition & av.stream.Disposition.attached_pic:
            mimetype = _MIMETYPES.get(stream.codec_context.name, "")
            for packet in container.demux(stream):
                content = bytes(packet)
                if mimetype and 0 < len(content) <= _MOST_COVER:
                    return content, mimetype
                break
    return b"", ""


def _texts_of_png(content: bytes) -> dict[str, str]:
    try:
        with PIL.Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            told = {_PNG_NAMES.get(str(n), str(n)): str(text) for n, text in image.info.items()}
            return _named(told)
    except Exception:  # Pillow raises many kinds of error on damaged files
        return {}


def kept_of(tags: Tags) -> Tags:
    """Return what of a track's tags holds for a file that is made from it.

    Without what tells of the track's file or its level, and names that not every container takes;
    of more than a million characters the first ones.
    """
    fields, left = {}, _MOST_TEXT
    for name, text in tags.fields.items():
        if name in (*_OF_THE_FILE, SETTINGS_FIELD) or name.startswith(_OF_THE_LEVEL):
            continue
        left -= len(text)
        if left >= 0 and name.isascii() and name.isprintable() and "=" not in name:
            fields[name] = text.replace("\0", "/")
    return Tags(fields, tags.cover, tags.mimetype)


def write_tags(content: bytes, kind: str, tags: Tags) -> bytes:
    """Return a file with these tags; its sound or picture stays as it is, bit by bit.

    Args:
        content: of a file as `encode_sound`, `write_wav` or a writer of PNG makes it.
        kind: a key of `FORMATS`, "png", or "mp4", whose `moov` is then behind its `mdat`.
        tags: in the place of what the file says of itself; a PNG takes no cover.

    Raises:
        MossError: for another kind.
    """
    fields = _as_text(tags.fields)
    if kind == "png":
        return _tag_png(content, fields)
    writers = {
        "wav": tag_wav,
        "mp3": tag_mp3,
        "flac": tag_flac,
        "ogg": tag_ogg,
        "opus": tag_ogg,
        "m4a": tag_m4a,
        "mp4": tag_m4a,
    }
    if kind not in writers:
        rule = f"must be one of {', '.join(writers)}, png"
        raise MossError("kind of file with tags", rule, repr(kind), "Use wav.")
    return writers[kind](content, fields, tags.cover, tags.mimetype)


def wav_chunks(tags: Tags) -> bytes:
    """Return the chunks of a WAV file that hold tags, to be written behind its sound."""
    return chunks_of(_as_text(tags.fields), tags.cover, tags.mimetype)


def _as_text(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields without what is no text, which the name of a file, and so a title, may hold."""
    return {name: text.encode(errors="replace").decode() for name, text in fields.items()}


def _tag_png(content: bytes, fields: Mapping[str, str]) -> bytes:
    """Put texts before the pixels of a PNG (its `iTXt`, ISO/IEC 15948)."""
    begin = len(_PNG) + 25  # the header is always the first chunk, of this length
    names = {ours: theirs for theirs, ours in _PNG_NAMES.items()}
    chunks = b""
    for name, text in fields.items():
        # Not compressed, no language, no translated name.
        body = b"iTXt" + names.get(name, name).encode() + b"\0\0\0\0\0" + text.encode()
        size, check = len(body) - 4, zlib.crc32(body)
        chunks += size.to_bytes(4, "big") + body + check.to_bytes(4, "big")
    return content[:begin] + chunks + content[begin:]
