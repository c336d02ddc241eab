"""The log: silent until asked, a run in each line, no token whole, tracebacks where they help."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import PIL.Image
import pytest
import soundfile

from moss_core import MossError
from moss_core.machine import recent_failures, report
from moss_core.machine.log import FORMATS, LEVELS, Known, configure, logger, run_token
from samples import small_image, small_track

TOKEN = "0123456789abcdef" * 2
LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ (\w+) +(\S+) (\w+): (.*)")


def moss(*words: object, level: str = "") -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", "from moss_core.cli import main; main()", *map(str, words)]
    environment = {k: v for k, v in os.environ.items() if k != "MOSS_LOG_LEVEL"}
    if level:
        environment["MOSS_LOG_LEVEL"] = level
    return subprocess.run(call, capture_output=True, text=True, env=environment)


@pytest.fixture
def broken(install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that does not load, also for a program that is started."""
    install("broken", "broken = moss_broken", moss_broken="raise RuntimeError('no licence')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_it_is_silent_where_nobody_asks() -> None:
    done = moss("objectives")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("broken")
def test_a_command_tells_of_a_failing_plugin_as_it_did_where_nobody_asks() -> None:
    done = moss("objectives")
    assert done.stderr.startswith("failed: broken (broken 1.0): RuntimeError: no licence\n")
    assert done.stderr.count("RuntimeError: no licence") == 2  # the reason, and its traceback
    assert moss("objectives", "ssim").stderr == ""


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("level", ["warning", "debug"])
def test_a_failing_plugin_leaves_its_traceback(level: str) -> None:
    done = moss("--log-level", level, "objectives", "ssim")
    assert done.returncode == 0
    assert "plugin broken of broken 1.0 failed: RuntimeError: no licence" in done.stderr
    assert "Traceback (most recent call last)" in done.stderr
    assert "moss_broken.py" in done.stderr
    assert moss("--log-level", "error", "objectives", "ssim").stderr == ""


def test_each_line_of_a_run_names_it(tmp_path: Path) -> None:
    image, track = tmp_path / "disc.png", tmp_path / "notes.wav"
    PIL.Image.fromarray((small_image().pixels.numpy() * 255).astype("uint8")).save(image)
    soundfile.write(track, small_track().samples.T.numpy(), 16_000)
    words = ["--candidates", 2, "--steps", 1, "--objectives", "ssim,multi_resolution_stft"]
    done = moss(
        "--log-level", "DEBUG", "optimize", image, track, "--out", tmp_path / "mine", *words
    )
    assert done.returncode == 0, done.stderr
    logged = [line for line in done.stderr.splitlines() if not line.startswith("moss: ")]
    assert all(map(LINE.fullmatch, logged)), done.stderr
    lines = [LINE.fullmatch(line).groups() for line in logged]  # type: ignore[union-attr]
    assert all(run == "mine" for _, run, module, _ in lines if module != "discovery")
    told = {(level, module, text.partition(",")[0]) for level, _, module, text in lines}
    assert {("DEBUG", "run", "step 0"), ("DEBUG", "run", "step 1")} <= told
    assert re.search(r"run: step 1, \d+\.\d\d s: ssim 0\.\d+ to 0\.\d+, multi_", done.stderr)
    told_of = r"run: RunConfig\(.*steps=1.* on cpu with ssim of moss-sound "
    assert re.search(told_of, done.stderr)
    assert re.search(r"saving: wrote everything in \d+\.\d\d s$", done.stderr, re.M)
    assert not re.search(r"\b(disc|notes)\b", "\n".join(logged))


def test_the_environment_names_the_level_and_the_option_another() -> None:
    assert "objectives that are installed" in moss("objectives", level="info").stderr
    assert moss("--log-level", "error", "objectives", level="info").stderr == ""


@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_level_that_is_none_is_explained(way: str) -> None:
    given = {"level": "loud"} if way == "environment" else {}
    words = [] if way == "environment" else ["--log-level", "loud"]
    done = moss(*words, "objectives", **given)
    assert done.returncode == 2
    assert "log level: must be one of critical, error, warning, info, debug" in done.stderr
    assert "found 'loud'. Use debug to see all." in done.stderr
    assert "--log-level" in done.stderr
    assert "Traceback" not in done.stderr
    with pytest.raises(MossError, match="found 'loud'"):
        configure("loud")


def test_configuring_again_changes_the_level_and_writes_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for level in LEVELS:
        configure(level)
    logger.debug("once")
    assert capsys.readouterr().err.count("once") == 1
    configure("error")
    logger.warning("never")
    assert capsys.readouterr().err == ""


def test_a_run_is_named_in_its_thread_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="moss")

    def elsewhere() -> None:
        with run_token("other"):
            logger.info("there")

    with run_token("mine"):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        logger.info("here")
    logger.info("after")
    assert [(r.run, r.message) for r in caplog.records] == [  # type: ignore[attr-defined]
        ("other", "there"),
        ("mine", "here"),
        ("-", "after"),
    ]


