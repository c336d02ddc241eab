"""What anybody may have written: a MossError or something that can be used, and nothing else."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from edits import KINDS, VALUES, as_json, json_value, places, replaced, spoilt
from moss_core import MossError, Run, RunConfig, load
from moss_core.cli.commands import main
from moss_core.objectives import discover
from moss_core.reading import clean, open_zip, read_file
from moss_core.runs import Library, parse_preset, preset_file, read_manifest
from moss_core.runs.exports.settings import _parsed, _read, _told
from moss_core.runs.library import MAX_TITLE
from moss_core.runs.presets.built_in import PRESETS
from moss_core.runs.saving import save_progress
from moss_core.runs.written.header import read_header
from moss_core.runs.written.settings import WrittenSettings
from samples import small_image, small_track

often = settings(max_examples=60, deadline=None, database=None, derandomize=True)
seldom = settings(max_examples=12, deadline=None, database=None, derandomize=True)
anything = st.one_of(
    st.sampled_from(VALUES),
    st.just(...),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec=None), max_size=20),  # halves of characters too
    st.lists(st.integers(-2, 300), max_size=4),
    st.dictionaries(st.text(max_size=5), st.floats(), max_size=3),
)


@pytest.fixture(scope="module")
def run() -> Run:
    aims = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
    run = Run(small_image(), small_track(), RunConfig(aims, candidates=2, steps=1))
    run.step()
    return run


@pytest.fixture(scope="module")
def made(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "run"
    save_progress(run, folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / ("a" * 32)))


@contextmanager
def told_in_words(here: Path) -> Iterator[None]:
    """Whatever is wrong is a MossError that can be shown, and names no folder of this machine."""
    try:
        yield
    except MossError as error:
        told = str(error)
        if not told.isprintable() or "Traceback" in told or str(here) in told:
            raise AssertionError(told) from error


Read = Callable[[bytes], object]


def _kinds(run: Run, made: Path, place: Path) -> dict[str, tuple[bytes, Read]]:
    """Every kind of JSON that is read, as it is written, with what reads it."""
    place.mkdir(exist_ok=True)
    masks = (made / "masks.safetensors").read_bytes()
    length = int.from_bytes(masks[:8], "little")

    def manifest(content: bytes) -> object:
        (place / "run.json").write_bytes(content)
        return read_manifest(place)

    def header(content: bytes) -> object:
        (place / "masks").write_bytes(
            len(content).to_bytes(8, "little") + content + masks[8 + length :]
        )
        return read_header(place / "masks", "masks", "Mend it.")

    def file_settings(content: bytes) -> object:
        try:
            text = content.decode(errors="replace")  # tags come as text
            return _parsed(_read(text, WrittenSettings, "file"))
        except ValueError as error:  # as `read_settings` does
            raise MossError("file", "", error, "") from error

    return {
        "run.json": ((made / "run.json").read_bytes(), manifest),
        "settings": (json.dumps(_told(run, 0, run.state)).encode(), file_settings),
        "preset": (preset_file(PRESETS[-1]), lambda content: parse_preset(content, "p")),
        "header": (masks[8 : 8 + length], header),
    }


@pytest.mark.parametrize("kind", ["run.json", "settings", "preset", "header"])
def test_any_value_anywhere_is_a_message_or_can_be_used(
    kind: str, run: Run, made: Path, tmp_path: Path
) -> None:
    content, read = _kinds(run, made, tmp_path / "x")[kind]
    told = json.loads(content)
    assert read(content)

    @often
    @given(st.sampled_from(list(places(told))), anything)
    def edited(place: tuple[str | int, ...], value: object) -> None:
        with told_in_words(tmp_path):
            assert read(as_json(replaced(told, place, value)))

    @often
    @given(st.integers(0, 2**32))
    def damaged(seed: int) -> None:
        with told_in_words(tmp_path):
            read(spoilt(content, random.Random(seed)))

    edited()
    damaged()


@pytest.mark.parametrize("kind", KINDS)
def test_an_edited_run_opens_or_is_a_message_and_the_library_lists_it(
    kind: str, made: Path, tmp_path: Path
) -> None:
    plugins = discover()

    @settings(seldom, max_examples=2)
    @given(st.integers(0, 2**32))
    def edited(seed: int) -> None:
        library = Library(tmp_path / f"{seed}")
        folder = Path(shutil.copytree(made, library.folder / ("a" * 32)))
        KINDS[kind](folder, random.Random(seed))
        with told_in_words(tmp_path):
            opened = load(folder, plugins)
            opened.extend(1, from_here=True)
            opened.step()
        (entry,) = library.entries()
        assert entry.title.isprintable()
        library.cover(entry.id)
        library.delete(entry.id)
        assert library.entries() == ()

    edited()


@pytest.mark.parametrize("title", ["\ud800", "a\udfff\n\x1b[31mb", "x" * 500, "\u202etxt", " "])
def test_any_title_can_be_shown_and_its_run_deleted(folder: Path, title: str) -> None:
    file = folder / "run.json"
    told = json.loads(file.read_text())
    told["image"]["name"] = title
    file.write_text(json.dumps(told | {"title": title}))
    library = Library(folder.parent)
    (entry,) = library.entries()
    assert entry.manifest
    for text in (entry.title, entry.manifest.image):
        assert text.isprintable()
        text.encode()
    assert 0 < len(entry.title) <= MAX_TITLE
    assert load(folder).title == entry.title
    library.rename(entry.id, "Ro\ud800se")
    assert library.entries()[0].title == "Ro\N{REPLACEMENT CHARACTER}se"
    library.delete(entry.id)
    assert library.entries() == ()


def test_resume_tells_in_one_line_what_is_wrong(made: Path, tmp_path: Path) -> None:
    for seed in range(12):
        folder = Path(shutil.copytree(made, tmp_path / f"{seed}"))
        json_value(folder, random.Random(seed))
        with suppress(MossError):
            read_manifest(folder)
            continue
        result = CliRunner().invoke(main, ["resume", str(folder)])
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert "run.json: must be as MOSS wrote it; found" in result.stderr


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda path: os.mkfifo(path), "a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "a link"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: None, "nothing"),
        (lambda path: path.touch() or os.truncate(path, 2**40), "1,100 GB"),
    ],
)
def test_only_regular_files_of_their_size_are_read(
    make: Callable[[Path], object], found: str, tmp_path: Path
) -> None:
    make(tmp_path / "file")
    with pytest.raises(MossError, match=f"^file: must be .*; found {found}"):
        read_file(tmp_path / "file", 1000, "file", "Mend it.")


def test_a_link_that_a_person_names_is_followed_but_never_to_a_device(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert read_file(tmp_path / "link", 9, "link", "Mend it.", links=True) == b"x"
    with pytest.raises(MossError, match="must be a file; found a device"):
        read_file(tmp_path / "zero", 9, "zero", "Mend it.", links=True)


def test_a_zip_that_is_spoilt_is_a_message_or_a_run(made: Path, tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(made.rglob("*")):
            archive.write(path, path.relative_to(made.parent))
    content = file.getvalue()
    library = Library(tmp_path / "runs")

    @seldom
    @given(st.integers(0, 2**32))
    def damaged(seed: int) -> None:
        chance = random.Random(seed)
        ends = spoilt(content[-1500:], chance) if chance.random() < 0.7 else content[-1500:]
        whole = content[:-1500] + ends
        before, added = len(library.entries()), 0
        with told_in_words(tmp_path):
            library.add_zip(io.BytesIO(whole))
            added = 1
        assert len(library.entries()) == before + added

    damaged()


def test_what_is_no_zip_is_told_in_the_words_of_whoever_opens_it() -> None:
    with (
        pytest.raises(MossError, match="ZIP: must be one; found a damaged file"),
        open_zip(io.BytesIO(b"PK"), "ZIP", "must be one", "Choose another."),
    ):
        raise AssertionError


def test_a_clean_text_is_on_one_line_and_no_longer_than_it_may_be() -> None:
    assert clean("Rosé 🌹 on notes") == "Rosé 🌹 on notes"
    assert clean("a\tb\r\nc\x00", 4) == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
