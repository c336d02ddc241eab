"""What keeps a run while it learns: how often, at what price, and what is left of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch

from moss_core import MossError, Run, RunConfig, load
from moss_core.cli.keeping.stopping import stopping
from moss_core.runs.keeping import temporaries
from moss_core.runs.keeping.draft import Draft
from moss_core.runs.keeping.inputs import Inputs
from moss_core.runs.keeping.keeper import COVER_SHARE, SHARE, Keeper
from moss_core.runs.keeping.pace import Pace
from moss_core.runs.keeping.temporaries import clear_temporaries, temporary_folder
from moss_core.runs.layout import COVER, HISTORY
from moss_core.runs.manifest import read_manifest
from moss_core.runs.saving import save_progress
from moss_core.runs.tensors import pack
from samples import small_image, small_track

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


def small_run(candidates: int = 2, steps: int = 4) -> Run:
    return Run(small_image(32), small_track(0.6), RunConfig(OBJECTIVES, candidates, steps))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_work_that_takes_long_is_seldom_due() -> None:
    clock = Clock()
    pace, times = Pace(SHARE, 1.0, clock), 0
    while clock.now < 1000:
        if pace.due:
            began, times = clock.now, times + 1
            clock.now += 0.5
            pace.spent(began, 0.5)
        clock.now += 0.1
    assert times > 10
    assert (times - 1) * 0.5 / clock.now < SHARE
    assert SHARE + COVER_SHARE <= 0.03


def test_quick_work_is_due_every_second_and_a_slow_disk_has_pauses() -> None:
    clock = Clock()
    pace = Pace(SHARE, 1.0, clock)
    pace.spent(0.0, 0.001)
    clock.now = 0.9
    assert not pace.due
    clock.now = 1.0
    assert pace.due
    pace.spent(1.0, 0.001, busy=4.0)
    clock.now = 8.9
    assert not pace.due


def test_a_killed_run_goes_on_to_the_losses_of_one_that_was_never_stopped(tmp_path: Path) -> None:
    """A copy of its folder after each step is what a kill would leave."""
    run, copies = small_run(3, 4), []
    keeper = Keeper(tmp_path / "out", clock=(clock := Clock()))
    assert keeper.write(run) is None
    assert read_manifest(tmp_path / "out").candidates == ()
    copies.append(Path(shutil.copytree(tmp_path / "out", tmp_path / "begun")))
    for record in run.steps():
        clock.now += 100.0
        keeper.note(run)
        keeper.wait()
        if record.step % 2 == 0:
            name = f"step-{record.step}"
            copies.append(Path(shutil.copytree(tmp_path / "out", tmp_path / name)))
    for folder, step in zip(copies, (0, 0, 2, 4), strict=True):
        again = load(folder)
        assert (again.state.record.step, again.planned) == (step, 4)
        for _ in again.steps():
            pass
        for one, other in zip(again.history, run.history, strict=True):
            wanted = torch.tensor(other.losses)
            torch.testing.assert_close(torch.tensor(one.losses), wanted, rtol=1e-4, atol=1e-6)


def test_only_what_changed_is_written_while_a_run_learns(tmp_path: Path) -> None:
    run = small_run()
    clock, folder = Clock(), tmp_path / "out"
    keeper = Keeper(folder, clock=clock)
    keeper.write(run)
    changed = {}
    for _ in range(3):
        run.step()
        clock.now += 10.0
        keeper.note(run)
        keeper.wait()
        changed[run.history[-1].step] = {
            path.name: path.stat().st_mtime_ns for path in folder.iterdir()
        }
    assert changed[1]["masks.safetensors"] != changed[2]["masks.safetensors"]
    assert changed[0][COVER] == changed[2][COVER]
    assert changed[0]["inputs"] == changed[2]["inputs"]
    assert HISTORY not in changed[2]
    keeper.write(run)
    assert (folder / HISTORY).exists()
    assert (folder / COVER).stat().st_mtime_ns != changed[2][COVER]


def test_the_next_step_does_not_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run()
    keeper = Keeper(tmp_path / "out")
    keeper.write(run)
    keeper._pace._due_at = 0.0
    run.step()
    commit, going = Draft.commit, threading.Event()

    def slow(draft: Draft) -> None:
        assert going.wait(60)
        commit(draft)

    monkeypatch.setattr(Draft, "commit", slow)
    keeper.note(run)
    run.step()
    keeper._pace._due_at = 0.0
    keeper.note(run)  # it is still at work
    going.set()
    keeper.wait()
    assert len(load(tmp_path / "out").history) == 1
    assert keeper.write(run) is None
    assert len(load(tmp_path / "out").history) == 2


def test_a_full_disk_is_told_and_for_how_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, told = small_run(), []
    clock = Clock()
    keeper = Keeper(tmp_path / "out", failed=told.append, clock=clock)
    keeper.write(run)
    run.step()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("moss_core.runs.keeping.disk.os.fsync", full)
        assert "No space left on device" in str(keeper.write(run))
        clock.now = 70.0
        keeper.note(run)
        keeper.wait()
        assert keeper.failing_seconds == 70.0
        assert len(told) == 2
    assert keeper.write(run) is None
    assert keeper.failing_seconds == 0.0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_tensors_are_as_the_library_for_them_would_write_them(tmp_path: Path) -> None:
    run = small_run()
    run.step()
    run.branch(run.checkpoint(0))
    save_progress(run, tmp_path / "run")
    found = safetensors.torch.load_file(tmp_path / "run" / "masks.safetensors")
    wanted = pack(run)
    assert found.keys() == wanted.keys()
    for name, tensor in wanted.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=0, equal_nan=True)
    with safetensors.safe_open(tmp_path / "run" / "masks.safetensors", framework="pt") as file:
        assert file.metadata() == Inputs(run).hashes


def test_what_writers_have_left_goes_when_they_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host, begins = temporaries._host(), temporaries.owned_prefix(temporaries.HIDDEN)
    began = begins.split("-")[3]
    left = f".moss-{host}-{gone.pid}-{began}-x"
    another = f".moss-{host}-{os.getpid()}-{int(began) - 900}-x"  # had this number before
    names = [left, another, ".moss-00000000-1-1-x", ".moss-of-an-older-version", "mine"]
    for name in names:
        (tmp_path / name).mkdir()
    with temporary_folder(tmp_path) as own:
        assert {path.name for path in clear_temporaries(tmp_path)} == {left, another}
        assert own.exists()
    long_ago = time.time() - 2 * temporaries.UNKNOWN_SECONDS
    for name in names[2:]:
        os.utime(tmp_path / name, (long_ago, long_ago))
    clear_temporaries(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_asks_for_an_end_is_heard_once_and_obeyed_at_once_the_second_time(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    signal.signal(number, signal.default_int_handler)
    try:
        with stopping() as stop:
            signal.raise_signal(number)
            assert stop.asked
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
        assert signal.getsignal(number) is signal.default_int_handler
        signal.signal(number, signal.SIG_IGN)
        with stopping() as stop:
            signal.raise_signal(number)  # as under nohup
            assert not stop.asked
    finally:
        signal.signal(number, before)


def test_a_folder_that_cannot_be_made_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    trouble = Keeper(tmp_path / "file" / "out").write(small_run())
    assert isinstance(trouble, MossError)
    assert trouble.rule == "must take the run's files"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_killed_processes_lose_little_and_leave_nothing() -> None:
    """The command line and a server, once each; `tests/benchmarks/kills.py` kills hundreds."""
    script = Path(__file__).parent / "benchmarks" / "kills.py"
    words = ["--kills", "2", "--window", "1", "--candidates", "1"]
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _, _, *rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["command line", "server"]
    for row in rows:
        assert row[1:3] == ["SIGKILL", "1 of 1"]
        assert row[-1] == "0"
