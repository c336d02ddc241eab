"""The files that a run is made from, in its folder: they never change while it is that run."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import PIL.Image

from moss_core.optimization import Run
from moss_core.runs.keeping.disk import write
from moss_core.synthesis import Image, write_wav


class Inputs:
    """The files of one run, which are as they were read, or exact ones of what was made in memory.

    Args:
        run: whose they are.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        files = self._files()
        self._sizes = {name: len(content) for name, content in files.items()}
        self.hashes = {
            Path(name).stem: hashlib.sha256(content).hexdigest() for name, content in files.items()
        }
        """SHA-256 by kind: "image", "track", "right", "other1" and so on."""

    def write(self, folder: Path) -> None:
        """Write them into a folder, which is made."""
        folder.mkdir()
        for name, content in self._files().items():
            write(folder / name, content)

    def are_in(self, folder: Path, *, looked_into: bool = False) -> bool:
        """Whether they lie in a folder: by name and size, or byte for byte."""
        if not all(self._place(folder, name) for name in self._sizes):
            return False
        return not looked_into or all(self._same(folder, *file) for file in self._files().items())

    def move(self, new: Path, folder: Path) -> None:
        """Move them into a folder that may hold those of another run, which stay beside them."""
        if not folder.exists():
            new.replace(folder)
            return
        for name, content in self._files().items():
            if not self._same(folder, name, content):
                taken = (folder / name).exists()
                (new / name).replace(folder / (self._other(name) if taken else name))

    def remove_others(self, folder: Path) -> None:
        """Remove what another run has left in the folder."""
        own = {self._place(folder, name) for name in self._sizes}
        for path in folder.iterdir():
            if path not in own and path.is_file():
                path.unlink()

    def _place(self, folder: Path, name: str) -> Path | None:
        """Return where one of them lies; None: it does not. The other name is tried first."""
        for path in (folder / self._other(name), folder / name):
            if path.is_file() and path.stat().st_size == self._sizes[name]:
                return path
        return None

    def _same(self, folder: Path, name: str, content: bytes) -> bool:
        path = self._place(folder, name)
        return path is not None and path.read_bytes() == content

    def _other(self, name: str) -> str:
        """Return the name for it where another run's has its own."""
        kind = Path(name).stem
        return f"{kind}-{self.hashes[kind][:8]}{Path(name).suffix}"

    def _files(self) -> dict[str, bytes]:
        run = self._run
        images = {"image": run.image} | ({"right": run.right} if run.right else {})
        images |= {f"other{number}": image for number, image in enumerate(run.others, 1)}
        return dict([*(_image_file(kind, image) for kind, image in images.items()), _track(run)])


def _image_file(kind: str, image: Image) -> tuple[str, bytes]:
    """Name and bytes of an image as it was read; an exact TIFF if it was made in memory."""
    if image.content:
        return f"{kind}{_ending(image.name)}", image.content
    file = io.BytesIO()
    PIL.Image.fromarray(np.ascontiguousarray(image.pixels.numpy())).save(file, "TIFF")
    return f"{kind}.tif", file.getvalue()


def _track(run: Run) -> tuple[str, bytes]:
    """Name and bytes of the track as it was read; an exact WAV if it was made in memory."""
    if run.track.content:
        return f"track{_ending(run.track.name)}", run.track.content
    file = io.BytesIO()
    write_wav(file, [run.track.samples], run.track.sample_rate, "float")
    return "track.wav", file.getvalue()


def _ending(name: str) -> str:
    """Return a file name's ending if it is a plain one, for any file system to take."""
    ending = Path(name).suffix.lower()
    return ending if ending[1:].isalnum() else ""
