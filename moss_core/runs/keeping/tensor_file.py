"""A safetensors file, written from where the tensors lie.

`safetensors.torch.save` copies everything twice before the first byte is on its way, which for a
run of 250 MB takes more time and memory than writing it.

The format: the length of a header (8 bytes, little-endian), the header as JSON, and then the
tensors one after the other, https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import BinaryIO

import torch
from torch import Tensor

_TYPES = {torch.float64: "F64", torch.int64: "I64", torch.float32: "F32"}
_ALIGNED = 8


def write_tensors(
    file: BinaryIO, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> None:
    """Write tensors of double and single precision and of whole numbers.

    Args:
        file: to write to.
        tensors: by name, on the CPU and contiguous.
        metadata: what else the file says.
    """
    # The wide ones first, so that each begins at a multiple of its width.
    names = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name in names:
        tensor = tensors[name]
        begin, end = end, end + tensor.numel() * tensor.element_size()
        kind, shape = _TYPES[tensor.dtype], list(tensor.shape)
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}
    told = json.dumps(header, separators=(",", ":")).encode()
    told += b" " * (-len(told) % _ALIGNED)
    file.write(len(told).to_bytes(8, "little") + told)
    for name in names:
        if tensors[name].numel():
            file.write(tensors[name].reshape(-1).numpy().data)
