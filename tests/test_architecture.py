"""The rules of the house, checked on the sources: who may import whom, and how long things are."""

from __future__ import annotations

import ast
import importlib
import sys
from functools import cache
from pathlib import Path

import pytest

import moss_core

ROOT = Path(__file__).parents[1]
MOST_LINES, MOST_LINES_OF_A_CLASS, MOST_MODULES = 300, 250, 12

# Each room with those directly below it: it may import these and whatever they may import. The
# first are packages of moss_core, the others folders of the dashboard.
BELOW = {
    "objectives": ("machine",),
    "conformance": ("objectives",),
    "synthesis": ("objectives",),
    "optimization": ("synthesis",),
    "runs": ("optimization", "reading"),
    "listening": ("runs",),
    "batch": ("runs",),
    "cli": ("listening", "batch"),
    "sources": ("synthesis", "reading"),
    "background": ("runs", "sources"),
    "charts": ("background", "listening"),
    "session": ("background", "listening"),
    "components": ("charts", "session", "batch"),
    "app_pages": ("components",),
    "serving": ("session",),
}
CORE = sorted((ROOT / "moss_core").rglob("*.py"))
DASHBOARD = sorted((ROOT / "dashboard").rglob("*.py"))
PACKAGES = sorted(path.parent.name for path in (ROOT / "moss_core").glob("*/__init__.py"))
ROOMS = sorted({*BELOW, *(room for below in BELOW.values() for room in below)})
PLUGINS = sorted(
    path
    for folder in ("moss_objectives", "moss_viewers", "example/moss_crepe")
    for path in (ROOT / "plugins" / folder).glob("*.py")
)


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _imports(path: Path) -> set[tuple[str, str | None]]:
    """Every `import module` as (module, None), every `from module import name` as a pair."""
    found: set[tuple[str, str | None]] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, None) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {(node.module or "", alias.name) for alias in node.names}
    return found


def _tops(path: Path) -> set[str]:
    return {module.partition(".")[0] for module, _ in _imports(path)}


def _room(path: Path) -> str | None:
    """The room that a file lies in; None for the files beside the rooms, which are doors."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "moss_core":
        return parts[1] if len(parts) > 2 else None
    return parts[1] if len(parts) > 2 else None


def _rooms(path: Path) -> set[str]:
    """The rooms that a file imports from."""
    found = set()
    for module, name in _imports(path):
        parts = [*module.split("."), name]
        if parts[0] == "moss_core":
            found |= {parts[1]} & set(ROOMS)
        elif "dashboard" in path.parts:
            found |= {parts[0]} & set(ROOMS)
    return found - {_room(path)}


@cache
def _reach(room: str) -> frozenset[str]:
    below = BELOW.get(room, ())
    return frozenset(below).union(*map(_reach, below))


def test_every_folder_has_its_place():
    folders = {_room(path) for path in (*CORE, *DASHBOARD)} - {None}
    assert folders == set(ROOMS)


@pytest.mark.parametrize("path", [*CORE, *DASHBOARD], ids=_id)
def test_imports_run_one_way(path):
    room = _room(path)
    assert _rooms(path) <= (set(ROOMS) - {"cli"} if room is None else _reach(room))


@pytest.mark.parametrize("room", BELOW)
def test_no_row_is_unused(room):
    files = [path for path in (*CORE, *DASHBOARD) if _room(path) == room]
    assert set(BELOW[room]) <= set().union(*map(_rooms, files))


def test_there_are_a_handful_of_rows():
    assert len(BELOW) <= 15


@pytest.mark.parametrize("path", [*CORE, *DASHBOARD], ids=_id)
def test_packages_are_entered_by_their_doors(path):
    for module, name in _imports(path):
        package = module.removeprefix("moss_core.").partition(".")[0]
        if module.startswith("moss_core.") and package in PACKAGES and package != _room(path):
            assert module == f"moss_core.{package}", f"{module} is behind the door"
            assert name in importlib.import_module(module).__all__


@pytest.mark.parametrize("package", PACKAGES)
def test_a_door_says_what_the_package_is_and_opens_to_what_is_used(package):
    door = importlib.import_module(f"moss_core.{package}")
    assert len(door.__doc__.splitlines()) > 2
    outside = [path for path in (*CORE, *DASHBOARD) if _room(path) != package]
    used = {name for path in outside for module, name in _imports(path) if module == door.__name__}
    attributes = {
        node.attr
        for path in outside
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == package
        and ("moss_core", package) in _imports(path)
    }
    # `main` is what the command `moss` calls.
    assert set(door.__all__) == used | attributes | ({"main"} if package == "cli" else set())


@pytest.mark.parametrize("path", CORE, ids=_id)
def test_the_core_knows_neither_streamlit_nor_the_built_in_objectives(path):
    assert not _tops(path) & {"streamlit", "moss_objectives", "dashboard"}


def test_the_plugins_are_seen():
    assert len(PLUGINS) >= 6


@pytest.mark.parametrize("path", PLUGINS, ids=_id)
def test_plugins_use_public_names_only(path):
    for module, name in _imports(path):
        if module.partition(".")[0] == "moss_core":
            assert module in ("moss_core", "moss_core.testing")
            if module == "moss_core":
                assert name in moss_core.__all__
    assert "streamlit" not in _tops(path)


def test_public_names_are_there():
    for name in moss_core.__all__:
        assert hasattr(moss_core, name)
        assert getattr(moss_core, name).__doc__


@pytest.mark.parametrize("path", [*CORE, *PLUGINS, *DASHBOARD], ids=_id)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(_tree(path))


@pytest.mark.parametrize("path", DASHBOARD, ids=_id)
def test_components_know_their_own_page(path):
    """A page's folder uses `run` and `widgets` beside itself, these only what is below them."""
    if _room(path) == "components" and path.parent.name != "components":
        own = path.parent.name
        allowed = {"widgets": {own}, "run": {own, "widgets"}}.get(own, {own, "run", "widgets"})
        parts = [module.split(".") for module, _ in _imports(path)]
        assert {part[1] for part in parts if part[0] == "components"} <= allowed


@pytest.mark.parametrize("path", DASHBOARD, ids=_id)
def test_what_runs_without_a_page_knows_no_streamlit(path):
    if _room(path) in ("sources", "background", "charts"):
        assert "streamlit" not in _tops(path)


def test_pages_hold_no_tensor_and_no_maths():
    for path in DASHBOARD:
        if _room(path) == "app_pages":
            assert not _tops(path) & {"torch", "numpy", "torchaudio"}, _id(path)


def test_nothing_in_the_dashboard_bears_a_standard_librarys_name():
    names = {path.name.partition(".")[0] for path in (ROOT / "dashboard").iterdir()}
    assert not names & set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", [*CORE, *PLUGINS, *DASHBOARD], ids=_id)
def test_modules_and_classes_are_short(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef):
            assert (node.end_lineno or 0) - node.lineno < MOST_LINES_OF_A_CLASS, node.name


@pytest.mark.parametrize("folder", sorted({path.parent for path in (*CORE, *DASHBOARD)}), ids=_id)
def test_folders_hold_a_dozen_modules_at_most(folder):
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert len(modules) <= MOST_MODULES
