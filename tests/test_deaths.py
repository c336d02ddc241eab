"""Whatever a process is doing to the disk when it dies, every run opens afterwards."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deaths import deaths
from moss_core import Run, RunConfig, load
from moss_core.runs import saving
from moss_core.runs.keeping import temporaries
from moss_core.runs.keeping.keeper import Keeper
from moss_core.runs.library import Library
from moss_core.runs.saving import save, save_progress
from samples import small_image, small_track

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
_NO_PROCESS = 2**22 + 1  # more than Linux gives


def add_zip(library: Library, path: Path) -> str:
    with path.open("rb") as file:
        return library.add_zip(file)


def small_run(seed: int = 0, steps: int = 1) -> Run:
    run = Run(small_image(32), small_track(0.6, seed=seed), RunConfig(OBJECTIVES, 1, 4, seed=seed))
    run.created = f"2026-01-0{1 + seed}"
    for _ in range(steps):
        run.step()
    return run


def told(run: Run) -> str:
    """What its sounds would say of the masks that they were made from."""
    return f"{run.created} {len(run.history)}"


@pytest.fixture(autouse=True)
def of_a_process_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left belongs to a process that is gone, and sounds are quickly made."""
    owner = f"{temporaries._host()}-{_NO_PROCESS}-1-"
    monkeypatch.setattr(temporaries, "_owner", lambda process: owner)

    def write(run: Run, folder: Path, *_: object) -> tuple[()]:
        for name in ("audio", "pictures"):
            (folder / name).mkdir()
            (folder / name / "001").write_text(told(run))
        (folder / "about.txt").write_text(told(run))
        (folder / "front.csv").write_text(told(run))
        return ()

    monkeypatch.setattr(saving, "_write_taken_home", write)


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """Two runs, one of them at two steps, and one that has not begun."""
    return {
        "first": small_run(0, 1),
        "later": small_run(0, 3),
        "other": small_run(1, 2),
        "begun": small_run(2, 0),
    }


_opened: dict[str, str] = {}


def opened(folder: Path) -> str:
    """Return which run a folder holds; what was opened before is not opened again."""
    content = [(folder / "run.json").read_bytes()]
    content += [path.read_bytes() for path in sorted((folder / "inputs").iterdir())]
    masks = folder / "masks.safetensors"
    content.append(masks.read_bytes() if masks.exists() else b"")
    key = hashlib.sha256(b"|".join(content)).hexdigest()
    if key not in _opened:
        _opened[key] = told(load(folder))
    return _opened[key]


def derived(folder: Path) -> set[str]:
    """Return what the sounds and tables of a folder say that they were made from."""
    paths = [folder / name for name in ("audio/001", "pictures/001", "about.txt", "front.csv")]
    return {path.read_text() for path in paths if path.exists()}


WRITES: dict[str, tuple[str | None, Callable[[dict[str, Run], Path], object], str]] = {
    "save": (None, lambda runs, folder: save(runs["first"], folder), "first"),
    "save again": ("later", lambda runs, folder: save(runs["later"], folder, True), "later"),
    "progress": ("first", lambda runs, folder: save_progress(runs["later"], folder), "later"),
    "overwrite": ("first", lambda runs, folder: save(runs["other"], folder, True), "other"),
    "begin": ("first", lambda runs, folder: Keeper(folder).write(runs["begun"]), "begun"),
}


@pytest.mark.parametrize("kind", WRITES)
def test_a_folder_holds_the_run_as_it_was_or_as_it_should_be(
    kind: str, runs: dict[str, Run], tmp_path: Path
) -> None:
    before, work, after = WRITES[kind]
    if before:
        save(runs[before], tmp_path / "before")

    def prepare(place: Path) -> Path:
        if before:
            shutil.copytree(tmp_path / "before", place / "out")
        return place / "out"

    (tmp_path / "deaths").mkdir()
    wanted = {told(runs[name]) for name in (before, after) if name}
    begun = f"{runs[after].created} 1"  # a run that has not begun opens at step 0
    if before and runs[before].created != runs[after].created:
        wanted.add(begun)
    left = 0
    for _, folder in deaths(tmp_path / "deaths", prepare, lambda folder: work(runs, folder)):
        if not folder.exists():
            assert before is None
        else:
            found = opened(folder)
            assert found in wanted
            assert derived(folder) <= {found}
        left += sum(path != folder for path in folder.parent.iterdir())
        temporaries.clear_temporaries(folder.parent)
        assert {*folder.parent.iterdir()} <= {folder}
    assert opened(folder) == (begun if after == "begun" else told(runs[after]))
    assert left, "nothing was ever interrupted"


LIBRARY: dict[str, Callable[[Library, str, Path], object]] = {
    "rename": lambda library, run, _: library.rename(run, "Another"),
    "delete": lambda library, run, _: library.delete(run),
    "undelete": lambda library, run, _: library.undelete(run),
    "add_folder": lambda library, run, more: library.add_folder(more / "made"),
    "add_zip": lambda library, run, more: add_zip(library, more / "made.zip"),
}


@pytest.mark.parametrize("kind", LIBRARY)
def test_a_library_holds_every_run_that_was_in_it(
    kind: str, runs: dict[str, Run], tmp_path: Path
) -> None:
    save_progress(runs["first"], tmp_path / "made")
    shutil.make_archive(str(tmp_path / "made"), "zip", tmp_path, "made")
    run = Library(tmp_path / "before").add_folder(tmp_path / "made")
    if kind == "undelete":
        Library(tmp_path / "before").delete(run)
    (tmp_path / "deaths").mkdir()

    def prepare(place: Path) -> Path:
        return Path(shutil.copytree(tmp_path / "before", place / "runs"))

    def work(folder: Path) -> None:
        LIBRARY[kind](Library(folder), run, tmp_path)

    for _, folder in deaths(tmp_path / "deaths", prepare, work):
        library = Library(folder)
        if not library.find(run):
            library.undelete(run)
        assert {opened(library.path(entry.id)) for entry in library.entries()} == {
            told(runs["first"])
        }
        assert not [path for path in folder.iterdir() if path.name.startswith(".moss-")]
