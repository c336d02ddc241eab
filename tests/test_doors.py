"""What contributors are told is so: commands, files and Pythons that are named are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_every_target_that_is_named_is_there():
    for text in (GUIDE, (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()):
        named = set(re.findall(r"(?:^|`|\$ )make ([a-z-]+)", text, re.MULTILINE))
        assert named
        assert named <= TARGETS


def test_every_file_that_is_named_is_there():
    named = re.findall(r"`((?:dashboard|moss_core|plugins|tests|\.pre)[\w/.-]*)`", GUIDE)
    assert len(named) > 10
    for name in named:
        assert (ROOT / name.replace("NAME", "create")).exists(), name


def test_the_pythons_that_are_declared_are_those_that_are_tested():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    tested = re.findall(r"^PYTHONS \?= (.*)", MAKEFILE, re.MULTILINE)
    assert tested == [" ".join(f"python{version}" for version in declared)]
    assert project["requires-python"] == f">={declared[0]}"
    for version in declared:
        assert version in GUIDE


def test_the_licence_is_declared_once():
    """PEP 639: an expression, and no classifier beside it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "MIT"
    assert not [c for c in project["classifiers"] if c.startswith("License")]


@pytest.mark.parametrize("tool", ["ruff check", "ruff format --check", "mypy"])
def test_a_commit_and_make_check_ask_the_same(tool):
    assert f"$(BIN)/{tool}" in MAKEFILE
    assert f"entry: .venv/bin/{tool}" in (ROOT / ".pre-commit-config.yaml").read_text()
