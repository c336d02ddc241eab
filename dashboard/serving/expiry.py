"""Removes what nobody has used for long from a server that is shared; the Library warns before."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
from contextlib import suppress
from pathlib import Path

from moss_core.errors import MossError
from moss_core.machine import data_folder, limits, logger
from session.allowance import days_left, runs_in
from session.links import forget_links
from session.workspace import WORKSPACES

_DAY_SECONDS, _HOUR_SECONDS = 86_400.0, 3_600.0
_DELETED = ".deleted"


async def expire_daily() -> None:
    """Remove what is too old now, and once a day from then on."""
    while True:
        try:
            await asyncio.to_thread(expire)
        except (MossError, OSError) as error:
            logger.warning("what is too old could not be removed: %s", error)
        await asyncio.sleep(_DAY_SECONDS)


def expire() -> int:
    """Remove runs that are too old, what was deleted a day ago, and workspaces that hold nothing.

    Returns:
        How many runs were removed. None are where the profile in force keeps them for good.

    Raises:
        MossError: for settings that are none.
    """
    allowed = limits()
    if math.isinf(allowed.keep_days):
        return 0
    count = 0
    for workspace in runs_in(data_folder() / WORKSPACES):
        for run in runs_in(workspace):
            if days_left(run, allowed) < 0:
                forget_links(run)
                shutil.rmtree(run, ignore_errors=True)
                count += 1
        for run in runs_in(workspace / _DELETED):
            if _age(run) > _DAY_SECONDS:
                shutil.rmtree(run, ignore_errors=True)
        _remove_empty(workspace, allowed.keep_days * _DAY_SECONDS)
    logger.info("%d runs were too old", count)
    return count


def _remove_empty(workspace: Path, keep_seconds: float) -> None:
    """Remove a workspace without a run, once what its visitor brought is as old as a run may be."""
    if runs_in(workspace) or runs_in(workspace / _DELETED):
        return
    left = [path for path in workspace.rglob("*") if path.is_file()]
    youngest = min(map(_age, left or [workspace]), default=0.0)
    if youngest > (keep_seconds if left else _HOUR_SECONDS):
        shutil.rmtree(workspace, ignore_errors=True)


def _age(path: Path) -> float:
    """Return for how many seconds something has been as it is; 0 where that cannot be told."""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0
