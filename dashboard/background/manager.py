"""Keeps the jobs of a process: takes new ones, finds them again, forgets the oldest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from logging import INFO, WARNING
from pathlib import Path

import torch

from background.encodings import kept_encodings
from background.job import Job
from background.snapshots import Request
from background.turns import Takes, Turns
from moss_core.errors import MossError
from moss_core.machine import (
    Known,
    limits,
    logger,
    report,
    room_for_rest,
    room_for_run,
    spare_collection,
    tidy_memory,
)
from moss_core.objectives import Plugins
from moss_core.optimization import Run, RunConfig
from moss_core.runs import hybrid_stretch
from moss_core.synthesis import Image, Track
from moss_core.words import minutes_text

MAX_KEPT = 4
WARM_UP_SECONDS = 5.0
_TOGETHER = 0.7
"""Share of what one run may take that several may: their visitors' pages take the rest."""
_UNSAVED_HOURS = 12
"""How long a run stays that could not be saved, and that nobody looks at."""
_UNSEEN_SECONDS = 30.0
"""How long nobody has looked at a run at rest that goes by itself."""


class JobManager:
    """Starts jobs and keeps them.

    Args:
        max_kept: runs at rest whose results stay available.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        max_kept: int = MAX_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_kept = max_kept
        self._clock = clock
        self._turns = Turns(room=lambda: _TOGETHER * room_for_run()[0])
        self._kept = kept_encodings()
        self._jobs: dict[str, Job] = {}
        self._changing = threading.Lock()
        self._warming: threading.Thread | None = None
        self._warm = False

    def warm_up(self, plugins: Plugins) -> None:
        """Load in the background what the first run would wait for, and what it would compile."""
        self._warming = threading.Thread(target=self._warm_up, args=(plugins,), daemon=True)
        self._warming.start()

    @property
    def cold(self) -> bool:
        """Whether that did not work: its thread has died."""
        return bool(self._warming and not self._warming.is_alive() and not self._warm)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that are kept."""
        return tuple(self._jobs.values())

    @property
    def seconds_left(self) -> float:
        """How long it is until a first run can begin, at most: a member of the line itself."""
        return WARM_UP_SECONDS

    @property
    def takes(self) -> Takes:
        """What it takes of the memory: little beside a run."""
        return Takes()

    def _warm_up(self, plugins: Plugins) -> None:
        try:
            self._load(plugins)
            self._warm = True
        except Exception as error:  # nobody waits for this thread: it would end unseen
            report("the warm-up", error)

    def _load(self, plugins: Plugins) -> None:
        pixels = torch.linspace(0, 1, 64 * 64).reshape(64, 64)
        samples = torch.sin(torch.arange(32_000) ** 1.5 / 400)[None]
        # Runs say what is wrong.
        with self._turns.turn(self, None, lambda: True), suppress(MossError):
            run = Run(
                Image(pixels, "warm-up", ""),
                Track(samples, 32_000, "warm-up", ""),
                RunConfig(candidates=1, steps=0),
                plugins,
            )
            run.step()
            hybrid_stretch(run, run.state.waveform[0])
        spare_collection()

    def submit(self, request: Request, folder: Path | None = None) -> Job:
        """Start a run, or open one that lies in its folder, unless it is open already.

        Args:
            request: what to run.
            folder: where it is kept, not there yet unless the request opens it; None: nowhere.

        Raises:
            MossError: if too many learn or wait already, of all visitors or of this one.
        """
        with self._changing:
            known = self.find(folder.name) if folder else None
            if known and known.folder == folder and known.look().phase != "failed":
                return known
            if not request.opens:
                self._check_line(folder)
            job = Job(request, self._turns, folder, self._clock, self._kept)
            self._jobs[job.token] = job
            logger.info("%s: run %s", Known("opened" if request.opens else "new"), Known(job.token))
            self._forget()
        return job

    def _check_line(self, folder: Path | None) -> None:
        """Refuse one more run where the line is full (`Limits`), and say when it is not."""
        allowed = limits()
        in_line = [job for job in self._jobs.values() if job.at_work]
        visitor = folder.parent if folder else None
        own = [job for job in in_line if job.folder and job.folder.parent == visitor]
        for thing, most, jobs, remedy in (
            ("your runs that learn or wait", allowed.runs_in_line_each, own, "Pause one in Studio"),
            ("line of runs", allowed.runs_in_line, in_line, "Other people's runs come first"),
        ):
            if len(jobs) >= most:
                logger.warning("a run was refused: %s: %d already", Known(thing), len(jobs))
                ends = [wait.end for job in jobs if (wait := job.wait)]
                when = minutes_text(min(ends, default=60.0))
                rule = f"must be at most {most:.0f}"
                raise MossError(thing, rule, len(jobs), f"{remedy}; a place is free in {when}.")

    def find(self, token: str | None) -> Job | None:
        """Return the job of this token, if it is still kept."""
        return self._jobs.get(token or "")

    def close(self) -> None:
        """Stop everything."""
        with self._changing:
            for job in self._jobs.values():
                job.stop()
            for job in self._jobs.values():
                job.close()
        if self._warming:
            self._warming.join()

    def tidy(self) -> None:
        """Let go of runs at rest that nobody looks at, where they have no room; now and then."""
        with self._changing:
            self._forget(_UNSEEN_SECONDS)

    def _forget(self, unseen: float = 0.0) -> None:
        """Let go of the runs at rest that were not looked at for the longest time.

        As many stay as were asked for, and as have room; those that lie in a folder are opened
        again when somebody comes back. One that could not be saved stays for a while.

        Args:
            unseen: seconds for which nobody has looked at what may go.
        """
        resting = sorted(
            (job for job in self._jobs.values() if not job.at_work and self._may_go(job)),
            key=lambda job: job.seen,
            reverse=True,
        )
        room, gone = room_for_rest(), []
        for number, job in enumerate(resting):
            room -= job.held
            no_room = number >= self._max_kept or (number and room < 0)
            if no_room and self._clock() - job.seen >= unseen:
                gone.append(job)
        for job in gone:
            del self._jobs[job.token]
            words = "let go of run %s" if job.safe else "let go of run %s, which was never saved"
            logger.log(INFO if job.safe else WARNING, words, Known(job.token))
            job.let_go()
        if gone:
            tidy_memory()

    def _may_go(self, job: Job) -> bool:
        """Whether a run may be let go of: one that is saved, or that nobody came back to."""
        unseen = self._clock() - job.seen
        return job.safe or unseen > min(_UNSAVED_HOURS * 3600, limits().keep_days * 86_400)
