"""The hooks by which a plugin offers objectives and viewers (pluggy project name "moss")."""

from __future__ import annotations

import pluggy

from moss_core.objectives.contract import Objective
from moss_core.objectives.viewer import Viewer

PROJECT = "moss"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Decorator that marks a plugin's implementation of a hook."""


@hookspec
def moss_objectives() -> list[Objective]:  # type: ignore[empty-body]
    """Return the objectives that this plugin offers."""


@hookspec
def moss_viewers() -> list[Viewer]:  # type: ignore[empty-body]
    """Return the viewers that this plugin offers."""


@hookspec
def moss_contract() -> int:  # type: ignore[empty-body]
    """Return the contract that this plugin was written for (`contract.CONTRACT`), 1 if left out.

    It is called before the others, so that a plugin for a newer MOSS is named as such.
    """
