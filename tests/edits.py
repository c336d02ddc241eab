"""Edits that anybody could make to what MOSS wrote: to JSON, to tensors, to the files of a run.

Tests make a few of them, `benchmarks/edited_runs.py` makes many.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

Path_ = tuple[str | int, ...]
_TOO_LARGE = "1e400 as it stands"
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 0.5, -0.5, 1.5, 1e-300, 1e300, 99_999, 2**31, 2**53 + 1,
    2**63, 10**30, 10**400, float("nan"), float("inf"), -float("inf"), _TOO_LARGE,
    "", "x", "0", "1.5", "true", "\ud800", "x\udfff", "\0", "a\nb", "\x1b[31m", "\u202eabc",
    "x" * 100_000, "../../etc/passwd", "/dev/zero", "f" * 64, "2026-11-28T00:00:00+00:00",
    [], {}, [1], [None], [[]], [1] * 1000, ["ssim", 1], {"a": 1}, {"\ud800": 1}, {"": {"": {}}},
)  # fmt: skip
"""What may stand where something else should."""

FILES = ("run.json", "masks.safetensors", "history.csv", "cover.webp", "inputs/image.tif",
         "inputs/track.wav", "inputs")  # fmt: skip


def places(told: object, path: Path_ = ()) -> Iterator[Path_]:
    """Give where a value stands in decoded JSON, the whole of it first."""
    yield path
    parts: Any = told.items() if isinstance(told, dict) else ()
    for key, value in enumerate(told) if isinstance(told, list) else parts:
        yield from places(value, (*path, key))


def replaced(told: Any, path: Path_, value: object) -> Any:
    """Return decoded JSON with another value at a place; the value `...` takes the part away."""
    if not path:
        return {} if value is ... else value
    changed = json.loads(json.dumps(told))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


def as_json(told: object) -> bytes:
    """Return JSON, or nearly: with numbers that it has not, such as NaN."""
    text = json.dumps(told).replace(f'"{_TOO_LARGE}"', "1e400")
    return text.encode("utf-8", "surrogatepass")


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few of them changed, cut off, or put where they were not."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            del found[at:]
        elif kind == 1:
            found[at : at + chance.randint(0, 40)] = b""
        elif kind == 2:
            found[at : at + 3] = chance.randbytes(3)
        else:
            found[at:at] = chance.choice([b"[" * 50_000, b'{"a":', b"\0", b'"', b"}", b"9" * 5000])
    return bytes(found)


def _json(folder: Path, chance: random.Random, value: Callable[[], object]) -> None:
    file = folder / "run.json"
    told = json.loads(file.read_text())
    file.write_bytes(as_json(replaced(told, chance.choice([*places(told)][1:]), value())))


def json_value(folder: Path, chance: random.Random) -> None:
    """Another value in `run.json`."""
    _json(folder, chance, lambda: chance.choice(VALUES))


def json_missing(folder: Path, chance: random.Random) -> None:
    """Something missing in `run.json`."""
    _json(folder, chance, lambda: ...)


def json_spoilt(folder: Path, chance: random.Random) -> None:
    """Bytes of `run.json` changed."""
    file = folder / "run.json"
    file.write_bytes(spoilt(file.read_bytes(), chance))


def json_twice(folder: Path, chance: random.Random) -> None:
    """A part of `run.json` twice, too much of it, or too deep."""
    file = folder / "run.json"
    text = file.read_text()
    told = json.loads(text)
    many = told["candidates"] * chance.choice([200, 10_000])
    nested: object = 1
    for _ in range(400):
        nested = [nested]
    content = [
        text.replace('"title"', '"title": "x", "title"').encode(),
        text.replace('"config": {', '"config": {"steps": 1, "steps": 2,', 1).encode(),
        as_json(told | {"candidates": many}),
        as_json(told | {"more": nested}),
        b"[" * 1_000_000,
        b'{"a":' * 500_000,
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        b"",
        b" " * 5_000_000,
    ]
    file.write_bytes(chance.choice(content))


def _tensors(folder: Path, chance: random.Random, change: Callable[[str, Tensor], Tensor]) -> None:
    path = folder / "masks.safetensors"
    with safetensors.safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    name = chance.choice(sorted(found))
    found[name] = change(name, found[name]).contiguous()
    path.write_bytes(safetensors.torch.save(found, metadata))


def tensor_type(folder: Path, chance: random.Random) -> None:
    """Another type of a tensor."""
    types = [torch.float16, torch.float64, torch.int64, torch.int32, torch.uint8, torch.bool,
             torch.bfloat16, torch.complex64]  # fmt: skip
    _tensors(folder, chance, lambda _, tensor: tensor.to(chance.choice(types)))


def tensor_shape(folder: Path, chance: random.Random) -> None:
    """Another shape of a tensor."""

    def change(_: str, tensor: Tensor) -> Tensor:
        return chance.choice(
            [
                lambda: tensor[None],
                lambda: tensor.flatten(),
                lambda: tensor.flatten()[:0],
                lambda: tensor.sum().to(tensor.dtype),
                lambda: (
                    torch.cat([tensor[None], tensor[None]]).flatten(0, 1)
                    if tensor.ndim
                    else tensor[None]
                ),
                lambda: tensor.transpose(0, -1) if tensor.ndim > 1 else tensor[None],
                lambda: torch.zeros(0),
                lambda: torch.zeros(1000, 1000),
            ]
        )()

    _tensors(folder, chance, change)


def tensor_value(folder: Path, chance: random.Random) -> None:
    """Another value in a tensor."""

    def change(_: str, tensor: Tensor) -> Tensor:
        numbers = [0, -1, 1, 2, 7, 2**40, -(2**62)]
        if tensor.is_floating_point():
            numbers = [*numbers, 0.5, -0.5, 3e38, -3e38, 1e-40, float("nan"), float("inf")]  # type: ignore[list-item]
        changed, value = tensor.clone().flatten(), chance.choice(numbers)
        some = slice(None) if chance.random() < 0.3 else chance.randrange(max(1, len(changed)))
        if len(changed):
            changed[some] = value
        return changed.view(tensor.shape)

    _tensors(folder, chance, change)


def tensor_name(folder: Path, chance: random.Random) -> None:
    """A tensor that is missing, has another name, or is more than there should be."""
    path = folder / "masks.safetensors"
    with safetensors.safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    name = chance.choice(sorted(found))
    kind = chance.randrange(4)
    if kind == 0:
        del found[name]
    elif kind == 1:
        found[f"{name}x"] = found.pop(name)
    elif kind == 2:
        found["phases"] = found["phase_offsets"].clone()
    else:
        metadata = chance.choice([{}, None, metadata | {"image": "0" * 64}, {"a": "b" * 1000}])
    path.write_bytes(safetensors.torch.save(found, metadata))


def tensor_header(folder: Path, chance: random.Random) -> None:
    """A header of the tensors that lies, or bytes of them changed."""
    path = folder / "masks.safetensors"
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    told, rest = json.loads(content[8 : 8 + length]), content[8 + length :]
    kind = chance.randrange(5)
    if kind == 0:
        path.write_bytes(spoilt(content[:4000], chance) + content[4000:])
    elif kind == 1:
        path.write_bytes(chance.choice([0, 2**63, 2**20, 7]).to_bytes(8, "little") + content[8:])
    elif kind == 2:
        path.write_bytes(content[: chance.randrange(len(content))])
    else:
        where = chance.choice([place for place in places(told) if len(place) > 1])
        header = as_json(replaced(told, where, chance.choice(VALUES)))
        path.write_bytes(len(header).to_bytes(8, "little") + header + rest)


def inputs(folder: Path, chance: random.Random) -> None:
    """Inputs that are swapped, cut off, empty, spoilt or gone."""
    image, track = (folder / "inputs" / name for name in ("image.tif", "track.wav"))
    one, content = (
        (image, image.read_bytes()) if chance.random() < 0.5 else (track, track.read_bytes())
    )
    kind = chance.randrange(6)
    if kind == 0:
        image.write_bytes(track.read_bytes())
    elif kind == 1:
        one.write_bytes(content[: chance.randrange(len(content))])
    elif kind == 2:
        one.write_bytes(spoilt(content, chance))
    elif kind == 3:
        one.write_bytes(b"")
    elif kind == 4:
        one.unlink()
    else:
        one.rename(one.with_name(chance.choice(["x", "image", "track.mp3", "image.png.exe"])))


def no_file(folder: Path, chance: random.Random) -> None:
    """A pipe, a device, a link, a folder or nothing where a file should be."""
    path = folder / chance.choice(FILES)
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    kind = chance.randrange(8)
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        path.symlink_to("/dev/zero")
    elif kind == 2:
        path.symlink_to(path.name)
    elif kind == 3:
        path.symlink_to("/nowhere")
    elif kind == 4:
        path.mkdir()
    elif kind == 5:
        path.symlink_to(chance.choice(["/etc/passwd", "/dev/random", "/proc/self/mem", "/dev"]))
    elif kind == 6 and len(str(path)) < 100:
        with socket.socket(socket.AF_UNIX) as served:
            served.bind(str(path))


def sparse(folder: Path, chance: random.Random) -> None:
    """A file of many gigabytes that takes no room."""
    path = folder / chance.choice(FILES[:-1])
    size = chance.choice([3_000_000, 500_000_000, 3 * 2**30, 2**40])
    if path.name == "masks.safetensors" and chance.random() < 0.7:
        content = path.read_bytes()
        length = int.from_bytes(content[:8], "little")
        told = json.loads(content[8 : 8 + length])
        name = chance.choice([name for name in told if not name.startswith("__")])
        count = size // 8
        told[name] |= {"dtype": "F32", "shape": [2, count], "data_offsets": [0, 8 * count]}
        header = as_json(told)
        path.write_bytes(len(header).to_bytes(8, "little") + header)
        size = 8 + len(header) + 8 * count
    os.truncate(path, size)


def forbidden(folder: Path, chance: random.Random) -> None:
    """A file or folder that may not be read."""
    (folder / chance.choice(FILES)).chmod(chance.choice([0o000, 0o200, 0o100]))


KINDS: dict[str, Callable[[Path, random.Random], None]] = {
    "a value of run.json": json_value,
    "run.json without a part": json_missing,
    "bytes of run.json": json_spoilt,
    "run.json twice, long, deep": json_twice,
    "type of a tensor": tensor_type,
    "shape of a tensor": tensor_shape,
    "values of a tensor": tensor_value,
    "name of a tensor, origin": tensor_name,
    "header of the tensors": tensor_header,
    "inputs": inputs,
    "no file": no_file,
    "sparse gigabytes": sparse,
    "permissions": forbidden,
}
"""Every kind of edit, by what it is called."""
