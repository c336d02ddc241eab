"""The one hook by which a plugin offers its objectives (pluggy project name "moss")."""

from __future__ import annotations

import pluggy

from moss_core.objectives.contract import Objective

PROJECT = "moss"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Decorator that marks a plugin's implementation of a hook."""


@hookspec
def moss_objectives() -> list[Objective]:  # type: ignore[empty-body]
    """Return the objectives that this plugin offers."""


@hookspec
def moss_contract() -> int:  # type: ignore[empty-body]
    """Return the contract that this plugin was written for (`contract.CONTRACT`), 1 if left out.

    It is called before `moss_objectives`, so that a plugin for a newer MOSS is named as such.
    """
