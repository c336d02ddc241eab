"""The folder of a run: what is needed to go on with it, and what people take home.

All that was learned is one file, `masks.safetensors`, and the inputs of a run never change; a
`Draft` is complete before it is moved in, so a writer that is interrupted at any moment leaves
either what was there before or what should be there now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from moss_core.machine import crew, logger, on_one_core
from moss_core.optimization import Candidate, Run
from moss_core.runs.exports.ear_safety import EarSafety, ear_safety
from moss_core.runs.exports.full_rate import bytes_to_export, hybrid_stretch
from moss_core.runs.exports.measuring import measured_files
from moss_core.runs.exports.settings import tagged, tags_of
from moss_core.runs.front_chart import front_png
from moss_core.runs.keeping.disk import durable, write
from moss_core.runs.keeping.draft import Draft, unwritable
from moss_core.runs.keeping.inputs import Inputs
from moss_core.runs.layout import AUDIO, PICTURES, check_folder, in_a_name, numbered
from moss_core.runs.reports import about, front_csv
from moss_core.synthesis import SUBTYPE, check_subtype, encode_picture, wav_chunks, write_wav


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
    began = time.perf_counter()
    try:
        with Draft(run, folder, Inputs(run), whole=True, subtype=subtype) as draft:
            written = _write_taken_home(run, draft.place, subtype, tell)
            draft.commit()
    except OSError as error:
        raise unwritable(folder, error) from error
    logger.info("wrote everything in %.2f s", time.perf_counter() - began)
    return written


@on_one_core()
def save_progress(run: Run, folder: Path) -> None:
    """Write what is needed to go on with a run later; before its first step: to begin with it.

    Sounds and pictures of an earlier `save` go, since they are no longer those of the run.

    Raises:
        MossError: if the folder cannot be written; what was there before is then still there.
    """
    began = time.perf_counter()
    try:
        with Draft(run, folder, Inputs(run), whole=True) as draft:
            draft.commit()
    except OSError as error:
        raise unwritable(folder, error) from error
    logger.info("wrote what was learned in %.2f s", time.perf_counter() - began)


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
            write(folder / PICTURES / f"{file.stem}{which}.png", content)
    measured = measured_files(run, files, subtype, begin)
    write(folder / "front.csv", front_csv(run, measured))
    write(folder / "front.png", front_png(run.objectives, measured))
    numbers = [front.number(candidate.index) for candidate in candidates]
    written = tuple(map(Written, measured, numbers, safety))
    write(folder / "about.txt", about(run, measured, subtype, [one.safety for one in written]))
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
        with durable(path) as file:
            chunks = wav_chunks(tags_of(run, candidate.index, "wav"))
            write_wav(file, parts, track.sample_rate, subtype, chunks)
        return max(safety, key=lambda found: (len(found.warnings), found.louder))

    return write
