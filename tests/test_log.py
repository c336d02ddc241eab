"""The log: silent until asked, a run in each line, no token whole, tracebacks where they help."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import PIL.Image
import pytest
import soundfile

from moss_core import MossError
from moss_core.machine.log import LEVELS, configure, logger, run_token
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
    assert re.search(
        r"run: disc on notes: RunConfig\(.*steps=1.* on cpu with ssim of moss-sound ", done.stderr
    )
    assert re.search(r"saving: wrote everything to \S+mine in \d+\.\d\d s$", done.stderr, re.M)


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
        logger.info("in %s", Path("runs") / TOKEN)
        try:
            raise OSError(28, "No space left", f"runs/old_{TOKEN}/masks")
        except OSError:
            logger.exception("it failed")
    said = capsys.readouterr().err
    assert "01234567 test_log: in runs/01234567" in said
    assert "No space left: 'runs/old_01234567/masks'" in said
    assert TOKEN[:9] not in said


def test_a_name_that_somebody_gave_cannot_pass_for_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("info")
    name = "a.png\r2026-01-01 00:00:00,000 ERROR - jobs: the disk is full\n"
    try:
        raise OSError(name)
    except OSError:
        logger.info("refused: %s", name, exc_info=True)
    first, *others = capsys.readouterr().err.splitlines()
    assert LINE.fullmatch(first)
    assert sum("the disk is full" in line for line in others) == 2
    assert not any(map(LINE.fullmatch, others))


def test_a_stream_that_is_closed_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    configure("info")
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with Path(os.devnull).open("w") as closed:
        pass
    monkeypatch.setattr(sys, "stderr", closed)
    logger.info("lost")
