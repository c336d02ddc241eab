"""A run as one ZIP file: everything to take home, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile

from moss_core.errors import MossError
from moss_core.optimization import Run
from moss_core.reading import (
    Member,
    check_members,
    copy_member,
    members_of,
    open_zip,
    read_file,
)
from moss_core.runs.certificates import certificate_files, certify_candidate, certify_run
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.exports.settings import tagged
from moss_core.runs.keeping.disk import write
from moss_core.runs.keeping.temporaries import temporary_folder
from moss_core.runs.layout import FILE, LISTENED, in_a_name
from moss_core.runs.reports import about_candidate
from moss_core.runs.saving import save
from moss_core.runs.written.kept import MOST_BYTES, MOST_BYTES_OF_A_RUN, most_bytes
from moss_core.synthesis import SUBTYPE, encode_picture, encode_sound

_SAVED, _CERTIFIED, _PACKED = 0.45, 0.5, 0.05
"""Shares of the time that a ZIP takes."""
_CERTIFYING, _PACKING = "Looking at the sounds as other programs do", "Packing"

MAX_FILES = 2_000


def write_zip(
    run: Run,
    file: BinaryIO,
    name: str,
    subtype: str = SUBTYPE,
    tell: Callable[[float, str], None] = lambda done, doing: None,
    kept: Path | None = None,
) -> None:
    """Write the folder of a run, as `save` makes it, and its certificate, into a ZIP.

    Args:
        run: with at least one step taken.
        file: to write to.
        name: of the folder in the ZIP.
        subtype: of the WAV files.
        tell: is told how much is done, 0 to 1, and what it is at; what it raises ends the work.
        kept: folder of the run, whose answers of listeners go into the ZIP; None: there are none.

    Raises:
        MossError: if the disk is full, or the answers cannot be read.
    """
    with temporary_folder() as temporary:
        folder = temporary / name
        writing = "Writing and measuring the sounds"
        save(run, folder, subtype=subtype, tell=lambda done: tell(done * _SAVED, writing))
        certify_run(run, folder, lambda done: tell(_SAVED + done * _CERTIFIED, _CERTIFYING))
        for entry in LISTENED:
            if kept and (kept / entry).exists():
                content = read_file(kept / entry, MOST_BYTES[entry], entry, "Repair or remove it.")
                write(folder / entry, content)
        _pack(folder, file, lambda done: tell(1 - (1 - done) * _PACKED, _PACKING))


def write_candidate_zip(
    run: Run,
    candidate: int,
    file: BinaryIO,
    name: str,
    tell: Callable[[float, str], None] = lambda done, doing: None,
) -> None:
    """Write one candidate into a ZIP: its sound and pictures, its certificate, and what made it.

    Args:
        run: with at least one step taken.
        candidate: its index.
        file: to write to.
        name: of the folder in the ZIP, and of the files in it.
        tell: as of `write_zip`.

    Raises:
        MossError: for a candidate that is not there, or if the disk is full.
    """
    found = next((c for c in run.candidates() if c.index == candidate), None)
    if found is None:
        rule = f"must be one of {len(run.candidates())}"
        number = run.state.front.number(candidate)
        raise MossError("candidate", rule, number, "Choose one that is there.")
    waveform = run.state.waveform[candidate]
    with temporary_folder() as temporary:
        folder = temporary / name
        tell(0.0, "Writing the sound and the pictures")
        try:
            folder.mkdir()
            sound = encode_sound(hybrid(run, waveform), run.track.sample_rate, "wav")
            (folder / f"{name}.wav").write_bytes(tagged(run, candidate, sound, "wav"))
            for heard, channel in enumerate(run.model.painted.heard):
                picture = encode_picture(run.picture(run.heard(waveform, heard), heard))
                which = f"-{in_a_name(channel)}" if heard else ""
                content = tagged(run, candidate, picture, "png")
                (folder / f"{name}{which}.png").write_bytes(content)
            text = about_candidate(run, found, f"{name}.wav")
            (folder / "about.txt").write_text(text, encoding="utf-8")
            tell(0.3, _CERTIFYING)
            certificate = certify_candidate(run, waveform, f"{name}.wav")
            for entry, page in certificate_files([certificate], run.title).items():
                (folder / entry).write_text(page, encoding="utf-8")
        except OSError as error:
            raise _full(error) from error
        _pack(folder, file, lambda done: tell(1 - (1 - done) * _PACKED, _PACKING))


def _pack(folder: Path, file: BinaryIO, tell: Callable[[float], None]) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    try:
        with ZipFile(file, "w", ZIP_STORED) as archive:
            for number, path in enumerate(paths):
                tell(number / len(paths))
                archive.write(path, path.relative_to(folder.parent))
                path.unlink()  # so that the ZIP takes no room besides what goes into it
    except OSError as error:
        raise _full(error) from error


def _full(error: OSError) -> MossError:
    rule, remedy = "must fit on the disk", "Free space, and make it again."
    return MossError("ZIP", rule, error.strerror or str(error), remedy)


def read_zip(file: BinaryIO, folder: Path) -> None:
    """Unpack the ZIP of a run into `folder`, which must not exist yet.

    Only the files that a run is are taken (`written.kept`): sounds and pictures are made again
    from them. Nothing is written outside `folder`, and no more than is allowed is unpacked,
    whatever the ZIP says of itself.

    Raises:
        MossError: for what is no ZIP of a run, is damaged, or too large.
    """
    try:
        with open_zip(file, _THING, _RULE, _REMEDY) as archive:
            members = _members(archive)
            with temporary_folder(folder.parent) as temporary:
                complete = temporary / "run"
                for place, (member, most) in members.items():
                    target = complete / place
                    target.parent.mkdir(parents=True, exist_ok=True)
                    copy_member(archive, member, target, most, _THING, _REMEDY)
                complete.replace(folder)
    except OSError as error:
        raise MossError(
            "folder of runs", "must take the run", error.strerror or "a disk error", "Free space."
        ) from error


def _members(archive: ZipFile) -> dict[PurePosixPath, tuple[Member, int]]:
    """Return the files that the run is, by their places in its folder, with their most bytes."""
    members = members_of(archive, MAX_FILES, _THING, _REMEDY)
    paths = {PurePosixPath(member.filename): member for member in members}
    if len(paths) < len(members):
        raise MossError(_THING, "must have each file once", "one that is there twice", _REMEDY)
    roots = {path.parent for path in paths if path.name == FILE and len(path.parts) <= 2}
    if len(roots) != 1:
        raise MossError(_THING, _RULE, f"{len(roots) or 'no'} {FILE} in it", _REMEDY)
    (root,) = roots
    found = {}
    for path, member in paths.items():
        place = path.relative_to(root) if path.is_relative_to(root) else None
        most = place and most_bytes(place)
        if place and most:
            found[place] = member, most
    check_members([member for member, _ in found.values()], MOST_BYTES_OF_A_RUN, _THING, _REMEDY)
    return found


_THING, _RULE = "ZIP of a run", "must be one that MOSS wrote"
_REMEDY = "Download it again, or choose another file."
