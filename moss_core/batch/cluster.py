"""The rows of a batch on a cluster, by Dask (https://distributed.dask.org).

A worker that is lost is no loss: Dask hands its row to another one, up to three times, and that one
goes on from what lies in the row's folder. So all machines must see the same folders. How far the
rows are is read from there, too, and needs no messages.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from moss_core.batch.job import Do, Job, Stop, StopFile
from moss_core.batch.place import Place
from moss_core.errors import MossError
from moss_core.machine import AT_REST, crew, free_memory, logger
from moss_core.words import bytes_text, count_text

if TYPE_CHECKING:  # an extra, and a second to import
    from distributed import Client, Future

MEMORY = "MEMORY"
"""What a worker's resource is called from which each row takes the bytes that it needs."""
_LOOK_SECONDS, _PATIENCE = 0.5, 30.0
_LOOK_FOR_WORKERS_SECONDS = 10.0
_FOR_ROWS = 0.9  # of the free memory; the rest is the scheduler's, and the system's


@contextmanager
def own_cluster(workers: int) -> Iterator[str]:
    """Start workers on this machine; give the address of their scheduler.

    Args:
        workers: how many; they share out the cores and the memory that is free.

    Raises:
        MossError: where Dask is not installed.
    """
    dask, distributed = _dask()
    memory = int(_FOR_ROWS * free_memory(torch.device("cpu")) / workers)
    cores = max(1, crew().size // workers)
    told: dict[str, object] = {
        f"distributed.nanny.pre-spawn-environ.{name}": cores
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
    }
    # Rows take no more than there is, as their resources say. What a process keeps of its last row
    # may be more than Dask lets a worker have that is to take another one: it would wait for good.
    told["distributed.worker.memory.pause"] = False
    with (
        dask.config.set(told),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=memory,
            resources={MEMORY: memory},
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            preload=["moss_core.batch.worker"],
        ) as cluster,
    ):
        yield cluster.scheduler_address


def on_cluster(
    jobs: Sequence[Job],
    do: Do,
    place: Place,
    address: str,
    stop: Stop,
    tell: Callable[[float, str], None],
) -> None:
    """Do rows on the workers of a scheduler, until something asks for an end.

    Args:
        jobs: the rows.
        do: does one; the workers import it.
        place: folder of the batch, which all workers see.
        address: of the scheduler.
        stop: says when to end: the rows at work end after their step, and are kept.
        tell: is told how much of the work is done, 0 to 1, and what is at work.

    Raises:
        MossError: where Dask is not installed, or the scheduler does not answer, or not any more.
    """
    with _client(address) as client:
        _Rows(client, jobs, do, place, tell).carry_out(stop)


