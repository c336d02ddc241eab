from __future__ import annotations

import io
import json
import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from moss_core import MossError, Run, RunConfig, load, save
from moss_core.runs.library import KEEP_DELETED_DAYS, MAX_TITLE, Library
from moss_core.runs.saving import save_progress
from samples import small_image, small_track


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as the command line writes it."""
    run = Run(small_image(), small_track(), RunConfig(candidates=2, steps=0))
    run.step()
    folder = tmp_path_factory.mktemp("made") / "out"
    save(run, folder)
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "runs")


def test_an_empty_library_has_no_runs(library: Library) -> None:
    assert library.entries() == ()
    assert library.find("0" * 32) is None
    assert not library.folder.exists()


def test_a_run_of_the_command_line_is_taken_in_as_a_copy(library: Library, made: Path) -> None:
    run = library.add_folder(made)
    (entry,) = library.entries()
    assert (entry.id, entry.title, entry.trouble) == (run, "disc on notes", "")
    assert entry.manifest
    assert entry.manifest.steps == 0
    assert load(library.path(run)).history == load(made).history
    assert library.cover(run)[8:12] == b"WEBP"


def test_a_zip_of_a_run_is_taken_in(library: Library, made: Path, tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "run"), "zip", made.parent, made.name)
    with Path(packed).open("rb") as file:
        run = library.add_zip(file)
    assert load(library.path(run)).history == load(made).history


def test_what_is_no_run_is_not_taken_in(library: Library, tmp_path: Path) -> None:
    with pytest.raises(MossError, match="no such folder"):
        library.add_folder(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MossError, match=r"with a run\.json"):
        library.add_folder(tmp_path / "empty")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.json", "{}")
    with pytest.raises(MossError, match="must be as MOSS wrote it"):
        library.add_zip(file)
    assert library.entries() == ()


def test_a_run_that_is_half_there_is_not_taken_in(
    library: Library, made: Path, tmp_path: Path
) -> None:
    half = Path(shutil.copytree(made, tmp_path / "half"))
    (half / "masks.safetensors").unlink()
    with pytest.raises(MossError, match=r"masks\.safetensors: must be there"):
        library.add_folder(half)
    assert library.entries() == ()
    assert [path.name for path in library.folder.iterdir()] == []


def test_runs_are_listed_last_written_first_and_follow_the_disk(
    library: Library, made: Path
) -> None:
    first, second = library.add_folder(made), library.add_folder(made)
    os.utime(library.path(first) / "run.json", (1, 1))
    assert [entry.id for entry in library.entries()] == [second, first]
    told = json.loads((library.path(first) / "run.json").read_text())
    (library.path(first) / "run.json").write_text(json.dumps(told | {"title": "By hand"}))
    assert library.entries()[0].title == "By hand"
    shutil.rmtree(library.path(second))
    assert [entry.id for entry in library.entries()] == [first]


def test_a_broken_run_is_listed_with_what_is_wrong(library: Library, made: Path) -> None:
    good, broken = library.add_folder(made), library.add_folder(made)
    (library.path(broken) / "run.json").write_text("{")
    (library.folder / ("f" * 32)).mkdir()
    (library.folder / "notes").mkdir()
    entries = {entry.id: entry for entry in library.entries()}
    assert entries.keys() == {good, broken, "f" * 32}
    assert entries[good].manifest
    assert "no JSON" in entries[broken].trouble
    assert "an unfinished one" in entries["f" * 32].trouble
    library.delete(broken)
    assert broken not in {entry.id for entry in library.entries()}


def test_a_run_is_renamed(library: Library, made: Path) -> None:
    run = library.add_folder(made)
    library.rename(run, "  My   rose ")
    assert library.entries()[0].title == "My rose"
    assert load(library.path(run)).title == "My rose"


@pytest.mark.parametrize("title", ["", "   ", "x" * (MAX_TITLE + 1)])
def test_a_title_has_a_length(library: Library, made: Path, title: str) -> None:
    run = library.add_folder(made)
    with pytest.raises(MossError, match="must have 1 to"):
        library.rename(run, title)


def test_deleting_can_be_undone(library: Library, made: Path) -> None:
    run = library.add_folder(made)
    library.delete(run)
    assert library.entries() == ()
    with pytest.raises(MossError, match="must be in the library"):
        library.path(run)
    library.undelete(run)
    assert load(library.path(run)).history == load(made).history
    with pytest.raises(MossError, match="must be among the deleted"):
        library.undelete(run)


def test_what_was_deleted_long_ago_goes_for_good(library: Library, made: Path) -> None:
    old, new = library.add_folder(made), library.add_folder(made)
    left = library.folder / ".moss-left-by-a-writer"
    left.mkdir()
    library.delete(old)
    long_ago = time.time() - (KEEP_DELETED_DAYS + 1) * 86_400
    for path in (library.folder / ".deleted" / old, left):
        os.utime(path, (long_ago, long_ago))
    library.delete(new)
    assert not left.exists()
    library.undelete(new)
    with pytest.raises(MossError, match="kept for 30 days"):
        library.undelete(old)


@pytest.mark.parametrize("name", ["..", "../runs", ".deleted", "", "a/b", "notes", "A" * 32])
def test_no_other_folder_can_be_reached(library: Library, made: Path, name: str) -> None:
    library.add_folder(made)
    assert library.find(name) is None
    for action in (library.path, library.delete, library.undelete):
        with pytest.raises(MossError):
            action(name)


def test_a_full_disk_is_a_message_and_the_runs_stay(
    library: Library, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = library.add_folder(made)

    def disk_full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moss_core.runs.library.copy_kept", disk_full)
    with pytest.raises(MossError, match="No space left on device"):
        library.add_folder(made)
    monkeypatch.setattr("moss_core.runs.keeping.disk.os.fsync", disk_full)
    with pytest.raises(MossError, match="No space left on device"):
        library.rename(run, "New")
    assert [entry.title for entry in library.entries()] == ["disc on notes"]


def test_new_folders_have_names_that_nobody_guesses(library: Library) -> None:
    names = {library.new().name for _ in range(50)}
    assert len(names) == 50
    assert all(len(name) == 32 for name in names)
    run = Run(small_image(), small_track(), RunConfig(candidates=1, steps=0))
    run.step()
    folder = library.new()
    save_progress(run, folder)
    assert library.path(folder.name) == folder
