"""WAV files that are written part by part, so that a long song is never held in one more copy."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from moss_core.errors import MossError

SUBTYPES = {"float": 32, "pcm24": 24, "pcm16": 16}
"""How samples may be kept, and with how many bits."""
SUBTYPE = "pcm24"
"""How samples are kept where nobody says otherwise: what studios exchange."""
_PCM, _FLOAT = 1, 3
_BLOCK = 1 << 14  # frames that are converted at once, few enough for a processor's cache


def check_subtype(subtype: str) -> None:
    """Raise `MossError` for what is not a key of `SUBTYPES`."""
    if subtype not in SUBTYPES:
        raise MossError(
            "subtype", f"must be one of {', '.join(SUBTYPES)}", repr(subtype), "Use pcm24."
        )


def write_wav(
    file: BinaryIO, parts: Sequence[Tensor], sample_rate: int, subtype: str, chunks: bytes = b""
) -> None:
    """Write a WAV file of parts `(channels, samples)` that follow each other, full scale = 1.

    What PCM cannot hold is rounded to its nearest step, and cut off at full scale. The same sound
    gives the same file at any time.

    Args:
        file: to write to.
        parts: of the sound, with the same channels.
        sample_rate: Hz.
        subtype: "float" (32-bit), "pcm24" or "pcm16".
        chunks: RIFF chunks, whole, that follow the sound, such as tags.

    Raises:
        MossError: for another subtype.
        OSError: if the file cannot be written.
    """
    check_subtype(subtype)
    channels, frames = len(parts[0]), sum(part.shape[1] for part in parts)
    width = SUBTYPES[subtype] // 8
    size = frames * channels * width
    head = _head(channels, sample_rate, subtype, frames)
    body = size + size % 2 + len(chunks)  # a chunk ends on an even byte
    file.write(b"RIFF" + struct.pack("<I", 4 + len(head) + 8 + body) + b"WAVE" + head)
    file.write(b"data" + struct.pack("<I", size))
    for part in parts:
        for block in torch.split(part, _BLOCK, 1):
            file.write(_in_bytes(block.T, subtype))
    file.write(bytes(size % 2) + chunks)


def _head(channels: int, sample_rate: int, subtype: str, frames: int) -> bytes:
    bits = SUBTYPES[subtype]
    frame = channels * bits // 8
    kind = _FLOAT if subtype == "float" else _PCM
    told = struct.pack("<HHIIHH", kind, channels, sample_rate, sample_rate * frame, frame, bits)
    head = b"fmt " + struct.pack("<I", len(told)) + told
    if kind == _FLOAT:
        head += b"fact" + struct.pack("<II", 4, frames)
    return head


def _in_bytes(samples: Tensor, subtype: str) -> bytes:
    """Return samples `(frames, channels)` as they lie in the file, the lowest byte first."""
    if subtype == "float":
        return samples.numpy().astype("<f4").tobytes()
    full = 2 ** (SUBTYPES[subtype] - 1)
    steps = samples.mul(full).round_().clamp_(-full, full - 1).int().numpy()
    if subtype == "pcm16":
        return steps.astype("<i2").tobytes()
    four = np.ascontiguousarray(steps, "<i4").view(np.uint8).reshape(-1, 4)
    three = np.empty((len(four), 3), np.uint8)
    for place in range(3):  # a column at a time: much faster than all at once
        three[:, place] = four[:, place]
    return three.tobytes()


def fit(samples: Tensor, subtype: str) -> tuple[bool, float]:
    """Return whether a subtype holds `(channels, samples)` exactly, and their highest sample.

    Full scale = 1: what is higher is cut off in PCM.
    """
    exact, highest = True, 0.0
    for block in torch.split(samples, _BLOCK, 1):
        highest = max(highest, float(block.abs().max()))
        if exact and subtype != "float":
            full = 2 ** (SUBTYPES[subtype] - 1)
            steps = block.mul(full)
            exact = bool((steps == steps.round().clamp_(-full, full - 1)).all())
    return exact, highest
