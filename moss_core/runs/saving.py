"""The folder of a run: what is needed to go on with it, and what people take home.

Each file is written beside its place and moved there when it is complete and on the disk. All
that was learned is one file, `masks.safetensors`, and the inputs of a run never change, so a
writer that is interrupted at any moment leaves either what was there before or what should be
there now. Only replacing one run by another takes more than one move.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import safetensors.torch
from torch import Tensor

from moss_core.errors import MossError
from moss_core.machine import Known, crew, logger, on_one_core
from moss_core.optimization import Candidate, Run
from moss_core.runs.covers import covers
from moss_core.runs.exports.ear_safety import EarSafety, ear_safety
from moss_core.runs.exports.full_rate import bytes_to_export, hybrid_stretch
from moss_core.runs.exports.measuring import measured_files
from moss_core.runs.exports.settings import tagged, tags_of
from moss_core.runs.front_chart import front_png
from moss_core.runs.layout import (
    AUDIO,
    ENTRIES,
    FILE,
    HISTORY,
    INPUTS,
    MASKS,
    PICTURES,
    check_folder,
    in_a_name,
    numbered,
)
from moss_core.runs.manifest import describe
from moss_core.runs.reports import about, front_csv, history_csv
from moss_core.runs.tensors import pack
from moss_core.synthesis import (
    SUBTYPE,
    Image,
    check_subtype,
    encode_picture,
    wav_chunks,
    write_wav,
)


@dataclass(frozen=True)
class Written:
    """The files of a candidate.

    Args:
        candidate: with the losses of its sound file.
        number: what people call it (`Front.number`).
        safety: what ears and loudspeakers would mind of it.
    """

    candidate: Candidate
    number: int
    safety: EarSafety

    @property
    def sound(self) -> str:
        """Where its sound lies in the folder."""
        return f"{AUDIO}/{numbered(self.number)}.wav"

    @property
    def picture(self) -> str:
        """Where its picture lies in the folder: of the first sound that is heard."""
        return f"{PICTURES}/{numbered(self.number)}.png"


@on_one_core()
def save(
    run: Run,
    folder: str | Path,
    overwrite: bool = False,
    subtype: str = SUBTYPE,
    tell: Callable[[float], None] = lambda done: None,
) -> tuple[Written, ...]:
    """Write a run: sounds, pictures, front, masks, history, and all that is needed to repeat it.

    Files are numbered as the candidates are (`Front.number`), from the most track, 001, to the most
    image. The losses in `front.csv` are measured on the sound files as written.

    Args:
        run: with at least one step taken.
        folder: made if it does not exist.
        overwrite: whether a run that is there may be replaced.
        subtype: of the WAV files: "pcm24", "pcm16" or "float" (32-bit).
        tell: is told how much is done, 0 to 1; what it raises ends the work, and nothing is left.

    Returns:
        What is to be told of the sound files, in their order.

    Raises:
        MossError: for another subtype, if the folder cannot be used, or the disk is full.
    """
    folder = Path(folder)
    check_subtype(subtype)
    check_folder(folder, overwrite)
    return _put(run, folder, subtype, tell)


@on_one_core()
def save_progress(run: Run, folder: Path) -> None:
    """Write what is needed to go on with a run later, in a tenth of the time of `save`.

    Sounds and pictures of an earlier `save` go, since they are no longer those of the run.

    Raises:
        MossError: if the folder cannot be written; what was there before is then still there.
    """
    _put(run, folder, SUBTYPE)


def _put(
    run: Run, folder: Path, subtype: str, tell: Callable[[float], None] | None = None
) -> tuple[Written, ...]:
    """Write what is needed; and what is taken home, where somebody is to be told of it."""
    written: tuple[Written, ...] = ()
    began = time.perf_counter()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".moss-") as temporary:
            complete = Path(temporary)
            inputs = _input_files(run)
            if not _are_there(inputs, folder / INPUTS):
                _write_inputs(inputs, complete / INPUTS)
            _write_needed(run, complete, subtype, inputs)
            if tell:
                written = _write_taken_home(run, complete, subtype, tell)
            folder.mkdir(exist_ok=True)
            for entry in ENTRIES:
                if entry != INPUTS or (complete / entry).exists():
                    _move(complete / entry, folder / entry, complete / f"old-{entry}")
    except OSError as error:
        raise MossError(
            f"folder {folder}",
            "must take the run's files",
            error.strerror,
            "Free space, or choose another folder; the run can be written again.",
        ) from error
    what = Known("everything" if tell else "what was learned")
    logger.info("wrote %s in %.2f s", what, time.perf_counter() - began)
    return written


def _are_there(inputs: Mapping[str, bytes], folder: Path) -> bool:
    """Whether these files lie in the folder already, byte for byte."""
    try:
        return all((folder / name).read_bytes() == content for name, content in inputs.items())
    except OSError:
        return False


def _write_inputs(inputs: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir()
    for name, content in inputs.items():
        _write(folder / name, content)


def _move(new: Path, place: Path, aside: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        place.replace(aside)
    if new.exists():
        new.replace(place)
    else:
        place.unlink(missing_ok=True)


def _write(path: Path, content: bytes | str) -> None:
    data = content.encode() if isinstance(content, str) else content
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _write_needed(run: Run, folder: Path, subtype: str, inputs: Mapping[str, bytes]) -> None:
    hashes = {
        Path(name).stem: hashlib.sha256(content).hexdigest() for name, content in inputs.items()
    }
    told = describe(run, hashes, subtype)
    _write(folder / MASKS, safetensors.torch.save(pack(run), hashes))
    _write(folder / HISTORY, history_csv(run))
    for name, content in covers(run).items():
        _write(folder / name, content)
    _write(folder / FILE, json.dumps(told, indent=2, allow_nan=False) + "\n")


def _input_files(run: Run) -> dict[str, bytes]:
    """Return the files that a run is made from: its images, and the track."""
    images = {"image": run.image} | ({"right": run.right} if run.right else {})
    images |= {f"other{number}": image for number, image in enumerate(run.others, 1)}
    return dict([*(_image_file(kind, image) for kind, image in images.items()), _track_file(run)])


def _image_file(kind: str, image: Image) -> tuple[str, bytes]:
    """Name and bytes of an image as it was read; an exact TIFF if it was made in memory."""
    if image.content:
        return f"{kind}{_ending(image.name)}", image.content
    file = io.BytesIO()
    PIL.Image.fromarray(np.ascontiguousarray(image.pixels.numpy())).save(file, "TIFF")
    return f"{kind}.tif", file.getvalue()


def _track_file(run: Run) -> tuple[str, bytes]:
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


def _write_taken_home(
    run: Run, folder: Path, subtype: str, tell: Callable[[float], None]
) -> tuple[Written, ...]:
    (folder / AUDIO).mkdir()
    (folder / PICTURES).mkdir()
    candidates, front = run.candidates(), run.state.front
    files = [folder / AUDIO / f"{numbered(front.number(c.index))}.wav" for c in candidates]
    works = list(zip(files, candidates, strict=True))
    places = crew().places(bytes_to_export(run))
    done: list[Path] = []

    def begin(file: Path) -> None:
        done.append(file)  # once to be written, and once for each image to be measured
        tell((len(done) - 1) / (len(files) * (1 + len(run.model.parts))))

    safety = crew().map(_sound_writer(run, subtype, begin), works, places)
    for file, candidate in works:
        for heard, name in enumerate(run.model.painted.heard):
            picture = run.picture(run.heard(run.state.waveform[candidate.index], heard), heard)
            which = f"-{in_a_name(name)}" if heard else ""
            content = tagged(run, candidate.index, encode_picture(picture), "png")
            _write(folder / PICTURES / f"{file.stem}{which}.png", content)
    measured = measured_files(run, files, subtype, begin)
    _write(folder / "front.csv", front_csv(run, measured))
    _write(folder / "front.png", front_png(run.objectives, measured))
    numbers = [front.number(candidate.index) for candidate in candidates]
    written = tuple(map(Written, measured, numbers, safety))
    _write(folder / "about.txt", about(run, measured, subtype, [one.safety for one in written]))
    return written


def _sound_writer(
    run: Run, subtype: str, begin: Callable[[Path], None]
) -> Callable[[tuple[Path, Candidate]], EarSafety]:
    """Return what writes the whole track with a candidate's canvases to a file."""
    track = run.track

    def write(work: tuple[Path, Candidate]) -> EarSafety:
        path, candidate = work
        begin(path)
        parts: list[Tensor] = []
        safety, end = [], 0
        for stretch in run.model.stretches:
            painted = hybrid_stretch(run, run.state.waveform[candidate.index], stretch)
            parts += [track.samples[:, end : stretch.start], painted]
            safety.append(ear_safety(run, painted, stretch))
            end = stretch.stop
        parts.append(track.samples[:, end:])
        with path.open("wb") as file:
            chunks = wav_chunks(tags_of(run, candidate.index, "wav"))
            write_wav(file, parts, track.sample_rate, subtype, chunks)
            file.flush()
            os.fsync(file.fileno())
        return max(safety, key=lambda found: (len(found.warnings), found.louder))

    return write
