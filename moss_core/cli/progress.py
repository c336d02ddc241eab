"""How far work is and how long it will take: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from moss_core.optimization import Record, Run

LINE_SECONDS = 5.0
"""Where nobody sees a bar, at least so often a line says that work goes on."""
_PATIENCE = 3.0  # seconds, after which it is said what is waited for
_BAR = 12  # letters: with all that stands beside it, it fits in 80 columns


@contextmanager
def learning(run: Run) -> Iterator[Callable[[Record], None]]:
    """Show how a run learns; is told each step."""
    before = time.monotonic()

    def words(record: Record) -> str:
        nonlocal before
        now = time.monotonic()
        left, before = (now - before) * run.work_left, now
        front = run.state.front
        shares = str(front.shares(record.losses[front.opening])).lower()
        return f"step {record.step} of {run.planned}, {_clock(left)} left, {shares}"

    if sys.stdout.isatty():
        with click.progressbar(
            length=run.planned + 1 - len(run.history),
            label="Learning",
            width=_BAR,
            show_percent=False,
            show_eta=False,
            item_show_func=lambda told: told,
        ) as bar:
            yield lambda record: bar.update(1, words(record))
        return
    with _Lines("Learning", "the crossfade first") as lines:
        yield lambda record: lines.put(words(record))


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """Show how far some work is; is told a share of it, 0 to 1, by any thread."""
    with telling(label) as tell:
        yield lambda done: tell(done, "")


@contextmanager
def telling(label: str) -> Iterator[Callable[[float, str], None]]:
    """Show how far some work is, and what is at work; is told a share, 0 to 1, by any thread."""
    began, lock = time.monotonic(), threading.Lock()

    def told(done: float, words: str) -> str:
        seconds = (time.monotonic() - began) * (1 - done) / max(done, 1e-3)
        left = f"{_clock(seconds)} left" if 0 < done < 1 else ""
        return ", ".join(filter(None, (left, words)))

    if sys.stdout.isatty():
        with click.progressbar(
            length=1000, label=label, width=_BAR, show_eta=False, item_show_func=lambda told: told
        ) as bar:

            def show(done: float, words: str) -> None:
                with lock:
                    bar.update(round(1000 * done) - bar.pos, told(done, words))

            yield show
        return
    with _Lines(label) as lines:
        yield lambda done, words: lines.put(
            ", ".join(filter(None, (f"{100 * done:.0f} %", told(done, words))))
        )


@contextmanager
def waiting(label: str) -> Iterator[None]:
    """Say what is waited for, where that is more than a moment."""
    with _Lines(label, patience=_PATIENCE):
        yield


class _Lines:
    """Says what is done: at least every `LINE_SECONDS`, and in the end how far it came.

    A thread of its own says it again where a step, or a file, takes longer.

    Args:
        label: of the work.
        words: how far it is.
        patience: seconds before the first line.
    """

    def __init__(self, label: str, words: str = "", patience: float = 0.0) -> None:
        self._label, self._words = label, words
        self._began = time.monotonic()
        self._due = self._began + patience
        self._new, self._ended, self._lock = False, threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._go_on, name="moss-lines", daemon=True)

    def __enter__(self) -> _Lines:
        self._say_if_due()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._new:
            self._say()

    def put(self, words: str) -> None:
        """Say how far it is, if it is time for a line."""
        with self._lock:
            self._words, self._new = words, True
        self._say_if_due()

    def _go_on(self) -> None:
        while not self._ended.wait(max(0.0, self._due - time.monotonic())):
            self._say_if_due()

    def _say_if_due(self) -> None:
        with self._lock:
            if time.monotonic() >= self._due:
                self._say()

    def _say(self) -> None:
        now = time.monotonic()
        taken = f"{_clock(now - self._began)} so far" if now - self._began >= 1 else ""
        told = ", ".join(filter(None, (self._words, taken)))
        click.echo(f"{self._label}: {told}" if told else f"{self._label} ...")
        self._due, self._new = now + LINE_SECONDS, False


def _clock(seconds: float) -> str:
    """Return a time as clocks show it: "1:05", "1:02:03"."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
