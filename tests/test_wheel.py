"""The wheel is the product: what it holds, and that it is enough."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from built import ROOT, Environment, build, copy_sources, install
from moss_core import load

PACKAGES = {
    "moss_core": ROOT / "moss_core",
    "moss_objectives": ROOT / "plugins" / "moss_objectives",
    "moss_pytest": ROOT / "plugins" / "moss_pytest",
    "moss_viewers": ROOT / "plugins" / "moss_viewers",
    "moss_dashboard": ROOT / "dashboard",
    "moss_assets": ROOT / "assets",
}
LEFT_OUT = ("moss_assets/hosting/", "moss_assets/make/", "moss_assets/readme/")


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_sources(tmp_path_factory.mktemp("sources") / "moss")


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", sources, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return install(wheel, tmp_path_factory.mktemp("new"))


def test_the_wheel_holds_every_file_of_its_packages_and_no_other(wheel):
    wanted = {
        f"{package}/{path.relative_to(folder).as_posix()}"
        for package, folder in PACKAGES.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in names(wheel) if ".dist-info/" not in name}
    assert held == {name for name in wanted if not name.startswith(LEFT_OUT)}
    assert held > {
        "moss_assets/README.md",
        "moss_assets/audio/piano-prelude.flac",
        "moss_assets/fonts/Anton-LICENSE.txt",
        "moss_assets/images/portrait-astronaut.jpg",
        "moss_assets/showcase/showcase.json",
        "moss_core/cli/template/pyproject.toml.in",
        "moss_dashboard/.streamlit/config.toml",
        "moss_dashboard/app_pages/create.py",
        "moss_dashboard/web/player.js",
        "moss_objectives/weights/alexnet_features_fp16.safetensors",
    }


def test_the_sdist_builds_the_same_wheel(sources, wheel, tmp_path):
    with tarfile.open(build("sdist", sources, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("moss_sound-*")
    again = build("wheel", unpacked, tmp_path / "dist")
    assert again.name == wheel.name
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert names(again) == names(wheel)
        for name in names(wheel):
            if not name.endswith("/RECORD"):  # which lists them in the order of the disk
                assert first.read(name) == second.read(name), name


def test_nothing_of_the_repository_is_on_the_path_of_a_new_environment(environment):
    code = """
import importlib.util, json, sys
packages = ("moss_core", "moss_objectives", "moss_viewers", "moss_dashboard", "moss_assets")
specs = map(importlib.util.find_spec, packages)
print(json.dumps([list(spec.submodule_search_locations) for spec in specs]))
print(json.dumps([sys.path, [str(hook) for hook in sys.meta_path]]))
"""
    done = environment.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    places, (path, hooks) = map(json.loads, done.stdout.splitlines())
    for (place,) in places:
        assert Path(place).is_relative_to(environment.folder)
    own = {str(ROOT), *(str(folder) for folder in ROOT.iterdir() if folder.name[0] != ".")}
    assert not own & set(path)
    assert not any("editable" in hook for hook in hooks)


def test_a_first_hybrid_needs_no_file_of_ones_own(environment):
    options = ["--candidates", "2", "--steps", "1", "--duration", "1"]
    done = environment.run("moss", "optimize", "--sample", "--out", "hybrid", *options)
    assert done.returncode == 0, done.stderr
    run = load(environment.home / "hybrid")
    assert (run.image.name, run.track.name) == ("portrait-astronaut.jpg", "piano-prelude.flac")
    assert len(list((environment.home / "hybrid" / "audio").iterdir())) == 2


def test_all_is_well_in_a_new_environment(environment):
    done = environment.run("moss", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"imported from {environment.folder.resolve()}" in done.stdout
    assert done.stdout.endswith("All is well.\n")


def test_a_file_that_another_distribution_wrote_is_named(environment):
    (place,) = environment.folder.rglob("moss_core/machine/places.py")
    content = place.read_bytes()
    place.write_bytes(content + b"\n# theirs\n")
    try:
        done = environment.run("moss", "doctor")
    finally:
        place.write_bytes(content)
    assert done.returncode == 1
    assert "not as it was installed: moss_core/machine/places.py" in done.stdout
    assert "pip install --force-reinstall --no-deps moss-sound" in done.stdout


def test_a_new_objective_is_written_from_the_wheel(environment):
    done = environment.run("moss", "new-objective", "warmth")
    assert done.returncode == 0, done.stderr
    project = (environment.home / "warmth" / "pyproject.toml").read_text()
    assert 'name = "moss-sound-warmth"' in project
    assert 'dependencies = ["moss-sound>=' in project
