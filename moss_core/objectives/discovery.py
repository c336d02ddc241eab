"""Loads the plugins that are installed, each on its own."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pluggy

from moss_core.errors import MossError
from moss_core.machine import DISTRIBUTION, Known, logger
from moss_core.objectives import hookspecs
from moss_core.objectives.contract import CONTRACT, Objective
from moss_core.objectives.guard import PATIENCE, Guard
from moss_core.objectives.installed import Installed, InstalledViewer, PluginFailure, Plugins
from moss_core.objectives.viewer import Viewer

ENTRY_POINT_GROUP = "moss"


def discover(earlier: Plugins | None = None) -> Plugins:
    """Load every plugin in the entry-point group "moss", each on its own.

    A plugin that fails to import or to list what it offers, or takes too long, becomes a
    `PluginFailure` and does not keep the others from loading; so does the second of two plugins
    with one entry-point name and the second of two objectives, or two viewers, with one name.
    MOSS's own come first, then the others by distribution name.

    Args:
        earlier: what this process found before. Python does not load a module twice, so a plugin
            that was exchanged for another version since then stays what it was, and is named.
    """
    importlib.invalidate_caches()
    guard = Guard()
    installed: dict[str, Installed] = {}
    viewers: dict[str, InstalledViewer] = {}
    failures: list[PluginFailure] = []
    loaded: dict[str, str] = {}
    running = {
        (i.distribution, i.entry_point): i.version
        for known in ((earlier.installed, earlier.viewers) if earlier else ())
        for i in known.values()
    }
    for entry_point, distribution, version in _entry_points(failures):
        source = f"{distribution} {version}"
        if entry_point.name in loaded:
            reason = f"the entry-point name is taken by {loaded[entry_point.name]}"
            failures.append(PluginFailure(entry_point.name, source, reason))
            continue
        loaded[entry_point.name] = source
        try:
            offered = guard.call(
                partial(_offered, entry_point), PATIENCE, f"plugin {entry_point.value}"
            )
        except (Exception, SystemExit) as error:  # other people's code, which may also exit
            reason, details = _reason(error, entry_point), traceback.format_exc()
            failures.append(PluginFailure(entry_point.name, source, reason, details))
            continue
        runs = running.get((distribution, entry_point.name), version)
        if runs != version:
            reason = f"{runs} is what runs until MOSS is restarted"
            failures.append(PluginFailure(entry_point.name, source, reason))
        place = distribution, runs, entry_point.name
        for thing in offered:
            kind = "objective" if isinstance(thing, Objective) else "viewer"
            others: Mapping[str, Installed | InstalledViewer]
            others = installed if kind == "objective" else viewers
            if thing.name in others:
                taken = others[thing.name]
                reason = f"the {kind} name is taken by {taken.distribution} {taken.version}"
                failures.append(PluginFailure(thing.name, source, reason))
            elif isinstance(thing, Objective):
                installed[thing.name] = Installed(thing, *place)
            else:
                viewers[thing.name] = InstalledViewer(thing, *place)
    logger.info("objectives that are installed: %s", Known(", ".join(installed)))
    logger.info("viewers that are installed: %s", Known(", ".join(viewers)))
    for failed in failures:
        told = failed.name, failed.distribution, failed.reason, failed.details
        logger.warning("plugin %s of %s failed: %s\n%s", *map(Known, told))
    return Plugins(installed, tuple(failures), viewers)


def fingerprint() -> tuple[tuple[str, int], ...]:
    """Return what changes when a package is installed, exchanged or removed: cheap to compare."""
    folders = [Path(entry) for entry in sys.path]
    return tuple((str(path), path.stat().st_mtime_ns) for path in folders if path.is_dir())


def _reason(error: BaseException, entry_point: EntryPoint) -> str:
    reason = f"{type(error).__name__}: {error}"
    if not isinstance(error, ImportError):
        return reason
    package = (error.name or "").partition(".")[0]
    if package == "moss_core":
        reason += f" (is it for another version of MOSS? This one has contract {CONTRACT})"
    elif package == entry_point.module.partition(".")[0]:
        reason += " (if it was installed by `pip install -e` just now, restart MOSS)"
    return reason


def _entry_points(failures: list[PluginFailure]) -> list[tuple[EntryPoint, str, str]]:
    found: dict[tuple[str, str, str], tuple[EntryPoint, str, str]] = {}
    for distribution in distributions():
        name, version = "an unnamed distribution", "without a version"
        try:
            # A folder that an interrupted installation left behind has no metadata at all. That is
            # an error once the package `importlib_metadata` is imported, by Dask for one.
            with suppress(FileNotFoundError):
                name = distribution.metadata.get_all("Name", [name])[0]
                version = distribution.metadata.get_all("Version", [version])[0]
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
    return sorted(found.values(), key=lambda item: (item[1] != DISTRIBUTION, item[1]))


def _offered(entry_point: EntryPoint) -> list[Objective | Viewer]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.register(entry_point.load(), entry_point.name)
    # Before the hooks are checked: a newer contract may have others.
    if hasattr(manager.hook, "moss_contract"):
        _check_contract(entry_point, manager.hook.moss_contract())
    manager.add_hookspecs(hookspecs)
    manager.check_pending()
    hooks: dict[str, type[Objective] | type[Viewer]] = {
        "moss_objectives": Objective,
        "moss_viewers": Viewer,
    }
    listed: list[Objective | Viewer] = []
    for hook, kind in hooks.items():
        for thing in (thing for answer in getattr(manager.hook, hook)() for thing in answer):
            if not isinstance(thing, kind):
                raise MossError(
                    f"hook {hook} of {entry_point.value}",
                    f"must return a list of moss_core.{kind.__name__}",
                    f"a {type(thing).__name__} in it",
                    f"Wrap it in {kind.__name__}(...).",
                )
            listed.append(thing)
    if not listed:
        raise MossError(
            f"plugin {entry_point.value}",
            "must offer an objective or a viewer",
            "none",
            "Give it a function moss_objectives() or moss_viewers() marked with "
            "@moss_core.hookimpl.",
        )
    return listed


def _check_contract(entry_point: EntryPoint, answers: list[object]) -> None:
    for contract in answers:
        if not isinstance(contract, int) or not 1 <= contract <= CONTRACT:
            raise MossError(
                f"plugin {entry_point.value}",
                f"must be written for a contract that this MOSS keeps: {CONTRACT} or older",
                f"contract {contract}",
                "Update MOSS, or install an older version of the plugin.",
            )
