from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from moss_core import MossError
from moss_core.cli.new_objective import write_package

DOMAINS = ("image", "audio")


def test_new_objectives_install_keep_the_contract_and_run(tmp_path):
    """As written, by pip, in a fresh interpreter: the kit, their own tests, and two steps."""
    target, names = tmp_path / "site", [f"my_{domain}" for domain in DOMAINS]
    folders = [tmp_path / f"package_{domain}" for domain in DOMAINS]
    for name, domain, folder in zip(names, DOMAINS, folders, strict=True):
        write_package(name, domain, folder)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    pip += ["--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*pip, *map(str, folders)], check=True)
    code = f"""
import sys
sys.path[:0] = [{str(target)!r}, {str(Path(__file__).parent)!r}]
from moss_core import Run, RunConfig
from moss_core.objectives.discovery import discover
from samples import small_image, small_track
names = {names!r}
most = {{}}
for name in names:
    found = discover().find(name)
    assert found.distribution == "moss-sound-" + name.replace("_", "-"), found
    (parameter,) = found.objective.parameters
    most[name] = {{parameter: found.objective.parameters[parameter].most}}
chosen = tuple((name, 1.0) for name in ["ssim", "multi_resolution_stft", *names])
run = Run(small_image(), small_track(), RunConfig(chosen, candidates=2, steps=1, parameters=most))
records = list(run.steps())
assert not run.failures, run.failures
assert all(run.config.parameters[name] == most[name] for name in names)
print(len(records))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr
    for name, folder in zip(names, folders, strict=True):
        own = [sys.executable, "-m", "pytest", "-q", "--moss-objective", name]
        done = subprocess.run(
            [*own, str(folder / "tests")],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(target)},
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_as_a_linter_wants_it(tmp_path):
    for domain in ("image", "audio"):
        write_package("mine", domain, tmp_path / domain)
        for words in (["check", "--select", "E,F,I"], ["format", "--check"]):
            call = [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", "."]
            done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path / domain)
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["Mine", "", "2nd", "my-objective", "a b", "../x"])
def test_a_name_that_no_objective_can_have(name, tmp_path):
    with pytest.raises(MossError, match="objective name: must be lower-case"):
        write_package(name, "image", tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken(tmp_path):
    with pytest.raises(MossError, match="found ssim of moss-sound 0"):
        write_package("ssim", "image", tmp_path / "x")


@pytest.mark.parametrize("name", ["core", "objectives", "pytest"])
def test_a_name_whose_module_would_hide_another(name, tmp_path):
    with pytest.raises(MossError, match=f"module would be moss_{name}, which is installed"):
        write_package(name, "image", tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_stays_as_it_is(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(MossError, match="must be new or empty"):
        write_package("mine", "image", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MossError, match="must be writable"):
        write_package("mine", "image", tmp_path / "file" / "inside")