@contextmanager
def _client(address: str) -> Iterator[Client]:
    _, distributed = _dask()
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise MossError(
            f"scheduler {address}",
            f"must answer within {_PATIENCE:.0f} s",
            str(error) or type(error).__name__,
            "Check the address; `dask scheduler` prints it: tcp://HOST:8786.",
        ) from error
    with client, _quiet():
        yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Let Dask print nothing: what matters of it is told in words."""
    before = [(one, one.level) for one in logging.getLogger("distributed").handlers]
    for handler, _ in before:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in before:
            handler.setLevel(level)


def _dask() -> tuple[Any, Any]:
    try:
        import dask
        import distributed
    except ImportError as error:
        raise MossError(
            "--scheduler and --workers",
            "need Dask",
            "none",
            "Install it: pip install 'moss-sound[cluster]'. Without it, leave them out: rows are "
            "then done one after the other.",
        ) from error
    return dask, distributed


class _Rows:
    """The rows that a cluster has to do."""

    def __init__(
        self,
        client: Client,
        jobs: Sequence[Job],
        do: Do,
        place: Place,
        tell: Callable[[float, str], None],
    ) -> None:
        self._client, self._jobs, self._do, self._place, self._tell = client, jobs, do, place, tell
        self._ended, self._lost, self._event = 0, False, threading.Event()
        self._open: dict[Future, Job] = {}
        self._total = sum(1 + job.work for job in jobs)
        self._finished = 0.0
        self._asked_at, self._held_up = time.monotonic(), ""

    def carry_out(self, stop: Stop) -> None:
        asks = StopFile(self._place.folder / f".stop-{secrets.token_hex(8)}")
        try:
            if self._wait_for_workers(stop):
                self._submit(asks)
                self._until_done(stop, asks)
            if self._lost and not stop.asked:
                raise MossError(
                    "scheduler",
                    "must be there until all rows are done",
                    "none any more",
                    "Start it again, and the batch: it goes on from what was learned.",
                )
        finally:
            asks.path.unlink(missing_ok=True)

    def _workers(self) -> Collection[Mapping[str, Any]]:
        found: Mapping[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return found.values()

    def _wait_for_workers(self, stop: Stop) -> bool:
        """Wait for the first worker, which on a cluster may take its time; whether it came."""
        while not stop.asked:
            if self._workers():
                return True
            self._tell(0.0, "waiting for the first worker")
            time.sleep(_LOOK_SECONDS)
        return False

    def _submit(self, asks: StopFile) -> None:
        workers = self._workers()
        shared = all(MEMORY in (worker.get("resources") or {}) for worker in workers)
        room = max(_room(worker, shared) for worker in workers)
        for job in self._jobs:
            need = AT_REST + job.memory
            if need > room:
                self._fail(
                    job,
                    f"row {job.number}: must fit into {bytes_text(room)} of memory, the most that "
                    f"a worker has for a row; found that it needs about {bytes_text(need)}. Start "
                    "larger workers, or learn fewer candidates on a shorter canvas.",
                )
                self._note_ended(job)
                continue
            future = self._client.submit(
                self._do,
                job,
                asks,
                key=f"moss-{job.name}-{secrets.token_hex(4)}",
                resources={MEMORY: need} if shared else None,
                pure=False,
            )
            self._open[future] = job
            future.add_done_callback(lambda future: self._event.set())

    def _until_done(self, stop: Stop, asks: StopFile) -> None:
        until = math.inf
        while self._open and time.monotonic() < until:
            self._event.wait(_LOOK_SECONDS)
            self._event.clear()
            for future in [future for future in self._open if future.done()]:
                self._take(future, self._open.pop(future))
            self._show()
            if stop.asked and not asks.asked:
                asks.path.touch()
                until = time.monotonic() + _PATIENCE

    def _take(self, future: Future, job: Job) -> None:
        if future.status == "finished":
            ended = future.result(timeout=_PATIENCE).state in ("done", "failed")
            if ended:
                self._note_ended(job)
            return
        if future.status != "error":  # with the scheduler, all that it knew of is gone
            self._lost = True
            return
        self._note_ended(job)
        error = future.exception(timeout=_PATIENCE)
        logger.warning("row %d: %s", job.number, type(error).__name__)
        if type(error).__name__ == "KilledWorker":
            self._fail(
                job,
                "the workers that did it were lost, one after the other. It needs about "
                f"{bytes_text(AT_REST + job.memory)} of memory: start larger workers.",
            )
        else:
            self._fail(job, f"its worker failed: {type(error).__name__}: {error}")

    def _note_ended(self, job: Job) -> None:
        self._finished += 1 + job.work
        self._ended += 1

    def _fail(self, job: Job, reason: str) -> None:
        self._place.mark(job.name, job.made_of, "failed", reason)

    def _show(self) -> None:
        """Tell what the rows' folders say."""
        done, at_work = self._finished, []
        begun = {one.name for one in self._place.glance() if one.state == "begun"}
        for job in self._open.values():
            if job.name not in begun:
                continue
            at_work.append(job.name)
            if manifest := self._place.manifest(job.name):
                done += (1 + job.work) * manifest.steps / max(1, manifest.planned)
        words = f"{self._ended} of {count_text(len(self._jobs), 'row')}"
        words += f", at work: {', '.join(at_work[:3])}" if at_work else ""
        words += f" and {len(at_work) - 3} more" if len(at_work) > 3 else ""
        if at_work or not self._open:
            self._asked_at, self._held_up = time.monotonic(), ""
        elif time.monotonic() - self._asked_at > _LOOK_FOR_WORKERS_SECONDS:
            self._asked_at, self._held_up = time.monotonic(), self._ask_workers()
        words += self._held_up
        self._tell(min(1.0, done / self._total), words)

    def _ask_workers(self) -> str:
        """Say why no row is at work where Dask lets no worker begin one; it may take seconds."""
        workers = self._workers()
        if workers and all(worker.get("status") == "paused" for worker in workers):
            return ", waiting: every worker is paused, as its memory is nearly full"
        return "" if workers else ", waiting: there is no worker"


def _room(worker: Mapping[str, Any], shared: bool) -> float:
    """Return the bytes that a row may take of a worker, which does one a thread at once."""
    limit = float(worker.get("memory_limit") or math.inf)
    if shared:
        return min(limit, float(worker["resources"][MEMORY]))
    return limit / max(1, int(worker.get("nthreads") or 1))
