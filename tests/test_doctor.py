from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moss_core.cli import doctor as doctor_module
from moss_core.cli.commands import main
from moss_core.cli.doctor import examine
from moss_core.cli.foreign import changed_files, foreigners
from moss_core.machine.distribution import DISTRIBUTION

Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Put the metadata of a distribution on the path, as an installer would leave it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, **files: str | bytes) -> Path:
        info = tmp_path / f"{name.replace('-', '_')}-7.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 7.0\n"
        for file, content in ({"METADATA": metadata} | files).items():
            data = content if isinstance(content, bytes) else content.encode()
            (info / file.replace("_txt", ".txt")).write_bytes(data)
        return info

    return make


def doctor() -> Result:
    return CliRunner().invoke(main, ["doctor"])


def test_all_is_well() -> None:
    result = doctor()
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines.pop() == "All is well."
    assert all(line.startswith("ok  ") for line in lines)
    for words in (f"{DISTRIBUTION} ", "Python 3.", "torch 2.", "torchvision 0.", "lpips", "runs"):
        assert any(words in line for line in lines), words


@pytest.mark.parametrize("name", ["moss", "moss-core", "moss_core", "Moss.CLI"])
def test_what_is_taken_for_moss_is_named_with_the_remedy(name: str, fake: Fake) -> None:
    fake(name)
    result = doctor()
    assert result.exit_code == 1
    assert (
        f"repair  {name} 7.0 is not moss-sound: it leaves moss_core and the command"
        in result.stdout
    )
    assert f"pip uninstall {name}, and then pip install --force-reinstall" in result.stdout
    assert result.stdout.endswith("1 to repair.\n")


@pytest.mark.parametrize("name", ["mosses", "moss-sound-tone", "mossy"])
def test_others_are_left_alone(name: str, fake: Fake) -> None:
    fake(name)
    assert foreigners() == []


def test_it_tells_what_another_has_overwritten(fake: Fake) -> None:
    record = (
        "moss_core/cli.py,,\nmoss_core/errors.py,,\nmoss_core/__pycache__/cli.pyc,,\na/b.py,,\n"
    )
    fake("moss-core", RECORD=record)
    fake("moss-cli", entry_points_txt="[console_scripts]\nmoss = moss_cli:main\n")
    fake("moss", RECORD="../../../bin/moss,,\n")
    words = {foreign.name: foreign.words for foreign in foreigners()}
    assert words["moss-core"].endswith("it writes cli.py, errors.py in moss_core")
    assert words["moss-cli"].endswith("it takes the command `moss`")
    assert words["moss"].endswith("it takes the command `moss`")


def test_an_installation_under_an_earlier_name_is_named(fake: Fake) -> None:
    points = "[moss]\nlpips = moss_objectives.lpips\nssim = moss_objectives.ssim\n"
    fake("moss", entry_points_txt=points)
    result = doctor()
    assert result.exit_code == 1
    assert "moss 7.0 is not moss-sound: it offers MOSS lpips, ssim" in result.stdout
    assert "pip uninstall moss" in result.stdout
    assert f"the entry-point name is taken by {DISTRIBUTION}" in result.stdout
    assert "12 objectives: " in result.stdout


