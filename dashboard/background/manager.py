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
from background.turns import Turns
from moss_core.errors import MossError
from moss_core.machine import limits, logger, room_for_rest, spare_collection, tidy_memory
from moss_core.objectives import Plugins
from moss_core.optimization import Run, RunConfig
from moss_core.runs import hybrid_stretch
from moss_core.synthesis import Image, Track

MAX_IN_LINE = 5
MAX_KEPT = 4
_UNSAVED_HOURS = 12
"""How long a run stays that could not be saved, and that nobody looks at."""


class JobManager:
    """Starts jobs and keeps them.

    Args:
        max_in_line: runs that may learn or wait to.
        max_kept: runs at rest whose results stay available.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        max_in_line: int = MAX_IN_LINE,
        max_kept: int = MAX_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_in_line = max_in_line
        self._max_kept = max_kept
        self._clock = clock
        self._turns = Turns()
        self._kept = kept_encodings()
        self._jobs: dict[str, Job] = {}
        self._changing = threading.Lock()
        self._warming: threading.Thread | None = None

    def warm_up(self, plugins: Plugins) -> None:
        """Load in the background what the first run would wait for, and what it would compile."""
        self._warming = threading.Thread(target=self._warm_up, args=(plugins,), daemon=True)
        self._warming.start()

    def _warm_up(self, plugins: Plugins) -> None:
        pixels = torch.linspace(0, 1, 64 * 64).reshape(64, 64)
        samples = torch.sin(torch.arange(32_000) ** 1.5 / 400)[None]
        with self._turns.turn(self, lambda: True), suppress(MossError):  # runs say what is wrong
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
            MossError: if too many learn or wait already.
        """
        with self._changing:
            known = self.find(folder.name) if folder else None
            if known and known.folder == folder and known.look().phase != "failed":
                return known
            in_line = sum(job.at_work for job in self._jobs.values())
            if in_line >= self._max_in_line and not request.opens:
                logger.warning("a run was refused: %d learn or wait already", in_line)
                raise MossError(
                    "line of runs",
                    f"must hold at most {self._max_in_line}",
                    in_line,
                    "Other people's runs come first; try again in a minute.",
                )
            job = Job(request, self._turns, folder, self._clock, self._kept)
            self._jobs[job.token] = job
            logger.info("%s: run %s", "opened" if request.opens else "new", job.token)
            self._forget()
        return job

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

    def _forget(self) -> None:
        """Let go of the runs at rest that were not looked at for the longest time.

        As many stay as were asked for, and as have room; those that lie in a folder are opened
        again when somebody comes back. One that could not be saved stays for a while.
        """
        resting = sorted(
            (job for job in self._jobs.values() if not job.at_work and self._may_go(job)),
            key=lambda job: job.seen,
            reverse=True,
        )
        room, gone = room_for_rest(), []
        for number, job in enumerate(resting):
            room -= job.held
            if number >= self._max_kept or (number and room < 0):
                gone.append(job)
        for job in gone:
            del self._jobs[job.token]
            words = "let go of run %s" if job.safe else "let go of run %s, which was never saved"
            logger.log(INFO if job.safe else WARNING, words, job.token)
            job.let_go()
        if gone:
            tidy_memory()

    def _may_go(self, job: Job) -> bool:
        """Whether a run may be let go of: one that is saved, or that nobody came back to."""
        unseen = self._clock() - job.seen
        return job.safe or unseen > min(_UNSAVED_HOURS * 3600, limits().keep_days * 86_400)
