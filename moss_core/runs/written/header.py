"""Which tensors a file holds, told by its header before any of them is read.

The format is that of safetensors: eight bytes with the length of a JSON text, the text, and the
tensors' bytes one behind the other.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from msgspec import Meta, field
from torch import Tensor

from moss_core.errors import MossError
from moss_core.reading import Record, Text, Word, open_file, parse_json

_LENGTH, _MOST_HEADER = 8, 200_000
_MOST_FILE = 2**45
"""Bytes; what is really there decides, as a header must tell the size of its file."""
_METADATA = "__metadata__"
_DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}
_RULE = "must be a complete file"
_Size = Annotated[int, Meta(ge=0, le=_MOST_FILE)]


class _Entry(Record):
    """A tensor; where nothing of this is told, it is the list of other things."""

    dtype: Word = ""
    shape: Annotated[tuple[_Size, ...], Meta(max_length=8)] = ()
    data_offsets: tuple[_Size, _Size] = (0, 0)


class _Metadata(Record):
    origin: dict[str, Text] = field(name=_METADATA, default_factory=dict)


@dataclass(frozen=True)
class Header:
    """What a file of tensors says of them.

    Args:
        origin: what stands beside them, texts by name.
        tensors: of the kinds that MOSS writes, by name, without values ("meta" tensors).
    """

    origin: Mapping[str, str]
    tensors: Mapping[str, Tensor]


def read_header(path: Path, thing: str, remedy: str) -> Header:
    """Read the header of a file of tensors.

    Args:
        path: of the file.
        thing: what to call it in messages.
        remedy: what to do where it cannot be used.

    Raises:
        MossError: if it is no regular file, no file of tensors, or of another size than it says.
    """

    def damaged(found: str) -> MossError:
        return MossError(thing, _RULE, f"a damaged one ({found})", remedy)

    with open_file(path, _MOST_FILE, thing, remedy) as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(_LENGTH), "little")
        if not 2 <= length <= min(_MOST_HEADER, size - _LENGTH):
            raise damaged("no header")
        told = file.read(length)
    if b"\0" in told:
        raise damaged("no header")
    origin = parse_json(told, _Metadata, thing, remedy, _RULE).origin
    entries = parse_json(told, dict[str, _Entry], thing, remedy, _RULE)
    end, tensors = 0, {}
    for name, entry in entries.items():
        end = max(end, entry.data_offsets[1])
        dtype = _DTYPES.get(entry.dtype)
        if dtype is not None:
            bytes_of = math.prod(entry.shape) * dtype.itemsize
            if entry.data_offsets[1] - entry.data_offsets[0] != bytes_of:
                raise damaged(f"{name} of another size than its shape")
            tensors[name] = torch.empty(entry.shape, dtype=dtype, device="meta")
    if _LENGTH + length + end != size:
        raise damaged("more or less than its header says")
    return Header(origin, tensors)
