"""Finds the objectives that are installed, and reports the plugins that cannot be used."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, distributions

import pluggy

from moss_core import hookspecs
from moss_core.errors import MossError
from moss_core.objectives import Domain, Loss, Objective, Target

ENTRY_POINT_GROUP = "moss"


@dataclass(frozen=True)
class Installed:
    """An objective and where it comes from."""

    objective: Objective
    distribution: str
    version: str
    entry_point: str


@dataclass(frozen=True)
class Described:
    """What is written down of an objective that a run was made with."""

    name: str
    label: str
    domain: Domain
    reference: str
    distribution: str
    version: str


@dataclass(frozen=True)
class PluginFailure:
    """A plugin that cannot be used.

    Args:
        name: the entry point's name, or the objective's.
        distribution: name and version of the package that it came from.
        reason: one line.
        details: the traceback, or "".
    """

    name: str
    distribution: str
    reason: str
    details: str = ""


@dataclass(frozen=True)
class Plugins:
    """What is installed: objectives by name, and failures."""

    installed: dict[str, Installed]
    failures: tuple[PluginFailure, ...]

    def choose(self, names: Iterable[str]) -> tuple[Objective, ...]:
        """Return the objectives of these names, at least one of each domain.

        Raises:
            MossError: for a name that is not installed, or failed; a name given twice; a domain
                without an objective.
        """
        chosen: dict[str, Objective] = {}
        for name in names:
            if name in chosen:
                raise MossError(
                    "objectives", "must be named once each", f"{name} twice", "Name it once."
                )
            if name not in self.installed:
                raise self._unknown(name)
            chosen[name] = self.installed[name].objective
        for domain in ("image", "audio"):
            if not any(objective.domain == domain for objective in chosen.values()):
                offered = [n for n, i in self.installed.items() if i.objective.domain == domain]
                raise MossError(
                    "objectives",
                    "must hold at least one of each domain, image and audio",
                    f"no {domain} objective in {', '.join(chosen) or 'an empty list'}",
                    f"Add one of: {', '.join(offered) or 'none is installed'}.",
                )
        return tuple(chosen.values())

    def with_stand_ins(self, wanted: Iterable[Described]) -> Plugins:
        """Return these plugins, and for each wanted objective that is missing one that says so.

        A stand-in fails when it is built, so that a run goes on with the others and names it.
        """
        installed = dict(self.installed)
        for words in wanted:
            if words.name not in installed:
                objective = Objective(
                    words.name, words.label, words.domain, words.reference, _missing(words)
                )
                installed[words.name] = Installed(
                    objective, words.distribution, words.version, words.name
                )
        return Plugins(installed, self.failures)

    def _unknown(self, name: str) -> MossError:
        for failure in self.failures:
            if failure.name == name:
                return MossError(
                    f"objective {name}",
                    "must load",
                    f"{failure.reason} ({failure.distribution})",
                    "Repair or uninstall that package; `moss objectives` shows more.",
                )
        return MossError(
            "objectives",
            f"must be among the installed ones: {', '.join(self.installed) or 'none'}",
            repr(name),
            "Check the spelling, or install the package that offers it.",
        )


def _missing(words: Described) -> Callable[[Target], Loss]:
    def build(target: Target) -> Loss:
        raise MossError(
            f"objective {words.name}",
            "must be installed",
            "nothing of this name",
            f"Install {words.distribution} {words.version}, and open the run again.",
        )

    return build


def discover() -> Plugins:
    """Load every plugin in the entry-point group "moss", each on its own.

    A plugin that fails to import or to list its objectives becomes a `PluginFailure` and does
    not keep the others from loading; so does the second of two plugins with one entry-point
    name and the second of two objectives with one name. MOSS's own come first, then
    the others by distribution name.
    """
    installed: dict[str, Installed] = {}
    failures: list[PluginFailure] = []
    loaded: dict[str, str] = {}
    for entry_point, distribution, version in _entry_points(failures):
        source = f"{distribution} {version}"
        if entry_point.name in loaded:
            reason = f"the entry-point name is taken by {loaded[entry_point.name]}"
            failures.append(PluginFailure(entry_point.name, source, reason))
            continue
        loaded[entry_point.name] = source
        try:
            objectives = _objectives_of(entry_point)
        except (Exception, SystemExit) as error:  # other people's code, which may also exit
            reason = f"{type(error).__name__}: {error}"
            failures.append(PluginFailure(entry_point.name, source, reason, traceback.format_exc()))
            continue
        for objective in objectives:
            if objective.name in installed:
                taken = installed[objective.name]
                reason = f"the objective name is taken by {taken.distribution} {taken.version}"
                failures.append(PluginFailure(objective.name, source, reason))
                continue
            installed[objective.name] = Installed(
                objective, distribution, version, entry_point.name
            )
    return Plugins(installed, tuple(failures))


def _entry_points(failures: list[PluginFailure]) -> list[tuple[EntryPoint, str, str]]:
    found: dict[tuple[str, str, str], tuple[EntryPoint, str, str]] = {}
    for distribution in distributions():
        # A folder that an interrupted installation left behind has no metadata at all.
        metadata = distribution.metadata
        name = metadata.get_all("Name", ["an unnamed distribution"])[0]
        version = metadata.get_all("Version", ["without a version"])[0]
        try:
            offered = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
        except Exception as error:  # other people's file
            reason = f"its entry points cannot be read: {type(error).__name__}: {error}"
            failures.append(
                PluginFailure(name, f"{name} {version}", reason, traceback.format_exc())
            )
            continue
        for entry_point in offered:
            key = entry_point.name, entry_point.value, name
            found.setdefault(key, (entry_point, name, version))  # the first is what is imported
    return sorted(found.values(), key=lambda item: (item[1] != "moss", item[1]))


def _objectives_of(entry_point: EntryPoint) -> list[Objective]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(entry_point.load(), entry_point.name)
    manager.check_pending()
    listed = [objective for answer in manager.hook.moss_objectives() for objective in answer]
    if not listed:
        raise MossError(
            f"plugin {entry_point.value}",
            "must offer an objective",
            "none",
            "Give it a function moss_objectives() marked with @moss_core.hookimpl.",
        )
    for objective in listed:
        if not isinstance(objective, Objective):
            raise MossError(
                f"hook moss_objectives of {entry_point.value}",
                "must return a list of moss_core.Objective",
                f"a {type(objective).__name__} in it",
                "Wrap it in Objective(...).",
            )
    return listed
