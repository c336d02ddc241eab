"""The rules of the layout, checked on the sources: who may import whom, and how long a file is."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

import moss_core

ROOT = Path(__file__).parents[1]
MAX_LINES = 300

# Each module with those directly below it; it may import these and whatever they may import.
BELOW = {
    "distribution": (),
    "places": (),
    "errors": (),
    "log": ("errors",),
    "stft": ("errors",),
    "spectrogram": ("errors",),
    "soundfiles": ("errors",),
    "targets": ("soundfiles", "spectrogram"),
    "canvas": ("stft", "spectrogram", "targets"),
    "parameters": ("errors",),
    "objectives": ("parameters",),
    "process": (),
    "bench": ("objectives",),
    "conformance": ("bench", "process"),
    "conditions": ("conformance", "cores"),
    "costs": ("conformance",),
    "testing": ("conditions", "costs"),
    "cores": (),
    "machine": ("cores",),
    "crew": ("machine",),
    "guard": ("cores", "errors"),
    "leaks": ("errors",),
    "installed": ("objectives",),
    "hookspecs": ("objectives",),
    "plugins": ("distribution", "hookspecs", "installed", "guard", "log"),
    "options": ("plugins",),
    "listing": ("options",),
    "package": ("plugins",),
    "preferences": ("objectives",),
    "evaluation": ("objectives",),
    "scorer": ("installed", "guard", "leaks", "evaluation", "crew", "log"),
    "model": ("canvas", "objectives"),
    "pareto": ("errors",),
    "state": ("front",),
    "learner": ("errors",),
    "growth": (),
    "scales": ("model", "scorer"),
    "optimizer": ("scales", "state", "learner", "growth"),
    "config": ("canvas", "objectives", "guard"),
    "front": ("pareto", "preferences"),
    "run": ("config", "optimizer", "plugins"),
    "progress": ("run",),
    "axes": ("canvas",),
    "chart": ("axes", "run"),
    "export": ("run",),
    "measuring": ("export",),
    "manifest": ("run",),
    "learned": ("run",),
    "tables": ("run",),
    "storage": ("measuring", "chart", "manifest", "learned", "tables"),
    "reopen": ("storage",),
    "archive": ("storage",),
    "library": ("archive",),
    "exits": ("errors",),
    "bundled": ("distribution", "errors"),
    "samples": ("bundled",),
    "app": ("exits", "bundled", "places"),
    "foreign": ("plugins",),
    "doctor": ("foreign", "bundled", "places"),
    "cli": ("reopen", "listing", "package", "progress", "samples", "app", "doctor"),
}
CORE = sorted((ROOT / "moss_core").glob("*.py"))
PLUGINS = sorted(
    path
    for folder in ("moss_objectives", "example/moss_crepe")
    for path in (ROOT / "plugins" / folder).glob("*.py")
)
DASHBOARD = sorted((ROOT / "dashboard").rglob("*.py"))
# Each folder of the dashboard with those directly below it; "." is the dashboard itself.
FOLDERS_BELOW = {"app_pages": ("components",), "components": (".",), ".": ()}


@cache
def _reach(module: str) -> frozenset[str]:
    return frozenset(BELOW[module]).union(*map(_reach, BELOW[module]))


def _imports(path: Path) -> set[tuple[str, str | None]]:
    """Every `import module` as (module, None), every `from module import name` as a pair."""
    found: set[tuple[str, str | None]] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {(alias.name, None) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {(node.module or "", alias.name) for alias in node.names}
    return found


def _packages(path: Path) -> set[str]:
    return {module.partition(".")[0] for module, _ in _imports(path)}


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_module_has_its_place():
    assert {path.stem for path in CORE} - {"__init__"} == set(BELOW)


@pytest.mark.parametrize("path", CORE, ids=_id)
def test_imports_run_one_way(path):
    inside = set()
    for module, name in _imports(path):
        package, _, rest = module.partition(".")
        if package == "moss_core":
            inside.add(rest or name or "__init__")
    allowed = set(BELOW) - {"cli"} if path.stem == "__init__" else _reach(path.stem)
    assert inside <= allowed


@pytest.mark.parametrize("path", CORE, ids=_id)
def test_the_core_knows_neither_streamlit_nor_the_built_in_objectives(path):
    assert not _packages(path) & {"streamlit", "moss_objectives", "dashboard"}


def test_the_plugins_are_seen():
    assert len(PLUGINS) >= 6


@pytest.mark.parametrize("path", PLUGINS, ids=_id)
def test_plugins_use_public_names_only(path):
    for module, name in _imports(path):
        if module.partition(".")[0] == "moss_core":
            assert module in ("moss_core", "moss_core.testing")
            if module == "moss_core":
                assert name in moss_core.__all__
    assert "streamlit" not in _packages(path)


def test_public_names_are_there():
    for name in moss_core.__all__:
        assert hasattr(moss_core, name)
        assert getattr(moss_core, name).__doc__


@pytest.mark.parametrize("module", BELOW)
def test_every_module_says_what_it_is_for(module):
    assert importlib.import_module(f"moss_core.{module}").__doc__


def _folder(path: Path) -> str:
    return str(path.parent.relative_to(ROOT / "dashboard"))


@cache
def _folders_reached(folder: str) -> frozenset[str]:
    return frozenset(FOLDERS_BELOW[folder]).union(*map(_folders_reached, FOLDERS_BELOW[folder]))


def _folders_imported(path: Path) -> set[str]:
    names = {module.partition(".")[0]: module for module, _ in _imports(path)}
    own = {file.stem for file in DASHBOARD if _folder(file) == "."}
    found = {"." for name in names if name in own}
    return found | {name for name in names if name in FOLDERS_BELOW} - {_folder(path)}


@pytest.mark.parametrize("path", DASHBOARD, ids=_id)
def test_the_dashboards_imports_run_one_way(path):
    if path.name == "Home.py":
        return
    assert _folders_imported(path) - {_folder(path)} <= _folders_reached(_folder(path))


@pytest.mark.parametrize("folder", FOLDERS_BELOW)
def test_no_row_of_the_dashboards_is_unused(folder):
    files = [path for path in DASHBOARD if _folder(path) == folder]
    assert set(FOLDERS_BELOW[folder]) <= set().union(*map(_folders_imported, files))


def test_pages_hold_no_tensor_and_no_maths():
    for path in DASHBOARD:
        if _folder(path) == "app_pages":
            assert not _packages(path) & {"torch", "numpy", "torchaudio"}, _id(path)


def test_nothing_in_the_dashboard_bears_a_standard_librarys_name():
    import sys

    names = {path.stem for path in DASHBOARD if _folder(path) == "."}
    assert not names & set(sys.stdlib_module_names)


TOO_LONG = {"charts.py"}


@pytest.mark.parametrize("path", [*CORE, *PLUGINS, *DASHBOARD], ids=_id)
def test_modules_are_short(request, path):
    if path.name in TOO_LONG:
        request.applymarker(pytest.mark.xfail(strict=True, reason="to be divided"))
    assert len(path.read_text().splitlines()) <= MAX_LINES
