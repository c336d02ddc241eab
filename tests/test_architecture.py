"""The rules of the layout, checked on the sources: who may import whom, and how long a file is."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

import moss_core

ROOT = Path(__file__).parents[1]
MAX_LINES = 260

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
    "state": (),
    "learner": ("errors",),
    "growth": (),
    "scales": ("model", "scorer"),
    "optimizer": ("scales", "preferences", "pareto", "state", "learner", "growth"),
    "config": ("canvas", "objectives", "guard"),
    "front": ("pareto", "preferences", "state"),
    "run": ("config", "optimizer", "front", "plugins"),
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
PAGES = sorted((ROOT / "dashboard" / "app_pages").glob("*.py"))


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


def test_pages_hold_no_tensor_and_no_maths():
    for path in PAGES:
        assert not _packages(path) & {"torch", "numpy", "torchaudio"}, _id(path)


def test_nothing_in_the_dashboard_bears_a_standard_librarys_name():
    import sys

    names = {path.stem for path in (ROOT / "dashboard").glob("*.py")}
    assert not names & set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", [*CORE, *PLUGINS], ids=_id)
def test_modules_are_short(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES
