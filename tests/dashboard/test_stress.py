"""A run that many pages command at once: no snapshot is torn, nothing is lost, nobody waits."""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from background.cause import Cause
from background.commands import MAX_PINS
from background.intention import Intention
from background.job import Job
from background.snapshots import Request, Snapshot
from background.turns import Turns
from moss_core import MossError, RunConfig, load
from moss_core.objectives.discovery import discover
from moss_core.runs.library import Library
from sources.source import Source

THREADS, MOST_SECONDS, MOST_ADDED = 8, 120.0, 10
WHAT = (
    *("steer", "steer", "undo", "pin", "unpin", "branch", "fill", "watch", "extend"),
    *("pause", "resume", "resume", "resume", "stop"),
    *("rename", "delete", "see", "hear", "replay", "read"),
)
OFTEN = ("steer", "pin", "fill", "rename", "read")
"""What is to be done more than ten times before the visitors leave."""
OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


def check(snapshot: Snapshot) -> None:
    """Raise AssertionError where a snapshot's parts do not belong together."""
    assert [record.step for record in snapshot.history] == list(range(len(snapshot.history)))
    counts = [len(record.losses) for record in snapshot.history]
    assert counts == sorted(counts)
    assert snapshot.phase != "failed", snapshot.message
    assert not snapshot.save_error
    assert snapshot.saved is None or snapshot.saved <= snapshot.step
    assert all(math.fsum(p) == pytest.approx(1) for p in snapshot.preferences)
    assert set(snapshot.waiting) <= set(range(len(snapshot.preferences)))
    numbers = [pin.number for pin in snapshot.pins]
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= MAX_PINS
    for pin in snapshot.pins:
        assert snapshot.history[pin.step].losses[pin.candidate] == pin.losses
        assert pin.sound.step == pin.step
    if state := snapshot.state:
        assert state.record is snapshot.history[-1]
        count = len(state.record.losses)
        assert count == len(state.waveform) == len(state.mask) == len(state.rendered)
        assert count <= len(snapshot.preferences)
        assert sorted(c.index for c in snapshot.candidates) == list(range(count))
        assert all(c.losses == state.record.losses[c.index] for c in snapshot.candidates)
        assert max(state.rendered) == snapshot.step
        assert snapshot.phase != "finished" or snapshot.step >= snapshot.planned
        assert snapshot.watched < len(snapshot.preferences)
        assert snapshot.picture
        assert snapshot.sound


class Visitor(threading.Thread):
    """Somebody who presses everything, as fast as it goes."""

    def __init__(self, job: Job, library: Library, seed: int, done: threading.Event) -> None:
        super().__init__(daemon=True)
        self.random = random.Random(seed)
        self.job, self.library, self.done = job, library, done
        self.counts: Counter[str] = Counter()
        self.error: BaseException | None = None
        self.last: Snapshot | None = None

    def run(self) -> None:
        try:
            while not self.done.is_set():
                self.look()
                self.act()
        except BaseException as error:
            self.error = error
            self.done.set()

    def look(self) -> None:
        snapshot = self.job.look()
        check(snapshot)
        if self.last:
            assert snapshot.history[: len(self.last.history)] == self.last.history
            assert len(snapshot.preferences) >= len(self.last.preferences)
            assert (snapshot.saved or 0) >= (self.last.saved or 0)
        self.last = snapshot

    def act(self) -> None:
        snapshot, job, pick = self.last, self.job, self.random
        assert snapshot
        if not snapshot.candidates:
            time.sleep(0.01)
            return
        one = pick.choice(snapshot.candidates).index
        share = pick.random()
        name = pick.choice(WHAT)
        self.counts[name] += 1
        if name == "steer":
            job.steer(one, (share, 1 - share))
        elif name in ("branch", "fill"):
            if self.counts["added"] * THREADS >= MOST_ADDED or not snapshot.pins:
                return
            self.counts["added"] += 1
            if name == "branch":
                job.branch(pick.choice(snapshot.pins))
            else:
                job.fill(one, pick.choice(snapshot.candidates).index)
        elif name in ("undo", "pin", "watch"):
            getattr(job, name)(one)
        elif name == "unpin":
            job.unpin(pick.randint(1, 5))
        elif name in ("pause", "resume", "stop"):
            getattr(job, name)()
        elif name == "extend":
            job.extend(pick.randint(1, 4))
        elif name == "rename":
            title = f"Title {pick.randint(0, 9)}"
            with suppress(MossError):  # it may not be on the disk yet
                job.rename(title, lambda: self.library.rename(job.token, title))
        elif name == "delete":
            job.delete()
            job.undelete()
        elif name == "see":
            assert job.picture(one, snapshot)
            assert job.thumbnail(one, snapshot)
        elif name == "hear":
            sound = job.sound(one, snapshot)
            assert sound
            assert sound.step <= snapshot.step
        elif name == "replay":
            assert job.candidates_at(pick.randrange(len(snapshot.history)))
        else:
            with job.reading() as run:
                assert run.title == job.title
                assert run.state.record is run.history[-1]
        time.sleep(pick.random() * 0.1)