def test_the_remedy_puts_back_what_was_installed(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake("moss")
    origins = {
        "": DISTRIBUTION,
        "{": DISTRIBUTION,
        '{"url": "https://example.org/moss.whl", "archive_info": {}}': DISTRIBUTION,
        '{"url": "file:///a%20b", "dir_info": {"editable": true}}': "--editable '/a b'",
    }
    own = fake(DISTRIBUTION)
    for origin, source in origins.items():
        (own / "direct_url.json").write_text(origin)
        (finding,) = doctor_module.check_foreigners()
        install = f"pip install --force-reinstall --no-deps {source}"
        assert finding.remedy == f"pip uninstall moss, and then {install}"


@pytest.mark.parametrize(
    "files",
    [
        {"METADATA": ""},
        {"METADATA": b"\xff\xfe"},
        {"METADATA": "Name: moss\n"},
        {"RECORD": b"\xff\n"},
        {"RECORD": '"moss_core'},
        {"RECORD": "moss_core/cli.py,no-hash,x\n"},
        {"entry_points_txt": "no entry point"},
        {"entry_points_txt": b"\xff"},
    ],
)
def test_metadata_that_is_torn_breaks_nothing(files: dict[str, str | bytes], fake: Fake) -> None:
    fake("moss", **files)
    findings = [finding.words for finding in examine()]
    assert any(words.startswith("12 objectives") for words in findings)
    assert any(words.startswith("runs are kept") for words in findings)
    named = files.get("METADATA") in (None, "Name: moss\n")
    assert any(words.startswith("moss ") for words in findings) == named


def test_a_check_that_fails_is_a_finding() -> None:
    def check_the_weather() -> None:
        """Does it rain?"""
        raise OSError("no window")

    (finding,) = examine([check_the_weather])  # type: ignore[list-item]
    assert finding.words == "Does it rain? OSError: no window"
    assert finding.remedy


def test_changed_and_missing_files_are_told_and_scripts_only_where_they_are(
    fake: Fake, tmp_path: Path
) -> None:
    from importlib.metadata import distribution

    (tmp_path / "inside").mkdir()
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"as it was").digest()).decode().rstrip("=")
    for name in ("kept", "changed"):
        (tmp_path / "inside" / name).write_bytes(b"as it was")
    (tmp_path / "inside" / "changed").write_bytes(b"as it is")
    files = ("inside/kept", "inside/changed", "inside/missing", "../../nowhere/script")
    record = "".join(f"{file},sha256={digest},9\n" for file in files)
    fake("mine", RECORD=record + "inside/unlisted.pyc,,\n")
    assert changed_files(distribution("mine")) == ["inside/changed", "inside/missing"]


def test_versions_that_do_not_go_together(fake: Fake) -> None:
    fake("torchaudio")
    findings = list(doctor_module.check_torch())
    (wrong,) = (finding for finding in findings if finding.remedy)
    assert wrong.words == "torchaudio 7.0, but MOSS needs torchaudio==2.11.*"
    assert "'torch==2.11.*' 'torchaudio==2.11.*' 'torchvision==0.26.*'" in wrong.remedy


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        if name == "torchvision":
            raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(doctor_module.importlib, "import_module", load)
    (wrong,) = (finding for finding in doctor_module.check_torch() if finding.remedy)
    assert "does not load: operator torchvision::nms does not exist" in wrong.words


def test_a_plugin_that_fails_is_told(fake: Fake) -> None:
    fake("moss-sound-gone", entry_points_txt="[moss]\ngone = a_module_that_is_gone\n")
    (well, failed) = doctor_module.check_objectives()
    assert not well.remedy
    assert "gone of moss-sound-gone 7.0 does not load: ModuleNotFoundError" in failed.words


def test_a_data_folder_that_is_not_there_yet_is_well_and_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MOSS_DATA", str(tmp_path / "a" / "b"))
    (finding,) = doctor_module.check_data()
    assert (finding.words, finding.remedy) == (f"runs are kept in {tmp_path / 'a' / 'b'}", "")
    assert not list(tmp_path.iterdir())


def test_a_data_folder_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOSS_DATA", str(tmp_path / "file" / "inside"))
    (finding,) = doctor_module.check_data()
    assert "runs cannot be kept in" in finding.words
    assert "name another folder by MOSS_DATA" in finding.remedy


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="a folder where nobody may write")
def test_a_folder_where_nobody_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOSS_DATA", "/proc/moss")
    (finding,) = doctor_module.check_data()
    assert "runs cannot be kept in /proc/moss: /proc: " in finding.words
