"""Vorbis comments: what FLAC, Vorbis and Opus files say of themselves.

Written here and not by a muxer: FFmpeg's would lay the packets of a Vorbis file out anew and drop
cover art from Ogg. Only the headers change, and of Ogg pages the numbers and check sums; the sound
stays as it was encoded. RFC 9639 (FLAC), RFC 3533 (Ogg), RFC 7845 (Opus), the Vorbis I
specification, and xiph.org's VorbisComment.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping

_NAMES = {"track": "TRACKNUMBER", "disc": "DISCNUMBER", "album_artist": "ALBUMARTIST"}
_COMMENT_BLOCK, _PICTURE_BLOCK, _PADDING = 4, 6, 1
_LAST = 0x80
MOST_BLOCK_BYTES = 2**24 - 1
"""Of a block of a FLAC file: its size has three bytes."""
_FRONT_COVER = 3
_CONTINUED, _STREAM = 1, (1).to_bytes(4, "little")
_MOST_SEGMENTS = 255
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def tag_flac(content: bytes, fields: Mapping[str, str], cover: bytes, mimetype: str) -> bytes:
    """Return a FLAC file with these fields and this cover in the place of those it had."""
    blocks, place = [], 4
    while True:
        head = content[place]
        size = int.from_bytes(content[place + 1 : place + 4], "big")
        kind, block = head & ~_LAST, content[place + 4 : place + 4 + size]
        if kind not in (_COMMENT_BLOCK, _PICTURE_BLOCK, _PADDING):
            blocks.append((kind, block))
        place += 4 + size
        if head & _LAST:
            break
    blocks.append((_COMMENT_BLOCK, _comments(fields)))
    if cover:
        blocks.append((_PICTURE_BLOCK, _picture(cover, mimetype)))
    written = [
        bytes([kind | (_LAST if number == len(blocks) else 0)]) + len(block).to_bytes(3, "big")
        + block
        for number, (kind, block) in enumerate(blocks, 1)
    ]  # fmt: skip
    return content[:4] + b"".join(written) + content[place:]


def tag_ogg(content: bytes, fields: Mapping[str, str], cover: bytes, mimetype: str) -> bytes:
    """Return a Vorbis or Opus file with these fields and this cover in the place of those it had.

    Args:
        content: of an Ogg file with one stream, as encoders of MOSS write it.
        fields: by name.
        cover: an image's file; b"" for none.
        mimetype: of the cover.
    """
    if cover:
        picture = base64.b64encode(_picture(cover, mimetype)).decode()
        fields = {**fields, "METADATA_BLOCK_PICTURE": picture}
    pages = list(_pages(content))
    # The first page has the first header alone; sound begins on a page of its own.
    vorbis = pages[0][1].startswith(b"\x01vorbis")
    count, last, headers = 2 if vorbis else 1, 0, b""
    segments: list[int] = []
    while len(sizes := _packet_lengths(segments)) < count:
        last += 1
        segments += pages[last][0][27:]
        headers += pages[last][1]
    if vorbis:
        codebooks = headers[sizes[0] : sizes[0] + sizes[1]]
        packets = [b"\x03vorbis" + _comments(fields) + b"\x01", codebooks]
    else:
        packets = [b"OpusTags" + _comments(fields)]
    written = [pages[0], *_paged(packets), *pages[last + 1 :]]
    return b"".join(_numbered(head, body, number) for number, (head, body) in enumerate(written))


def _comments(fields: Mapping[str, str]) -> bytes:
    told = [f"{_NAMES.get(name, name.upper())}={text}".encode() for name, text in fields.items()]
    vendor = fields.get("encoder", "MOSS").encode()
    count = len(told).to_bytes(4, "little")
    return _sized(vendor) + count + b"".join(map(_sized, told))


def _sized(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text


def _picture(cover: bytes, mimetype: str) -> bytes:
    """Return a picture's block: of sizes and depth readers look into the picture itself."""
    kind = mimetype.encode()
    numbers = [0, 0, 0, 0, 0]  # length of the description; width, height, depth, colours
    return (
        _FRONT_COVER.to_bytes(4, "big")
        + len(kind).to_bytes(4, "big")
        + kind
        + b"".join(number.to_bytes(4, "big") for number in numbers)
        + len(cover).to_bytes(4, "big")
        + cover
    )


def _pages(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the pages of an Ogg file: the head with its table of segments, and the body."""
    place = 0
    while place < len(content):
        count = content[place + 26]
        begin = place + 27 + count
        end = begin + sum(content[place + 27 : begin])
        yield content[place:begin], content[begin:end]
        place = end


def _packet_lengths(segments: list[int]) -> list[int]:
    """Return the lengths of the packets that end in these segments."""
    lengths, length = [], 0
    for segment in segments:
        length += segment
        if segment < _MOST_SEGMENTS:
            lengths.append(length)
            length = 0
    return lengths


def _paged(packets: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield header packets on pages of their own."""
    body, table = b"".join(packets), []
    for packet in packets:
        table += [255] * (len(packet) // 255) + [len(packet) % 255]
    continued = False
    while table:
        segments, table = table[:_MOST_SEGMENTS], table[_MOST_SEGMENTS:]
        size = sum(segments)
        # -1: no packet ends on the page.
        ended = (0 if any(segment < 255 for segment in segments) else -1).to_bytes(
            8, "little", signed=True
        )
        head = b"OggS\0" + bytes([_CONTINUED if continued else 0]) + ended + bytes(12)
        yield head + bytes([len(segments), *segments]), body[:size]
        body, continued = body[size:], segments[-1] == 255


def _numbered(head: bytes, body: bytes, number: int) -> bytes:
    """Return a page with its number in the stream and its check sum.

    Encoders draw the stream's own number by chance, for files with several; here it is always 1.
    """
    head = head[:14] + _STREAM + number.to_bytes(4, "little") + bytes(4) + head[26:]
    page = head + body
    return page[:22] + _checksum(page).to_bytes(4, "little") + page[26:]


def _checksum(page: bytes) -> int:
    """Return Ogg's check sum, which is zlib's with its bits the other way round."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
