"""Bad and odd sound files, made by chance of a seed: `cases`."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from functools import cache

import numpy as np
import soundfile

from moss_core.synthesis.files.packets import pack

RATE = 16_000
_USUAL = (
    ("WAV", "PCM_16"),
    ("WAV", "GSM610"),
    ("WAV", "MS_ADPCM"),
    ("WAV", "DOUBLE"),
    ("FLAC", "PCM_16"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
    ("AIFF", "PCM_24"),
    ("CAF", "ALAC_16"),
    ("AU", "PCM_16"),
    ("W64", "PCM_16"),
    ("RF64", "PCM_16"),
    ("M4A", ""),
)
_EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)


@cache
def _sound(seconds: float, channels: int) -> np.ndarray:
    chance = np.random.default_rng(1)
    tone = np.sin(np.arange(int(seconds * RATE)) * 0.2)[:, None]
    return 0.3 * tone + chance.normal(0, 0.02, (len(tone), channels))


@cache
def _file(container: str, subtype: str, channels: int = 1, seconds: float = 1.5) -> bytes:
    sound = _sound(seconds, channels)
    if container == "M4A":
        import torch

        return pack(torch.from_numpy(sound.T.copy()).float(), RATE, "m4a")
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, subtype, format=container)
    return file.getvalue()


def _every_kind() -> Iterator[tuple[str, bytes]]:
    """All that libsndfile writes: container and subtype, in mono and stereo."""
    # Of SD2, libsndfile writes a second file into the folder that the process is in.
    for container in sorted(set(soundfile.available_formats()) - {"SD2"}):
        for subtype in soundfile.available_subtypes(container):
            for channels in (1, 2):
                try:
                    yield "every kind", _file(container, subtype, channels)
                except Exception:  # not all pairs go together
                    continue


def _wav(fmt: bytes, data: bytes, told: int | None = None, before: bytes = b"") -> bytes:
    told = len(data) if told is None else told
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", len(fmt)) + fmt
    body += b"data" + struct.pack("<I", told) + data
    return b"RIFF" + struct.pack("<I", len(body) & 0xFFFFFFFF) + body


def _lies() -> Iterator[tuple[str, bytes]]:
    """Headers that say what cannot be."""
    data = (_sound(1.5, 1) * 32767).astype("<i2").tobytes()
    for tag in (1, 2, 3, 6, 7, 0x11, 0x14, 0x31, 0x38, 0x40, 0x45, 0x50, 0x55, 0xFFFE, 0xFFFF):
        for channels, rate, align, bits in (
            (1, RATE, 2, 16),
            (0, RATE, 2, 16),
            (1, 0, 2, 16),
            (1024, RATE, 2048, 16),
            (65535, 0xFFFFFFFF, 65535, 65535),
            (1, RATE, 0, 0),
            (2, RATE, 16, 64),
        ):
            fmt = struct.pack("<HHIIHH", tag, channels, rate, rate & 0xFFFF, align, bits)
            yield "header lies", _wav(fmt + b"\x02\x00\xf4\x01", data)
    fmt = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
    for size in _EXTREMES:
        yield "chunk sizes", _wav(fmt, data, size)
        junk = b"LIST" + struct.pack("<I", size) + b"INFO"
        yield "chunk sizes", _wav(fmt, data, before=junk)
        for name in (b"bext", b"cue ", b"smpl", b"fact", b"PEAK", b"id3 ", b"ds64", b"cart"):
            yield "chunk sizes", _wav(fmt, data, before=name + struct.pack("<I", size) + bytes(8))
    for value in (np.nan, np.inf, -np.inf, 1e38, 1e-40):
        for kind, bits in (("<f4", 32), ("<f8", 64)):
            sound = _sound(1.5, 1).astype(kind)
            sound[500:504] = value
            fmt = struct.pack("<HHIIHH", 3, 1, RATE, RATE * bits // 8, bits // 8, bits)
            yield "not numbers", _wav(fmt, sound.tobytes())


def _wrapped() -> Iterator[tuple[str, bytes]]:
    """Tags that claim much, chains, MP3s whose length is not told or wrong, bombs."""
    mp3, ogg, opus = _file("MP3", "MPEG_LAYER_III"), _file("OGG", "VORBIS"), _file("OGG", "OPUS")
    for size in (0, 10, 1000, 1 << 20, (1 << 28) - 1):
        claimed = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
        for rest in (b"", mp3, _file("FLAC", "PCM_16"), _file("WAV", "PCM_16"), bytes(2000)):
            yield "tags that claim much", b"ID3\x04\0\0" + claimed + rest
            if size < 1 << 21:
                yield "tags", b"ID3\x04\0\0" + claimed + bytes(size) + rest
    for first in (ogg, opus):
        for second in (ogg, opus, _file("OGG", "VORBIS", 2), first[: len(first) // 2], b"OggS"):
            yield "chains", first + second
    place = max(mp3.find(b"Xing"), mp3.find(b"Info"))
    for frames in _EXTREMES:
        for flags in (1, 15):
            told = b"Xing" + struct.pack(">III", flags, frames, frames)
            yield "mp3 lengths", mp3[:place] + told + mp3[place + len(told) :]
    for skipped in (200, 417, 500, 1000):
        yield "mp3 lengths", mp3[skipped:]
        yield "mp3 lengths", b"\xff\xfb\x90\x64" + bytes(skipped) + mp3


def _bombs() -> Iterator[tuple[str, bytes]]:
    """Little that claims to be, or is, much."""
    yield "bombs", _flac_bomb()
    yield "bombs", b"\xff\xfb\x90\x64" * 200_000
    yield "bombs", _wav(struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16), bytes(20_000_000))
    yield "bombs", b"OggS\0\2" + bytes(5_000_000)


def _flac_bomb() -> bytes:
    """Eight channels of 880 s in some hundred kB."""
    file, block = io.BytesIO(), np.full((RATE, 8), 12_345, np.int16)
    with soundfile.SoundFile(file, "w", RATE, 8, "PCM_16", format="FLAC") as writer:
        for _ in range(880):
            writer.write(block)
    return file.getvalue()


def _damaged(chance: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Without end: usual files cut off, with bytes changed, or with numbers in their heads."""
    while True:
        container, subtype = _USUAL[chance.integers(len(_USUAL))]
        whole = _file(container, subtype)
        yield "cut off", whole[: int(len(whole) * chance.random() ** 2)]
        some = bytearray(whole)
        for _ in range(chance.integers(1, 17)):
            some[chance.integers(len(some))] = chance.integers(256)
        yield "bytes changed", bytes(some)
        some = bytearray(whole)
        reach = len(some) if container in ("M4A", "OGG") else 220
        for _ in range(chance.integers(1, 4)):
            number = struct.pack("<>"[chance.integers(2)] + "I", chance.choice(_EXTREMES))
            width = int(chance.choice((2, 4)))
            start = chance.integers(min(reach, len(some)) - 4)
            some[start : start + width] = number[:width]
        yield "numbers changed", bytes(some)
        yield "something else", chance.bytes(int(chance.integers(1, 5000)))
        head = (b"RIFF\0\0\0\0WAVEfmt ", b"fLaC", b"OggS", b"caff", b".snd", b"FORM\0\0\0\0AIFF")
        start = head[chance.integers(len(head))]
        yield "only a beginning", start + chance.bytes(int(chance.integers(0, 3000)))


def cases(count: int, seed: int, light: bool) -> list[tuple[str, bytes]]:
    """Return so many kinds of badness with their files; the same for the same seed.

    Args:
        count: how many.
        seed: of what is left to chance.
        light: without those that take long to make.
    """
    chance = np.random.default_rng(seed)
    told = [*_every_kind(), *_lies()]
    must = [*_wrapped(), *(() if light else _bombs())]
    chosen = [told[k] for k in chance.permutation(len(told))[: max(0, count // 2 - len(must))]]
    kept = [must[k] for k in sorted(chance.permutation(len(must))[: count // 2])]
    found, more = [*kept, *chosen], _damaged(chance)
    while len(found) < count:
        found.append(next(more))
    return found[:count]
