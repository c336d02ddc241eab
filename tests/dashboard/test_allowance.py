"""What a visitor may take of a server, and that it is said in words before it is refused."""

import os
import time
import tomllib
from pathlib import Path

import pytest
from apps import texts
from asking import ask, page
from streamlit import config

from components.create import choose_sources
from components.library.bring_in import MAX_ZIP_MB
from moss_core import MossError, RunConfig
from moss_core.machine import host, limits
from moss_core.optimization import Cost, cost_of
from serving.hosting import Hosting, bound_upload_size
from session import allowance, memory
from session.allowance import (
    check_room,
    check_run,
    days_left,
    note_opened,
    room_words,
    run_words,
    upload_mb,
)
from session.workspace import library_folder

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())
DEFAULT_ZIP_MB = 72
"""All of a default run of nine candidates."""


@pytest.fixture
def hosted(monkeypatch, tmp_path):
    monkeypatch.setenv("MOSS_DATA", str(tmp_path))
    monkeypatch.setenv("MOSS_SHARED", "1")
    allowance._measured.clear()
    return limits()


def cost(seconds, channels, candidates, steps):
    work = seconds * channels * candidates * steps
    return Cost(1_000, 1_000, 500, work, candidates, seconds, 1)


def settings(tmp_path, **values):
    rows = "".join(f"{name} = {value}\n" for name, value in values.items())
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "settings.toml").write_text(f"[hosted]\n{rows}")
    allowance._measured.clear()


def test_default_runs_fit(hosted):
    for usual in (RunConfig(candidates=1, steps=120), RunConfig()):
        found = cost_of(usual, 10, 2, 44_100)  # a sample
        check_run(found, usual.steps)
        assert "shared" in run_words(found)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ((61, 2, 1, 120), "at most 60 s on this server; found 61.0 s. Make the box shorter"),
        ((60, 2, 9, 500), "360 % of it. Lower the steps to 138"),
        ((60, 8, 24, 500), "Lower the steps to 13,"),
        ((60, 64, 64, 500), "Take fewer candidates or a shorter part"),
    ],
)
def test_a_run_that_is_too_large_is_told_what_to_lower(hosted, run, told):
    with pytest.raises(MossError) as error:
        check_run(cost(*run), run[3])
    assert told in str(error.value)


def test_nothing_is_limited_on_ones_own_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("MOSS_DATA", str(tmp_path))
    check_run(cost(300, 8, 64, 5000), 5000)
    check_room(tmp_path)
    assert run_words(cost(30, 2, 1, 120)) == room_words(tmp_path) == ""


def test_a_run_that_does_not_fit_into_memory_is_refused(hosted):
    with pytest.raises(MossError, match="must fit into"):
        check_run(Cost(10**13, 10**13, 10**12, 1.0, 1, 30.0, 1), 120)


def test_a_library_is_bounded_in_runs_and_bytes_and_so_is_the_server(hosted, tmp_path):
    folder = library_folder("a" * 32)
    for number in range(3):
        (folder / f"{number}").mkdir(parents=True)
        (folder / f"{number}" / "masks").write_bytes(b"x" * 400_000)
    settings(tmp_path, runs_each=4, disk_mb_each=2)
    check_room(folder)
    assert room_words(folder) == "3 of 4 runs and 1 of 2 MB are used."
    for values, told in (
        ({"runs_each": 3}, "at most 3 runs"),
        ({"disk_mb_each": 1}, "at most 1 MB"),
        ({"disk_mb": 1}, "disk of this server"),
    ):
        settings(tmp_path, **values)
        with pytest.raises(MossError, match=told):
            check_room(folder)
    settings(tmp_path, disk_mb=1)
    with pytest.raises(MossError, match="disk of this server"):
        check_room(library_folder("b" * 32))


def test_the_days_of_a_run_are_counted_from_its_last_use(hosted, tmp_path):
    run = library_folder("a" * 32) / "run"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    assert days_left(run) == pytest.approx(hosted.keep_days, abs=0.01)
    long_ago = time.time() - 29 * 86_400
    for path in (run, run / "run.json"):
        os.utime(path, (long_ago, long_ago))
    assert days_left(run) == pytest.approx(hosted.keep_days - 29, abs=0.01)
    note_opened(run)
    assert days_left(run) == pytest.approx(hosted.keep_days, abs=0.01)


def test_what_is_promised_is_taken_and_a_run_taken_home_can_be_brought_back():
    promised = [MAX_ZIP_MB, *choose_sources._MOST_MB.values()]
    assert max(promised) <= CONFIG["server"]["maxUploadSize"]
    for profile in ("personal", "hosted"):
        assert min(MAX_ZIP_MB, limits(profile).upload_mb) > DEFAULT_ZIP_MB
    assert limits("hosted").disk_mb_each > 2 * DEFAULT_ZIP_MB


def test_a_hosted_server_takes_what_its_pages_promise(monkeypatch, tmp_path):
    monkeypatch.setenv("MOSS_DATA", str(tmp_path))
    told = {"server.maxUploadSize": 500}
    monkeypatch.setattr(config, "get_option", told.__getitem__)
    monkeypatch.setattr(config, "set_option", told.__setitem__)
    bound_upload_size()
    assert told["server.maxUploadSize"] == upload_mb(MAX_ZIP_MB) == 500
    ask(Hosting(page), "/", {"X-Forwarded-For": "203.0.113.5"})
    assert told["server.maxUploadSize"] == upload_mb(MAX_ZIP_MB) == limits("hosted").upload_mb


def test_create_says_what_a_run_may_take_and_refuses_more(create):
    assert "shared" not in texts(create.caption)
    host("a test")
    create.run()
    assert "of what a run may" in texts(create.caption)
    create.session_state[memory.QUICK_STEPS] = 500
    (length,) = (n for n in create.number_input if n.label == "Length (s)")
    assert length.max <= limits().section_s
    settings(Path(os.environ["MOSS_DATA"]), work=1000)
    create.run()
    assert "Lower the steps to" in texts(create.error)
    assert next(b for b in create.button if b.label == "Start").disabled
