"""Bad and odd image files, made by chance of a seed: `cases`."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np
import PIL.Image

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F")
_EXTREMES = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_START = b"\x89PNG\r\n\x1a\n"


@cache
def _picture(width: int = 96, height: int = 64) -> PIL.Image.Image:
    chance = np.random.default_rng(2)
    return PIL.Image.fromarray(chance.integers(0, 256, (height, width, 3), dtype=np.uint8))


def _file(picture: PIL.Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, bits: int, colour: int, *chunks: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    rows = _chunk(b"IDAT", zlib.compress(bytes(4096)))
    return _START + head + b"".join(chunks) + rows + _chunk(b"IEND", b"")


def _every_mode() -> Iterator[tuple[str, bytes]]:
    for mode in _MODES:
        for kind in _FORMATS:
            try:
                yield "every mode", _file(_picture().convert("L").convert(mode), kind)
            except Exception:  # not all go together
                continue


def _lies() -> Iterator[tuple[str, bytes]]:
    for side in (0, 1, 7, 8, 5000, 30_000, 60_000, 0x7FFFFFFF, 0xFFFFFFFF):
        for bits, colour in ((1, 0), (8, 2), (16, 6), (8, 3), (5, 9)):
            yield "sizes that lie", _png(side, side, bits, colour)
            yield "sizes that lie", _png(64, side, bits, colour)
        four = struct.pack("<I", side)
        bmp, gif = bytearray(_file(_picture(), "BMP")), bytearray(_file(_picture(), "GIF"))
        bmp[18:22], gif[6:8] = four, four[:2]
        tiff = bytearray(_file(_picture(), "TIFF"))
        tiff[18:22] = four
        yield from (("sizes that lie", bytes(file)) for file in (bmp, gif, tiff))


def _laden() -> Iterator[tuple[str, bytes]]:
    """What comes along: profiles, texts, notes of cameras; and what is no image."""
    bomb = zlib.compress(bytes(200_000_000), 9)
    jpeg = _picture()
    for name, data in (
        (b"iCCP", b"icc\0\0" + bomb),
        (b"zTXt", b"Comment\0\0" + bomb),
        (b"iTXt", b"Comment\0\1\0\0\0" + bomb),
        (b"tEXt", b"Comment\0" + b"x" * 5_000_000),
        (b"eXIf", bytes(1_000_000)),
        (b"acTL", struct.pack(">II", 0xFFFFFFFF, 0)),
    ):
        yield "texts and profiles", _png(64, 64, 8, 0, _chunk(name, data))
    yield "texts and profiles", _png(64, 64, 8, 0, *[_chunk(b"tEXt", b"a\0b")] * 50_000)
    yield "texts and profiles", _file(jpeg, "JPEG", icc_profile=b"x" * 3_000_000)
    for orientation in (0, 3, 6, 9, 0xFFFF):
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        yield "notes of cameras", _file(jpeg, "JPEG", exif=exif.tobytes())
    for notes in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*" + b"\xff" * 900):
        for kind in ("JPEG", "PNG", "WEBP"):
            yield "notes of cameras", _file(jpeg, kind, exif=notes)
    for drawing in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<?xml?>\n<!-- a -->\n<svg/>"):
        yield "something else", drawing
    for start in (
        b"%PDF-1.7",
        b"PK\3\4",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"8BPS\0\1",
        b"\0\0\1\0\1\0",
    ):
        yield "something else", start + bytes(3000)


def _large() -> Iterator[tuple[str, bytes]]:
    """Thousands of frames, millions of pixels."""
    first = _picture(16, 16).convert("L")
    small = [PIL.Image.new("L", (16, 16), k % 255) for k in range(1, 3000)]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        yield "many frames", _file(first, kind, save_all=True, append_images=small)
    large = _picture(500, 400).resize((4800, 3300), PIL.Image.NEAREST)
    for mode, kind in (("RGBA", "PNG"), ("CMYK", "JPEG"), ("L", "WEBP"), ("F", "TIFF")):
        yield "large", _file(large.convert("L").convert(mode), kind)
    yield "large", _file(PIL.Image.new("1", (40_000, 40_000)), "PNG")
    yield "large", _file(_picture(8, 8).resize((8, 1_500_000), PIL.Image.NEAREST), "PNG")


def _damaged(chance: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    while True:
        whole = _file(_picture(), _FORMATS[chance.integers(len(_FORMATS))])
        yield "cut off", whole[: int(len(whole) * chance.random())]
        some = bytearray(whole)
        for _ in range(chance.integers(1, 17)):
            some[chance.integers(len(some))] = chance.integers(256)
        yield "bytes changed", bytes(some)
        some = bytearray(whole)
        number = struct.pack("<>"[chance.integers(2)] + "I", chance.choice(_EXTREMES))
        start = chance.integers(min(200, len(some)) - 4)
        some[start : start + 4] = number
        yield "numbers changed", bytes(some)
        yield "only a beginning", whole[:16] + chance.bytes(int(chance.integers(0, 3000)))


def cases(count: int, seed: int, light: bool) -> list[tuple[str, bytes]]:
    """Return so many kinds of badness with their files; the same for the same seed.

    Args:
        count: how many.
        seed: of what is left to chance.
        light: without those that take long to make.
    """
    chance = np.random.default_rng(seed)
    told = [*_every_mode(), *_lies(), *_laden(), *(() if light else _large())]
    found = [told[k] for k in chance.permutation(len(told))[: 2 * count // 3]]
    more = _damaged(chance)
    while len(found) < count:
        found.append(next(more))
    return found