@pytest.fixture
def job(png: bytes, wav: bytes, tmp_path: Path):
    library = Library(tmp_path / "runs")
    config = RunConfig(objectives=OBJECTIVES, candidates=2, steps=5, device="cpu")
    sources = Source("a.png", "A", png), Source("b.wav", "B", wav)
    job = Job(Request(*sources, config, discover(), "A on B"), Turns(), library.new())
    yield job, library
    job.close()


def until(ready, job: Job) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline, told(job)
        time.sleep(0.01)


def told(job: Job) -> str:
    """What a job is at, for whoever reads why it did not become what it should."""
    s = job.look()
    steps = f"{s.phase}, step {s.step} of {s.planned}, saved {s.saved} {s.save_error}"
    return f"{steps}, asked {job.asked}, at work {job.at_work}, safe {job.safe}, {s.message}"


def stopped(job: Job) -> bool:
    """Stop again what a command that still waited has set going."""
    if job.at_work and not job.asked:
        job.stop()
    return not job.at_work


def satisfied(visitors: list[Visitor]) -> bool:
    """Whether everything was done often enough."""
    return all(sum(visitor.counts[name] for visitor in visitors) > 10 for name in OFTEN)


def shares(job: Job) -> list[float]:
    """The weights on the first objective that the last step was learned with."""
    return [preference[0] for preference in job.look().history[-1].preferences]


def test_many_visitors_at_once(job):
    job, library = job
    done = threading.Event()
    visitors = [Visitor(job, library, seed, done) for seed in range(THREADS)]
    for visitor in visitors:
        visitor.start()
    deadline = time.monotonic() + MOST_SECONDS
    while not done.wait(0.1) and not (satisfied(visitors) and job.look().step > 5):
        assert time.monotonic() < deadline, told(job)
    done.set()
    for visitor in visitors:
        visitor.join(60)
        assert not visitor.is_alive(), "waits for somebody who waits for it"
        if visitor.error:
            raise visitor.error
    added = sum(visitor.counts["added"] for visitor in visitors)
    until(lambda: stopped(job), job)
    wanted = [(index + 1) / 20 for index in range(len(job.look().preferences))]
    for index, share in enumerate(wanted):
        job.steer(index, (share, 1 - share))
    job.extend(2)  # of a run that was paused, as long as it was to go before
    until(lambda: shares(job) == pytest.approx(wanted), job)
    until(lambda: stopped(job), job)
    until(lambda: job.look().saved == job.look().step, job)
    snapshot = job.look()
    check(snapshot)
    assert len(snapshot.candidates) == len(snapshot.preferences) == 2 + added
    assert snapshot.history[-1].preferences == snapshot.preferences
    assert not snapshot.deleted
    again = load(job.folder)
    assert again.history == snapshot.history
    assert again.title == job.title


def test_what_is_wanted_last_is_what_happens():
    intention = Intention(going=True)
    intention.ask("pause")
    assert (intention.going, intention.asked) == (False, "pause")
    intention.ask("go")
    assert (intention.going, intention.asked) == (True, None)


def test_a_wish_to_go_on_that_comes_while_the_run_begins_to_rest_is_not_lost():
    intention = Intention(going=True)
    assert intention.settle() == "go"
    assert intention.going
    assert intention.settle(done=True) == "go"
    assert not intention.going


def test_a_wish_is_settled_once():
    intention = Intention(going=True)
    intention.ask("stop")
    assert intention.settle() == "stop"
    assert intention.asked is None
    assert intention.settle() == "idle"


def test_only_what_is_wanted_now_is_replaced():
    intention = Intention(going=True)
    intention.ask("stop")
    intention.replace("go", "pause", Cause("deleted"))
    assert intention.asked == "stop"
    intention.ask("go")
    intention.replace("go", "pause", Cause("deleted"))
    assert intention.asked == "pause"


def test_nothing_is_wanted_after_the_end():
    intention = Intention(going=True)
    intention.ask("close")
    intention.ask("go")
    assert intention.settle(done=True) == "close"
    assert intention.closed
    assert (intention.going, intention.asked) == (False, "stop")
