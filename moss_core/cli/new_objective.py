"""A new objective as an installable package, written from the files in `template/`."""

from __future__ import annotations

import importlib.metadata
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

from moss_core.errors import MossError
from moss_core.machine import DISTRIBUTION
from moss_core.objectives import NAME, discover

_MODULE = "moss_{name}"
_FILES = {
    "pyproject.toml.in": "pyproject.toml",
    "README.md.in": "README.md",
    "test.py.in": "tests/test_{name}.py",
    "{domain}.py.in": f"{_MODULE}.py",
}


def write_package(name: str, domain: str, folder: Path) -> None:
    """Write a package with an objective that works and keeps the contract as it stands.

    Args:
        name: of the objective.
        domain: "image" or "audio".
        folder: to make; not there yet, or empty.

    Raises:
        MossError: for a name that no objective can have or an installed one has, or a folder that
            is in use or cannot be written.
    """
    _check_name(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MossError(
            f"folder {folder}",
            "must be new or empty",
            "something there",
            "Move it away, or name another by --out.",
        )
    words = {
        "name": name,
        "dashed": name.replace("_", "-"),
        "label": name.replace("_", " ").capitalize(),
        "domain": domain,
        "partner": "multi_resolution_stft" if domain == "image" else "lpips",
        "moss": DISTRIBUTION,
        "version": importlib.metadata.version(DISTRIBUTION),
    }
    try:
        for template, path in _FILES.items():
            source = files("moss_core.cli") / "template" / template.format(**words)
            file = folder / path.format(**words)
            file.parent.mkdir(parents=True, exist_ok=True)
            text = Template(source.read_text(encoding="utf-8")).substitute(words)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MossError(
            f"folder {folder}", "must be writable", error.strerror, "Name another by --out."
        ) from error


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise MossError(
            "objective name",
            "must be lower-case letters, digits and underscores, a letter first",
            repr(name),
            "Write it like edge_similarity.",
        )
    taken = discover().installed.get(name)
    if taken:
        raise MossError(
            "objective name",
            "must be one that is not installed yet",
            f"{name} of {taken.distribution} {taken.version}",
            "Choose another.",
        )
    module = _MODULE.format(name=name)
    if find_spec(module):
        raise MossError(
            "objective name",
            "must give its module a name that is not in use yet",
            f"{name}, whose module would be {module}, which is installed",
            "Choose another.",
        )
