"""The checks of one objective, made one by one, and what they found."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from moss_core.conformance.conditions import CONDITIONS
from moss_core.conformance.costs import COSTS
from moss_core.conformance.process_state import restoring
from moss_core.conformance.returns import RETURNS
from moss_core.conformance.test_bed import Bench, Broken, Skipped, raised
from moss_core.errors import MossError
from moss_core.machine import on_one_core
from moss_core.objectives import Domain, Objective

_CHECKS = RETURNS | COSTS | CONDITIONS
CHECKS = tuple(_CHECKS)
"""The names of the checks, in the order in which they are made."""


@dataclass(frozen=True)
class Check:
    """What one check found.

    Args:
        name: one of `CHECKS`.
        passed: whether the objective keeps this part of the contract; None: not checked.
        message: what was found and what to do, for a failure; why, for what was not checked;
            figures, or "", for what passed.
    """

    name: str
    passed: bool | None
    message: str = ""

    def __str__(self) -> str:
        word = {True: "ok", False: "FAILED", None: "skipped"}[self.passed]
        return f"{word:<7}  {self.name}" + (f": {self.message}" if self.message else "")


@dataclass(frozen=True)
class Report:
    """What the conformance kit found of an objective; as text, a line a check.

    Args:
        name: of the objective.
        label: of the objective.
        domain: of the objective.
        checks: in the order in which they were made.
        seconds: that they took in all.
    """

    name: str
    label: str
    domain: Domain
    checks: tuple[Check, ...]
    seconds: float

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def passed(self) -> bool:
        """Whether none failed."""
        return not self.failures

    def __str__(self) -> str:
        counts = {
            "ok": sum(check.passed is True for check in self.checks),
            "failed": len(self.failures),
            "skipped": sum(check.passed is None for check in self.checks),
        }
        found = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        return "\n".join(
            [
                f"objective {self.name} ({self.label}, {self.domain})",
                *(f"  {check}" for check in self.checks),
                f"{found or 'nothing checked'}, in {self.seconds:.1f} s",
            ]
        )


class Kit:
    """The checks of one objective, made one by one; each builds it anew.

    Args:
        objective: the one to check.
        settings: what is set of its parameters; defaults for the rest.
        seed: of the made-up sound's noise, and of the noise that makes renderings worse.

    Raises:
        MossError: for what is not an objective, or for settings that it does not have.
    """

    def __init__(
        self, objective: Objective, settings: Mapping[str, object] | None = None, seed: int = 0
    ) -> None:
        if not isinstance(objective, Objective):
            raise MossError(
                "objective",
                "must be a moss_core.Objective",
                f"a {type(objective).__name__}",
                "Wrap it in Objective(...).",
            )
        self._bench = Bench(objective, objective.settings(settings or {}), seed)
        self._made: dict[str, Check] = {}
        self._seconds = 0.0

    @on_one_core()
    def run(self, name: str) -> Check:
        """Make one check, unless it was made; the others are skipped where the first fails.

        Args:
            name: one of `CHECKS`.
        """
        if name not in self._made:
            begun = time.perf_counter()
            self._made[name] = self._skipped(name) or self._make(name)
            self._seconds += time.perf_counter() - begun
        return self._made[name]

    def _skipped(self, name: str) -> Check | None:
        needs = self._bench.objective.needs
        if needs.colour or needs.stereo:
            return Check(name, None, "it needs colour or stereo, which contract 1 does not give")
        if "cpu" not in needs.devices:
            return Check(name, None, "it does not run on the CPU, where the checks are made")
        if name != CHECKS[0] and self.run(CHECKS[0]).passed is False:
            return Check(name, None, f"it takes {CHECKS[0]}")
        return None

    def _make(self, name: str) -> Check:
        thing = f"objective {self._bench.objective.name}"
        with restoring():
            try:
                return Check(name, True, _CHECKS[name](self._bench))
            except Skipped as reason:
                return Check(name, None, str(reason))
            except Broken as broken:
                return Check(name, False, f"{thing} {broken}")
            except (Exception, SystemExit) as error:  # other people's code
                remedy = "Mind what the guide says that target and rendered hold."
                return Check(name, False, f"{thing} {raised(error)}. {remedy}")

    @property
    def report(self) -> Report:
        """What was found so far, in the order of `CHECKS`."""
        objective = self._bench.objective
        made = tuple(self._made[name] for name in CHECKS if name in self._made)
        return Report(objective.name, objective.label, objective.domain, made, self._seconds)


def check_objective(objective: Objective, /, *, seed: int = 0, **settings: object) -> Report:
    """Check that an objective keeps its contract: everything that can be found by trying.

    It is built on a made-up picture of 256 x 256 pixels and 1 s of sound at 16 kHz (more where
    its needs say so), and measures renderings that are the target, the target with a little and
    with much noise, silence, and black and white pictures; then other sounds, settings and
    devices. Each check of `CHECKS` is made on its own, and what it changed in the process is
    put back. MOSS's limits are 5 s of a core and 1 GB for a candidate of 10 s.

    Args:
        objective: the one to check.
        seed: of the made-up sound's noise, and of the noise that makes renderings worse.
        **settings: its parameters; defaults for the rest.

    Raises:
        MossError: for what is not an objective, or for settings that it does not have.
    """
    kit = Kit(objective, settings, seed)
    for name in CHECKS:
        kit.run(name)
    return kit.report


def assert_objective_contract(objective: Objective, *, seed: int = 0) -> None:
    """Raise an error unless an objective keeps its contract; see `check_objective`.

    Args:
        objective: the one to check.
        seed: of the made-up sound's noise, and of the noise that makes renderings worse.

    Raises:
        AssertionError: for the first part of the contract that is broken, in a sentence, followed
            by the whole report.
    """
    if not isinstance(objective, Objective):
        raise AssertionError(f"expected a moss_core.Objective, got a {type(objective).__name__}")
    report = check_objective(objective, seed=seed)
    if report.failures:
        raise AssertionError(f"{report.failures[0].message}\n\n{report}")