def test_no_token_is_ever_whole(capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug")
    with run_token(TOKEN):
        logger.info("in %s and %s", Known(f"runs/{TOKEN}"), Path("runs") / TOKEN)
        try:
            raise RuntimeError(f"of old_{TOKEN}")
        except RuntimeError:
            logger.exception("it failed")
    said = capsys.readouterr().err
    assert "01234567 test_log: in runs/01234567 and …\n" in said
    assert "RuntimeError: of old_01234567\n" in said
    assert TOKEN[:9] not in said


def test_a_name_that_somebody_gave_cannot_pass_for_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("info")
    name = "a.png\r2026-01-01 00:00:00,000 ERROR - jobs: the disk is full\n"
    try:
        raise AttributeError(name)
    except AttributeError:
        logger.info("refused: %s", Known(name), exc_info=True)
    first, *others = capsys.readouterr().err.splitlines()
    assert LINE.fullmatch(first)
    assert sum("the disk is full" in line for line in others) == 2
    assert not any(map(LINE.fullmatch, others))


SECRET = "My mother's \"dear\" song 'live' /home/anna/x.wav"
ERRORS = {
    "of MOSS": MossError(f"image {SECRET}", "must be a PNG", SECRET, f"Bring {SECRET}."),
    "of the system": OSError(28, "No space left on device", SECRET),
    "of a value": ValueError(SECRET),
    "of a key": KeyError(SECRET),
    "of a file": RuntimeError(f"Error opening '{SECRET}': no such file"),
    "of a path": RuntimeError("cannot read /srv/anna's dear song.wav: no such file"),
    "of nothing": OSError(SECRET),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_nobodys_words_are_in_it(
    error: Exception, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("debug", form)
    logger.warning("%s, which came as %r, cannot be read: %s", SECRET, Path(SECRET), error)
    logger.info("all of %(what)s", {"what": SECRET})
    try:
        try:
            raise error
        except Exception as first:
            raise LookupError(SECRET) from first
    except LookupError as second:
        report("a page", second)
    said = capsys.readouterr().err
    assert "cannot be read" in said
    assert "test_nobodys_words_are_in_it" in said  # the traceback's frames are there
    for word in ("mother", "dear", "live", "anna", "x.wav"):
        assert word not in said


def test_what_helps_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    logger.info("%s after %d steps, %.1f s, %s", Known("stopped"), 3, 1.25, None)
    for error in (
        MossError("image x", "must be a PNG", "y", "z"),
        OSError(28, "No space left on device", "x"),
        TypeError("unsupported operand type(s) for +: 'int' and 'NoneType'"),
        RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"),
    ):
        logger.info("refused: %s", error)
    said = capsys.readouterr().err
    assert "stopped after 3 steps, 1.2 s, None" in said
    assert "refused: must be a PNG" in said
    assert "refused: No space left on device" in said
    assert "for +: 'int' and 'NoneType'" in said
    assert "tensor a (3) must match the size of tensor b (4)" in said


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    with run_token(TOKEN):
        logger.info("step %d of\n%s", 3, SECRET)
        id = report("a run", ZeroDivisionError("division by zero"))
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert datetime.fromisoformat(first.pop("time")).tzinfo is not None
    assert first == {
        "level": "info",
        "run": TOKEN[:8],
        "module": "test_log",
        "event": "step %d of\n%s",
        "message": "step 3 of\n    …",
    }
    assert (second["error"], second["message"]) == (id, "a run failed")
    assert second["traceback"].endswith("ZeroDivisionError: division by zero")


def test_an_id_is_in_the_line_of_its_error_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure("error")
    with run_token("mine"):
        ids = [report("a page", ValueError(SECRET)) for _ in range(30)]
    said = capsys.readouterr().err
    assert all(re.fullmatch(r"E-[2-9A-Z]{4}", id) for id in ids)
    assert all(f" mine test_log: {id} a page failed\n" in said for id in ids)
    latest = recent_failures()
    assert [failure.id for failure in latest] == ids[:-21:-1]  # no more are kept
    assert {(f.run, f.what, f.kind) for f in latest} == {("mine", "a page", "ValueError")}


@pytest.mark.parametrize("words", [("loud", "text"), ("info", "xml")])
def test_neither_level_nor_format_can_be_anything(words: tuple[str, str]) -> None:
    with pytest.raises(MossError, match="must be one of"):
        configure(*words)


def test_a_stream_that_is_closed_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    configure("info")
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with Path(os.devnull).open("w") as closed:
        pass
    monkeypatch.setattr(sys, "stderr", closed)
    logger.info("lost")
