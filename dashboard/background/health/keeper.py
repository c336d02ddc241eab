"""Looks at the server every few seconds, and writes what it saw into the data folder."""

from __future__ import annotations

import os
import shutil
import threading
import time
from dataclasses import replace
from functools import cache
from math import isinf
from pathlib import Path

import psutil

from background.job import Job
from background.manager import JobManager
from moss_core.errors import MossError
from moss_core.machine import (
    LATE_SECONDS,
    STATE_SECONDS,
    Server,
    data_folder,
    forget_server,
    known_servers,
    limits,
    profile,
    recent_failures,
    report,
    write_server,
)
from moss_core.runs import version_of
from moss_core.words import count_text

LEAST_FREE = 100_000_000
"""Bytes that have to be free on the disk: a run needs some."""
_WEIGH_SECONDS, _WEIGH_SHARE = 60.0, 100
"""The data folder is weighed after so many seconds, or so many times as long as that takes."""


class Keeper:
    """Knows how the server is, without looking again whenever somebody asks."""

    def __init__(self) -> None:
        self._itself = Server(version=version_of())
        self._latest = replace(self._itself, written=time.time())
        self._manager: JobManager | None = None
        self._process = psutil.Process()
        self._ended = threading.Event()
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._weighed, self._weigh_at = 0, 0.0

    def start(self) -> None:
        """Begin to look, unless it does; what dead servers left behind is removed."""
        with self._changing:
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="moss-keeper", daemon=True)
                self._thread.start()

    def watch(self, manager: JobManager) -> None:
        """Look at this manager's runs too, from now on."""
        self._manager = manager

    def close(self) -> None:
        """End, and remove what was written: a server that ends well leaves nothing."""
        self._ended.set()
        if self._thread:
            self._thread.join()
        try:
            forget_server(self._itself)
        except OSError:
            return  # a folder that cannot be written to any more: it is told as dead

    @property
    def latest(self) -> Server:
        """How the server was when it was looked at last."""
        return self._latest

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not well with the server now, in words; costs nothing."""
        if self._thread is None:
            return ("nobody looks after it",)
        return self._latest.as_found().problems

    def seen(self) -> Server:
        """Return how the server was a moment ago; it is looked at where nothing does so by itself.

        A host that runs the page's file, and not MOSS's server, does not start the keeper.
        """
        return self._latest if self._thread and self._latest.profile else self.look()

    def look(self) -> Server:
        """Look at the server, write down how it is, and return it."""
        free, problems = self._look_around()
        jobs = self._manager.jobs if self._manager else ()
        waits = [job.wait for job in jobs if job.at_work]
        waiting = sum(wait is not None and wait.ahead > 0 for wait in waits)
        found = replace(
            self._itself,
            written=time.time(),
            profile=profile(),
            learning=len(waits) - waiting,
            waiting=waiting,
            kept=len(jobs),
            memory=self._process.memory_info().rss,
            threads=self._process.num_threads(),
            free=free,
            data=self._weigh(),
            problems=problems,
            failures=recent_failures(),
        )
        try:
            ceiling = limits().memory_mb
            found = replace(found, ceiling=None if isinf(ceiling) else round(ceiling * 1e6))
        except MossError as error:
            found = _with_problem(found, f"{error.thing} {error.rule}")
        try:
            write_server(found)
        except OSError as error:
            words = f"the data folder cannot be written to ({error.strerror})"
            found = _with_problem(found, words)
        self._latest = found
        return found

    def _look_around(self) -> tuple[int, tuple[str, ...]]:
        """Return how many bytes are free on the disk, and what is not well."""
        jobs = self._manager.jobs if self._manager else ()
        free, stuck = free_on_disk(data_folder()), sum(map(is_stuck, jobs))
        problems = {
            "what runs need could not be loaded": self._manager and self._manager.cold,
            f"{count_text(stuck, 'run')} should learn and cannot": stuck,
            f"only {free / 1e6:.0f} MB are free on the disk": free < LEAST_FREE,
        }
        return free, tuple(words for words, there in problems.items() if there)

    def _weigh(self) -> int:
        """Return how many bytes the data folder has; of late, where it is large."""
        began = time.monotonic()
        if began >= self._weigh_at:
            self._weighed = weight(data_folder())
            now = time.monotonic()
            self._weigh_at = now + max(_WEIGH_SECONDS, _WEIGH_SHARE * (now - began))
        return self._weighed

    def _keep(self) -> None:
        _forget_dead()
        while not self._ended.is_set():
            try:
                self.look()
                if self._manager:
                    self._manager.tidy()
            except Exception as error:  # one look that failed is told, and the next one follows
                report("a look at the server", error)
                self._ended.wait(LATE_SECONDS)
            self._ended.wait(STATE_SECONDS)


@cache
def keeper() -> Keeper:
    """Return what looks after this process's server."""
    return Keeper()


def is_stuck(job: Job) -> bool:
    """Return whether a run should learn and does not; an objective that takes long is no death."""
    return job.heart.stopped and job.at_work and not job.waits_for


def free_on_disk(folder: Path) -> int:
    """Return how many bytes are free where a folder is, or will be; 0 if nobody can tell."""
    try:
        nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        return shutil.disk_usage(nearest).free
    except OSError:
        return 0


def _with_problem(found: Server, words: str) -> Server:
    return replace(found, problems=(*found.problems, words))


def weight(folder: Path, skip: str = "") -> int:
    """Return how many bytes the files in a folder and below it have; links are not followed.

    Args:
        folder: any one; one that is not there holds none.
        skip: name of folders that do not count.
    """
    found = 0
    for place, folders, names in os.walk(folder):
        if skip in folders:
            folders.remove(skip)
        for name in names:
            try:
                found += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118  # many files: quick
            except OSError:
                continue  # removed just now
    return found


def _forget_dead() -> None:
    """Remove what servers of this machine left behind that were killed."""
    for server in known_servers():
        if not server.alive:
            try:
                forget_server(server)
            except OSError:
                return
