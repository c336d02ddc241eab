"""A run of every format that there was: written by the version of then, and kept here.

Their sounds and images are tiny, and what they learned is cut to three bits, to be small.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from moss_core import load
from moss_core.runs.library import Library
from moss_core.runs.manifest import FORMAT_VERSION, OLDEST_VERSION, read_manifest
from moss_core.runs.saving import save_progress

KEPT = Path(__file__).parent / "kept_runs"


@pytest.mark.parametrize("version", range(OLDEST_VERSION, FORMAT_VERSION + 1))
def test_a_run_of_every_format_opens_goes_on_and_is_kept(version: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(KEPT / f"format{version}.zip") as file:
        file.extractall(tmp_path)
    manifest = read_manifest(tmp_path / "run")
    assert manifest.steps == 1
    assert manifest.title.startswith(f"Kept in format {version}")
    run = load(tmp_path / "run")
    assert not run.failures
    assert len(run.candidates()) == 2
    assert run.planned == 3
    before = run.history
    for _ in run.steps():
        pass
    assert run.history[: len(before)] == before
    save_progress(run, tmp_path / "run")
    assert load(tmp_path / "run").history == run.history


def test_a_library_takes_in_a_run_of_every_format(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for file in sorted(KEPT.iterdir()):
        with file.open("rb") as content:
            library.add_zip(content)
    assert all(entry.manifest for entry in library.entries())
    assert len(library.entries()) == FORMAT_VERSION + 1 - OLDEST_VERSION
