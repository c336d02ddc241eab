"""What is installed: objectives and viewers with where they come from, and what cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from moss_core.errors import MossError
from moss_core.objectives.contract import Domain, Loss, Objective, Target
from moss_core.objectives.parameters import Value
from moss_core.objectives.viewer import Viewer


@dataclass(frozen=True)
class Installed:
    """An objective and where it comes from."""

    objective: Objective
    distribution: str
    version: str
    entry_point: str

    def __str__(self) -> str:
        return f"{self.objective.name} of {self.distribution} {self.version}"


@dataclass(frozen=True)
class InstalledViewer:
    """A viewer and where it comes from."""

    viewer: Viewer
    distribution: str
    version: str
    entry_point: str

    def __str__(self) -> str:
        return f"{self.viewer.name} of {self.distribution} {self.version}"


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
        name: the entry point's name, or the objective's or viewer's.
        distribution: name and version of the package that it came from.
        reason: one line.
        details: the traceback, or "".
    """

    name: str
    distribution: str
    reason: str
    details: str = ""

    @property
    def error(self) -> MossError:
        """The failure of an objective as what a run ends with."""
        return MossError(
            f"objective {self.name}",
            "must work",
            self.reason,
            "Leave it out, or let the run go on without objectives that fail.",
        )


@dataclass(frozen=True)
class Plugins:
    """What is installed: objectives by name, failures, and viewers by name."""

    installed: dict[str, Installed]
    failures: tuple[PluginFailure, ...]
    viewers: Mapping[str, InstalledViewer] = field(default_factory=dict)

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
            chosen[name] = self.find(name).objective
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

    def find(self, name: str) -> Installed:
        """Return the objective of this name.

        Raises:
            MossError: if it is not installed, or failed.
        """
        if name not in self.installed:
            raise self._unknown(name, "objective", self.installed)
        return self.installed[name]

    def with_stand_ins(self, wanted: Iterable[Described]) -> Plugins:
        """Return these plugins, and for each wanted objective that is missing one that says so.

        A stand-in fails when it is built, so that a run goes on with the others and names it.
        """
        installed = dict(self.installed)
        for words in wanted:
            if words.name not in installed:
                objective = _StandIn(
                    words.name,
                    words.label,
                    words.domain,
                    words.reference,
                    _never_built,
                    f"{words.distribution} {words.version}",
                )
                installed[words.name] = Installed(
                    objective, words.distribution, words.version, words.name
                )
        return Plugins(installed, self.failures, self.viewers)

    def find_viewer(self, name: str) -> InstalledViewer:
        """Return the viewer of this name.

        Raises:
            MossError: if it is not installed, or failed.
        """
        if name not in self.viewers:
            raise self._unknown(name, "viewer", self.viewers)
        return self.viewers[name]

    def _unknown(
        self, name: str, kind: Literal["objective", "viewer"], known: Iterable[str]
    ) -> MossError:
        for failure in self.failures:
            if failure.name == name:
                return MossError(
                    f"{kind} {name}",
                    "must load",
                    f"{failure.reason} ({failure.distribution})",
                    f"Repair or uninstall that package; `moss {kind}s` shows more.",
                )
        return MossError(
            f"{kind}s",
            f"must be among the installed ones: {', '.join(known) or 'none'}",
            repr(name),
            "Check the spelling, or install the package that offers it.",
        )


class _StandIn(Objective):
    """In the place of an objective that is not installed; `description` is what offered it."""

    def settings(self, given: Mapping[str, object]) -> dict[str, Value]:
        raise MossError(
            f"objective {self.name}",
            "must be installed",
            "nothing of this name",
            f"Install {self.description}, and open the run again.",
        )


def _never_built(target: Target) -> Loss:
    raise NotImplementedError  # a stand-in has no settings to be built with
