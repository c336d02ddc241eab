"""What a visitor may take of this server (`Limits`), checked before it is taken, and in words."""

from __future__ import annotations

import math
import os
import time
from contextlib import suppress
from pathlib import Path

from background.health.keeper import weight
from moss_core.errors import MossError
from moss_core.machine import Limits, data_folder, limits
from moss_core.optimization import Cost, check_fits
from moss_core.words import count_text, percent_text
from session.workspace import WORKSPACES

MEGABYTE = 1_000_000
_DAY_SECONDS = 86_400
# What was deleted can be brought back for a day, and must not keep its visitor from going on.
_DELETED = ".deleted"
_FRESH_SECONDS = 30.0
_measured: dict[Path, tuple[float, int]] = {}


def check_run(cost: Cost, steps: int) -> None:
    """Raise MossError where one run may not take what it costs, or does not fit into memory.

    Args:
        cost: of the run.
        steps: that it learns.
    """
    allowed = limits()
    if cost.seconds > allowed.section_s:
        raise MossError(
            "painted part of the track",
            f"must be at most {allowed.section_s:.0f} s on this server",
            f"{cost.seconds:.1f} s",
            "Make the box shorter.",
        )
    if cost.work > allowed.work:
        fewer = math.floor(steps * allowed.work / cost.work)
        raise MossError(
            "run",
            "must take no more than this server gives to one",
            f"{percent_text(cost.work / allowed.work)} of it",
            f"Lower the steps to {fewer}, or take fewer candidates or a shorter part."
            if fewer
            else "Take fewer candidates or a shorter part.",
        )
    check_fits(cost)


def run_words(cost: Cost) -> str:
    """Return how much of what one run may take a run costs; "" where nothing limits it."""
    allowed = limits()
    if math.isinf(allowed.work):
        return ""
    return (
        f"This server is shared: it takes {percent_text(max(0.01, cost.work / allowed.work))} of "
        f"what a run may, and about {cost.memory / MEGABYTE:,.0f} MB of memory; up to "
        f"{allowed.section_s:.0f} s can be painted."
    )


def check_room(folder: Path, more: int = 1) -> None:
    """Raise MossError where a library may not take a run.

    Args:
        folder: of the library.
        more: how many runs are to be taken in.
    """
    allowed = limits()
    runs, used = len(runs_in(folder)), bytes_in(folder, _DELETED)
    for thing, most, found, unit in (
        ("your Library", allowed.runs_each, runs + more - 1, "runs"),
        ("your Library", allowed.disk_mb_each, used / MEGABYTE, "MB"),
    ):
        if found >= most:
            raise MossError(
                thing,
                f"must hold at most {most:,.0f} {unit} on this server",
                f"{found:,.0f}",
                "Take runs home, and delete some there.",
            )
    if math.isfinite(allowed.disk_mb) and _all_bytes() / MEGABYTE >= allowed.disk_mb:
        raise MossError(
            "disk of this server",
            f"must hold at most {allowed.disk_mb:,.0f} MB of runs",
            "that much, of all visitors",
            f"Runs go {allowed.keep_days:.0f} days after their last use; try again tomorrow.",
        )


def room_words(folder: Path) -> str:
    """Return how much of what a library may hold it does; "" where nothing limits it."""
    allowed = limits()
    if math.isinf(allowed.runs_each) or math.isinf(allowed.disk_mb_each):
        return ""
    kept = f"{len(runs_in(folder))} of {count_text(int(allowed.runs_each), 'run')}"
    size = f"{bytes_in(folder, _DELETED) / MEGABYTE:,.0f} of {allowed.disk_mb_each:,.0f} MB"
    return f"{kept} and {size} are used."


def upload_mb(most: int) -> int:
    """Return how many megabytes a file may have, where a page takes as many as `most`."""
    return int(min(most, limits().upload_mb))


def runs_in(folder: Path) -> list[Path]:
    """Return the folders of the runs in a library."""
    try:
        return [path for path in folder.iterdir() if path.name[0] != "." and path.is_dir()]
    except OSError:
        return []


def last_used(run: Path) -> float:
    """Return when a run was last written or opened, seconds since 1970; 0 if it is gone."""
    found = 0.0
    for path in (run, run / "run.json"):
        with suppress(OSError):
            found = max(found, path.stat().st_mtime)
    return found


def note_opened(run: Path) -> None:
    """Note that a run is opened, from which its days are counted anew."""
    with suppress(OSError):
        os.utime(run)


def days_left(run: Path, allowed: Limits | None = None) -> float:
    """Return for how many days a run is kept if nobody opens it; infinite where it stays."""
    keep = (allowed or limits()).keep_days
    return keep - (time.time() - last_used(run)) / _DAY_SECONDS


def bytes_in(folder: Path, skip: str = "") -> int:
    """Return how many bytes lie in a folder, as counted in the last half minute.

    Args:
        folder: any one; one that is not there holds none.
        skip: name of folders that do not count.
    """
    known = _measured.get(folder)
    if known and time.monotonic() - known[0] < _FRESH_SECONDS:
        return known[1]
    size = weight(folder, skip)
    if len(_measured) > 1000:
        _measured.clear()
    _measured[folder] = time.monotonic(), size
    return size


def _all_bytes() -> int:
    return bytes_in(data_folder() / WORKSPACES)
