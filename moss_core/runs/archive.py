"""A run as one ZIP file: everything to take home, and back."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from moss_core.errors import MossError
from moss_core.optimization import Run
from moss_core.runs.certificates import certify_run
from moss_core.runs.layout import ENTRIES, FILE
from moss_core.runs.saving import save
from moss_core.synthesis import SUBTYPE

MAX_BYTES = 2_000_000_000
MAX_FILES = 2_000


def write_zip(run: Run, file: BinaryIO, name: str, subtype: str = SUBTYPE) -> None:
    """Write the folder of a run, as `save` makes it, and its certificate, into a ZIP.

    Args:
        run: with at least one step taken.
        file: to write to.
        name: of the folder in the ZIP.
        subtype: of the WAV files.

    Raises:
        MossError: if the disk is full.
    """
    with tempfile.TemporaryDirectory(prefix="moss-") as temporary:
        folder = Path(temporary) / name
        save(run, folder, subtype=subtype)
        certify_run(run, folder)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder.parent))


def read_zip(file: BinaryIO, folder: Path) -> None:
    """Unpack the ZIP of a run into `folder`, which must not exist yet.

    Only what belongs to a run is taken; nothing is written outside `folder`.

    Raises:
        MossError: for what is no ZIP of a run, is damaged, or would be larger than 2 GB.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(archive)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".moss-") as temporary:
                complete = Path(temporary) / "run"
                for member, place in members:
                    target = complete / place
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(member) as source, target.open("wb") as copy:
                        shutil.copyfileobj(source, copy)
                complete.replace(folder)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _no_run(f"a damaged file or none at all ({error})") from error
    except OSError as error:
        raise MossError(
            f"folder {folder.parent}", "must take the run", error.strerror, "Free space."
        ) from error


def _members(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the run's files with their places in its folder."""
    manifests = [PurePosixPath(name) for name in archive.namelist() if name.endswith(FILE)]
    roots = {path.parent for path in manifests if path.name == FILE and len(path.parts) <= 2}
    if len(roots) != 1:
        raise _no_run(f"{len(roots) or 'no'} {FILE} in it")
    (root,) = roots
    found = []
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if member.is_dir() or stat.S_ISLNK(member.external_attr >> 16) or ".." in path.parts:
            continue
        if path.is_relative_to(root) and path != root:
            place = path.relative_to(root)
            if place.parts[0] in ENTRIES:
                found.append((member, place))
    size = sum(member.file_size for member, _ in found)
    if size > MAX_BYTES or len(found) > MAX_FILES:
        raise _no_run(f"{len(found):,} files of {size / 1e6:,.0f} MB in all")
    return found


def _no_run(found: str) -> MossError:
    return MossError(
        "ZIP of a run",
        f"must be one that MOSS wrote, of at most {MAX_BYTES / 1e9:.0f} GB",
        found,
        "Download it again, or choose another file.",
    )
