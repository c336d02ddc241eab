"""The rows of a batch one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from moss_core.batch.job import Do, Job, Stop


def one_by_one(jobs: Sequence[Job], do: Do, stop: Stop, tell: Callable[[float, str], None]) -> None:
    """Do rows one after the other, until something asks for an end.

    Args:
        jobs: the rows.
        do: does one.
        stop: says when to end.
        tell: is told how much of the work is done, 0 to 1, and what is at work.
    """
    total, before = sum(1 + job.work for job in jobs), 0.0
    for number, job in enumerate(jobs, 1):
        if stop.asked:
            return
        words, share = f"{number} of {len(jobs)}, {job.name}", (1 + job.work) / total
        tell(before, words)
        do(job, stop, lambda done, b=before, s=share, w=words: tell(b + s * done, w))  # type: ignore[misc]
        before += share
    tell(1.0, "")
