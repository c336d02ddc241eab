"""The folder of a run: what lies in it under which name, and whether one can be written."""

from __future__ import annotations

from pathlib import Path

from moss_core.errors import MossError
from moss_core.runs.keeping.temporaries import clear_temporaries, temporary_folder

FILE = "run.json"
INPUTS, MASKS, HISTORY, COVER = "inputs", "masks.safetensors", "history.csv", "cover.webp"
COVER_SOUND = "cover.mp3"
LISTENING, DICTIONARY = "listening.csv", "listening.md"
LISTENED = LISTENING, DICTIONARY
"""Answers of people who listened, which nothing can bring back, and what their columns are."""
AUDIO, PICTURES = "audio", "pictures"
CERTIFICATE_CSV, CERTIFICATE_PAGE = "certificate.csv", "certificate.html"
NEEDED = (INPUTS, MASKS, FILE)
"""What a run goes on from; before its first step there are no masks."""
AT_HAND = (HISTORY, COVER, COVER_SOUND)
"""Made from it in a moment, and perhaps a little older."""
CERTIFICATE = (CERTIFICATE_CSV, CERTIFICATE_PAGE)
"""Not written with the rest: it takes longer. It goes when the sounds are written anew."""
DERIVED = (AUDIO, PICTURES, "front.csv", "front.png", "about.txt", *CERTIFICATE)
"""What people take home; it goes before what was learned changes."""
ENTRIES = (*NEEDED, *AT_HAND, *LISTENED, *DERIVED)


def check_folder(folder: Path, overwrite: bool = False) -> None:
    """Raise `MossError` unless a run can be written into `folder`.

    Args:
        folder: need not exist; other files in it are left alone.
        overwrite: whether a run that is there may be replaced.
    """
    if folder.exists() and not folder.is_dir():
        raise MossError(f"folder {folder}", "must be a folder", "a file", "Choose another name.")
    taken = [entry for entry in ENTRIES if (folder / entry).exists()]
    if taken and not overwrite:
        raise MossError(
            f"folder {folder}",
            "must not hold another run",
            ", ".join(taken),
            "Choose another folder, or replace what is there with --overwrite.",
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        clear_temporaries(folder.parent)
        with temporary_folder(folder.parent):
            pass
    except OSError as error:
        raise MossError(
            f"folder {folder}",
            "must be writable",
            error.strerror,
            "Choose another folder, or free space.",
        ) from error


def numbered(number: int) -> str:
    """Return a candidate's number (`Front.number`) as the names of its files begin: "001"."""
    return f"{number:03}"


def number_of(file: Path) -> int | None:
    """Return the number of the candidate that a sound in a run's folder is of.

    None for what is no candidate's. An earlier version counted its files from 000.
    """
    if not (file.stem.isascii() and file.stem.isdigit()):
        return None
    return int(file.stem) + file.with_stem(numbered(0)).exists()


def in_a_name(heard: str) -> str:
    """Return what people call a sound that is heard, as a part of a file's name."""
    return heard.replace(",", "").replace(" ", "-")


def stamp(folder: Path) -> object:
    """Return what changes whenever a run is written to its folder; None if none is there."""
    try:
        status = (folder / FILE).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
