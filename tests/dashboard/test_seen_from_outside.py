"""What the machine's user and its checks see of a server, and what nobody sees in its log."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import json
import logging
import os
import platform
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest

from background.downloads.export import Order
from background.health import heart
from background.health import keeper as keeper_module
from background.health.keeper import LEAST_FREE, Keeper, is_stuck
from background.job import Job
from background.manager import JobManager
from background.snapshots import Request
from components.widgets import failures
from moss_core.cli import main
from moss_core.machine import Server, known_servers, recent_failures, report, servers, write_server
from moss_core.machine.log import configure
from moss_core.objectives import discover
from moss_core.optimization import Run, RunConfig
from serving import health
from sources.source import Source

HOSTILE = 'Mamma\'s "Lied" \n/home/anna/x\ud800'
WORDS = ("Mamma", "Lied", "anna", "/home/anna")
OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOSS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def manager() -> Iterator[JobManager]:
    manager = JobManager()
    yield manager
    manager.close()


@pytest.fixture
def request_of(png: bytes, wav: bytes) -> Callable[..., Request]:
    def make(image: bytes = png, steps: int = 1) -> Request:
        config = RunConfig(objectives=OBJECTIVES, candidates=1, steps=steps, device="cpu")
        image_, track = Source(HOSTILE, HOSTILE, image), Source(HOSTILE, HOSTILE, wav)
        return Request(image_, track, config, discover(), HOSTILE)

    return make


def until(ready: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def status(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["status", *arguments])


def test_the_background_logs_no_word_of_a_visitors(
    manager: JobManager,
    request_of: Callable[..., Request],
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("debug", "json")
    well = manager.submit(request_of(), data / "runs" / ("a" * 32))
    until(lambda: not well.at_work)
    bad = manager.submit(request_of(image=b"no picture"), data / "runs" / ("b" * 32))
    until(lambda: bad.look().phase == "failed")
    well.rename(HOSTILE, lambda: None)

    def fail(*_: object) -> None:
        raise ValueError(HOSTILE)

    well.exports.start(Order("video", "", f"{HOSTILE}.mp4", "video/mp4", (1, 1.0), fail))
    until(lambda: well.exports.latest and not well.exports.latest.status.at_work)
    monkeypatch.setattr(Run, "step", fail)
    worse = manager.submit(request_of(), data / "runs" / ("c" * 32))
    until(lambda: worse.look().phase == "failed")
    said = capsys.readouterr().err
    assert "a run failed" in said
    assert "a video failed" in said
    for word in WORDS:
        assert word not in said
    for run in "abc":
        assert run * 9 not in said


def test_an_id_on_the_page_is_that_of_the_log(
    manager: JobManager,
    request_of: Callable[..., Request],
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = manager.submit(request_of(steps=10_000), data / "runs" / ("a" * 32))
    until(lambda: job.look().history)

    def fail(*_: object) -> None:
        raise ValueError(HOSTILE)

    monkeypatch.setattr(Run, "step", fail)
    until(lambda: job.look().phase == "failed")
    snapshot, (failure, *_) = job.look(), recent_failures()
    assert snapshot.message == f"Something went wrong ({failure.id}). Your run is kept."
    assert (failure.run, failure.kind) == ("aaaaaaaa", "ValueError")
    assert "ValueError" in snapshot.details


def test_strangers_see_the_id_and_nothing_of_the_server(
    manager: JobManager,
    request_of: Callable[..., Request],
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOSS_SHARED", "1")

    def fail(*_: object) -> None:
        raise ValueError(HOSTILE)

    monkeypatch.setattr(Run, "step", fail)
    job = manager.submit(request_of(), data / "runs" / ("a" * 32))
    until(lambda: job.look().phase == "failed")
    assert job.look().details == ""
    assert job.look().message.startswith("Something went wrong (E-")


def page_that_fails() -> None:
    import streamlit as st

    from components.widgets.failures import show_unexpected

    st.session_state["token"] = "a" * 32
    show_unexpected(KeyError("Mamma"))


@pytest.mark.parametrize("shared", ["0", "1"])
def test_a_page_that_fails_says_its_id(
    shared: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("MOSS_SHARED", shared)
    configure("error")
    app = AppTest.from_function(page_that_fails).run()
    (failure, *_), said = recent_failures(), capsys.readouterr().err
    words = f"Something went wrong ({failure.id}). Your run is kept. Reload the page to go on."
    assert [error.value for error in app.error] == [words]
    assert len(app.expander) == (shared == "0")  # the traceback, for the machine's own user
    assert "aaaaaaaa test_seen" not in said
    assert f"aaaaaaaa unexpected: {failure.id} a page failed\n" in said
    assert "Mamma" not in said


def test_a_server_that_runs_is_well(data: Path, manager: JobManager) -> None:
    keeper = Keeper()
    keeper.watch(manager)
    keeper.start()
    until(known_servers)
    id = report("a page", ValueError(HOSTILE))
    keeper.look()
    found = status()
    assert found.exit_code == 0, found.output
    for word in ("well", "personal", f"process {os.getpid()}", "0 learning", id, "ValueError"):
        assert word in found.output
    (told,) = json.loads(status("--json", "--data", str(data)).output)
    assert told["pid"] == os.getpid()
    assert told["problems"] == []
    assert told["memory"] > 10_000_000
    assert told["free"] > LEAST_FREE
    assert told["failures"][0]["id"] == id
    keeper.close()
    assert not list(data.glob("servers/*"))
    assert status().exit_code == 1


def test_a_ceiling_and_settings_that_are_none_are_told(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOSS_SHARED", "1")
    keeper = Keeper()
    assert keeper.look().ceiling == 2_200_000_000
    assert " of 2.2 GB" in status().output
    (data / "settings.toml").write_text("[hosted]\nmemory = 1\n")
    assert keeper.look().problems == ("limits in settings.toml must be known",)
    found = status()
    assert (found.exit_code, "must be known" in found.output) == (2, True)


def test_a_server_that_was_killed_is_told_as_dead_and_cleared_away(data: Path) -> None:
    code = "print(flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        began = psutil.Process(other.pid).create_time()
        write_server(Server(pid=other.pid, started=began, written=time.time()))
        assert status().exit_code == 0
        other.send_signal(signal.SIGKILL)
        until(lambda: not known_servers()[0].alive)  # a zombie is dead, too
        found = status()
    assert found.exit_code == 1
    assert f"Process {other.pid}" in found.output
    assert "has died" in found.output
    assert json.loads(status("--json").output) == []
    keeper = Keeper()
    keeper.start()
    until(lambda: [server.pid for server in known_servers()] == [os.getpid()])
    keeper.close()


def test_a_process_of_the_same_number_is_not_the_server() -> None:
    itself = Server(written=time.time())
    write_server(dataclasses.replace(itself, started=itself.started - 3600))
    assert [server.alive for server in known_servers()] == [False]
    assert status().exit_code == 1


def test_a_server_in_another_container_counts_by_what_it_says(data: Path) -> None:
    there = Server(host=f"{platform.node()}-other", pid=1, started=1.0, written=time.time())
    write_server(there)
    assert status().exit_code == 0
    write_server(dataclasses.replace(there, written=time.time() - 2 * servers.LATE_SECONDS))
    assert status().exit_code == 1


def test_a_server_that_says_nothing_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    write_server(Server(written=time.time()))
    monkeypatch.setattr(servers, "LATE_SECONDS", 0.0)
    found = status()
    assert found.exit_code == 2
    assert "it has said nothing for " in found.output


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"pid": "1"}', '{"pid": -1, "written": 1, "started": 0}', "\x00", "9" * 99],
)
def test_a_file_that_is_none_is_left_out(content: str, data: Path) -> None:
    (data / "servers").mkdir(parents=True)
    (data / "servers" / "1-1.json").write_text(content)
    (data / "servers" / "2-2.json").mkdir()
    assert known_servers() == []
    assert status().exit_code == 1


def test_what_a_file_says_moves_no_cursor(data: Path) -> None:
    write_server(Server(written=time.time(), version="\x1b[2J", problems=("\x1b]0;x\x07",)))
    assert "\x1b" not in status().output


def answer(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any]]:
    """Ask the health address."""
    monkeypatch.setattr(health, "keeper", lambda: keeper)
    response = asyncio.run(health.health(HttpRequest({"type": "http", "app": Starlette()})))
    return response.status_code, json.loads(bytes(response.body))


@pytest.fixture
def kept(manager: JobManager) -> Keeper:
    """A keeper that looks when the test says so, and not by itself."""
    keeper = Keeper()
    keeper.watch(manager)
    keeper._thread = threading.Thread()
    keeper.look()
    keeper._thread.start()
    return keeper


def test_the_health_address_says_nothing_but_that_it_is_well(
    kept: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(kept, monkeypatch) == (200, {"status": "ok"})


def test_it_fails_where_nobody_looks_after_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(Keeper(), monkeypatch)[0] == 503


def test_it_fails_where_the_keeper_is_silent(kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    kept._latest = dataclasses.replace(kept.latest, written=time.time() - 120)
    code, said = answer(kept, monkeypatch)
    assert (code, said["problems"]) == (503, ["it has said nothing for 2 min"])


def test_it_fails_when_the_warm_up_died(
    kept: Keeper, manager: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImportError("no torch")

    monkeypatch.setattr(manager, "_load", fail)
    manager.warm_up(discover())
    until(lambda: manager.cold)
    kept.look()
    assert answer(kept, monkeypatch)[0] == 503
    assert recent_failures()[0].what == "the warm-up"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_it_fails_when_the_thread_of_a_run_died(
    kept: Keeper,
    manager: JobManager,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_: object) -> None:
        raise SystemExit  # which ends a thread without a word

    monkeypatch.setattr(Run, "step", die)
    job = manager.submit(request_of())
    until(lambda: is_stuck(job))
    kept.look()
    code, said = answer(kept, monkeypatch)
    assert (code, said["problems"]) == (503, ["1 run should learn and cannot"])


@pytest.fixture
def hanging(
    manager: JobManager, request_of: Callable[..., Request], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Job]:
    """A run whose step does not end for as long as the test lasts."""
    hangs, go_on = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        hangs.set()
        go_on.wait(60)

    monkeypatch.setattr(Run, "step", hang)
    job = manager.submit(request_of())
    assert hangs.wait(60)
    yield job
    go_on.set()


def test_it_fails_when_a_run_does_not_learn_for_long(
    kept: Keeper, hanging: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_stuck(hanging)
    monkeypatch.setattr(heart, "STUCK_SECONDS", 0.0)
    kept.look()
    assert answer(kept, monkeypatch)[0] == 503


def test_an_objective_that_takes_long_is_no_death(
    hanging: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "STUCK_SECONDS", 0.0)
    monkeypatch.setattr(Job, "waits_for", ("LPIPS", 700.0))
    assert not is_stuck(hanging)


def test_it_fails_when_the_disk_is_full(kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "free_on_disk", lambda _: 4_000_000)
    kept.look()
    code, said = answer(kept, monkeypatch)
    assert (code, said["problems"]) == (503, ["only 4 MB are free on the disk"])


def test_it_fails_when_the_data_folder_takes_no_file(
    kept: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Server) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/home/anna")

    monkeypatch.setattr(keeper_module, "write_server", refuse)
    kept.look()
    code, said = answer(kept, monkeypatch)
    assert code == 503
    assert said["problems"] == ["the data folder cannot be written to (Read-only file system)"]


def test_what_streamlit_logs_of_a_page_is_not_there_twice() -> None:
    from serving.log import log_pages_once

    streamlits = logging.getLogger("streamlit.error_util")
    before = list(streamlits.filters)
    try:
        log_pages_once()
        for words, there in (("Uncaught app execution", False), ("another", True)):
            record = logging.LogRecord("x", logging.ERROR, "", 1, words, None, None)
            assert bool(streamlits.filter(record)) == there
    finally:
        streamlits.filters[:] = before
    import streamlit.error_util as found

    assert '"Uncaught app execution"' in Path(found.__file__).read_text()


def test_the_server_asks_it_about_pages_that_fail_and_has_the_address() -> None:
    app = runpy.run_path(str(Path(failures.__file__).parents[2] / "Home.py"))["app"]
    assert app._on_script_error.__name__ == failures.show_unexpected.__name__
    assert "/moss/health" in [route.path for route in app._user_routes]
