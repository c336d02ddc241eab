"""`moss doctor`: what is installed, and whether it fits together."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import platform
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import click
from packaging.requirements import Requirement

from moss_core.cli.foreign import changed_files, enumerated, foreigners
from moss_core.cli.keeping.examined import look_after
from moss_core.errors import MossError
from moss_core.machine import ASSETS, DASHBOARD, DATA_VARIABLE, DISTRIBUTION, bundled, data_folder
from moss_core.objectives import discover

_TRIO = ("torch", "torchaudio", "torchvision")


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Args:
        words: a sentence for people.
        remedy: what to do about it; "" if all is well.
    """

    words: str
    remedy: str = ""


Check = Callable[[], Iterator[Finding]]


def _reinstall() -> str:
    """Return the command that installs MOSS again, from where it came."""
    return f"pip install --force-reinstall --no-deps {_checkout() or DISTRIBUTION}"


def _checkout() -> str:
    try:
        told = importlib.metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        origin = json.loads(told or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return ""
    if not origin.get("dir_info", {}).get("editable"):
        return ""
    return f"--editable {shlex.quote(url2pathname(urlsplit(origin['url']).path))}"


def check_moss() -> Iterator[Finding]:
    """Is MOSS installed, and as it was installed?"""
    place = Path(__file__).parents[1]
    try:
        distribution = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        words = f"MOSS is imported from {place}, but {DISTRIBUTION} is not installed"
        yield Finding(words, f"pip install {DISTRIBUTION}")
        return
    yield Finding(f"{DISTRIBUTION} {distribution.version}, imported from {place}")
    changed = changed_files(distribution)
    if changed:
        yield Finding(f"not as it was installed: {enumerated(changed)}", _reinstall())


def check_foreigners() -> Iterator[Finding]:
    """Is there another distribution whose name or files could be taken for MOSS's?"""
    for foreign in foreigners():
        yield Finding(foreign.words, f"pip uninstall {foreign.name}, and then {_reinstall()}")


def check_parts() -> Iterator[Finding]:
    """Are the dashboard and the samples there?"""
    for words, place in (("dashboard", (DASHBOARD, "Home.py")), ("samples", (ASSETS, "images"))):
        try:
            yield Finding(f"the {words} in {bundled(*place).parent}")
        except MossError as error:
            yield Finding(f"{error.thing} {error.rule}", _reinstall())


def check_python() -> Iterator[Finding]:
    """Which Python is it?"""
    yield Finding(f"Python {platform.python_version()} on {platform.platform()}, {sys.prefix}")


def check_torch() -> Iterator[Finding]:
    """Do torch, torchaudio and torchvision load, each in a version that goes with the others?"""
    wanted = map(Requirement, importlib.metadata.requires(DISTRIBUTION) or ())
    trio = [requirement for requirement in wanted if requirement.name in _TRIO]
    remedy = "pip install --force-reinstall " + " ".join(f"'{requirement}'" for requirement in trio)
    for requirement in trio:
        version = importlib.metadata.version(requirement.name)
        if not requirement.specifier.contains(version, prereleases=True):
            yield Finding(f"{requirement.name} {version}, but MOSS needs {requirement}", remedy)
            continue
        try:
            importlib.import_module(requirement.name)
        except Exception as error:  # whatever a library for another processor raises
            yield Finding(f"{requirement.name} {version} does not load: {error}", remedy)
            continue
        yield Finding(f"{requirement.name} {version}")


def check_objectives() -> Iterator[Finding]:
    """Which objectives load?"""
    plugins = discover()
    yield Finding(f"{len(plugins.installed)} objectives: {', '.join(plugins.installed)}")
    for failure in plugins.failures:
        words = f"{failure.name} of {failure.distribution} does not load: {failure.reason}"
        yield Finding(words, "repair or uninstall that package; `moss objectives` shows more")


def check_data() -> Iterator[Finding]:
    """Can runs be kept?"""
    folder = data_folder()
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            yield Finding(f"runs are kept in {folder}")
    except OSError as error:
        words = f"runs cannot be kept in {folder}: {nearest}: {error.strerror}"
        yield Finding(words, f"make it writable, or name another folder by {DATA_VARIABLE}")


CHECKS: tuple[Check, ...] = (
    check_moss,
    check_foreigners,
    check_parts,
    check_python,
    check_torch,
    check_objectives,
    check_data,
)
"""In the order in which their findings are told."""


def examine(checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """Yield what the checks find; one that fails is a finding too."""
    for check in checks:
        try:
            yield from check()
        except Exception as error:  # what is broken is what this is for
            words = f"{(check.__doc__ or check.__name__).strip()} {type(error).__name__}: {error}"
            yield Finding(words, _reinstall())


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="Mend the runs in DIR, and move broken ones away.")
def doctor(folder: Path | None, repair: bool) -> None:
    """Say what is installed and whether it fits together; exit with status 1 if it does not.

    With DIR: look at every run in that folder instead, a run's own, a library or the data folder.
    With --repair, what is stale or was left over goes, what is missing is made again, and a run
    that cannot be opened is moved to .quarantine, with a text that says why.
    """
    if folder:
        sys.exit(look_after(folder, repair))
    broken = 0
    for finding in examine():
        broken += bool(finding.remedy)
        click.echo(f"{'repair' if finding.remedy else 'ok':<8}{finding.words}")
        if finding.remedy:
            click.echo(f"{'':<8}{finding.remedy}")
    click.echo(f"{broken} to repair." if broken else "All is well.")
    sys.exit(bool(broken))
