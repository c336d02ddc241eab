"""Pytest options of MOSS: `pytest --moss-objective NAME` checks the contract of an objective.

Pytest loads this in every session of an environment that has MOSS. Without the option it does
nothing, and imports nothing that takes time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from moss_core.testing import Kit

_NAME = "moss-objective"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--moss-objective`."""
    parser.getgroup("MOSS").addoption(
        f"--{_NAME}",
        action="append",
        default=[],
        metavar="NAME",
        help="check that the installed objective NAME keeps MOSS's contract (repeatable); "
        "without paths, nothing else is tested",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Find the objectives that were named; without paths, leave all other tests alone.

    Raises:
        pytest.UsageError: for a name that is not installed, or did not load.
    """
    names = list(dict.fromkeys(config.getoption(_NAME.replace("-", "_"))))
    if not names:
        return
    from moss_core.errors import MossError
    from moss_core.objectives.discovery import discover
    from moss_core.testing import Kit

    plugins = discover()
    try:
        kits = {name: Kit(plugins.find(name).objective) for name in names}
    except MossError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(_Checks(kits), "moss-checks")
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args.clear()


class _Checks:
    """The hooks of a session in which objectives are checked."""

    def __init__(self, kits: dict[str, Kit]) -> None:
        self._kits = kits

    @pytest.hookimpl(tryfirst=True)  # before -k and -m choose
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        for name, kit in self._kits.items():
            node = f"{_NAME}::{name}"
            objective = _Objective.from_parent(session, name=name, nodeid=node, kit=kit)
            items.extend(session.genitems(objective))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for kit in self._kits.values():
            report = kit.report
            if report.checks:
                terminalreporter.section(f"MOSS's contract, objective {report.name}")
                terminalreporter.write_line(str(report))


class _Objective(pytest.Collector):
    """An objective, which holds its checks."""

    def __init__(self, *, kit: Kit, **parts: Any) -> None:
        super().__init__(**parts)
        self._kit = kit

    def collect(self) -> Iterator[pytest.Item]:
        from moss_core.testing import CHECKS

        for name in CHECKS:
            yield _Check.from_parent(self, name=name, kit=self._kit)


class _Check(pytest.Item):
    """One check of an objective."""

    def __init__(self, *, kit: Kit, **parts: Any) -> None:
        super().__init__(**parts)
        self._kit = kit

    def runtest(self) -> None:
        check = self._kit.run(self.name)
        if check.passed is None:
            pytest.skip(check.message)
        if not check.passed:
            pytest.fail(check.message, pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        return _NAME, None, self.nodeid
