"""`moss doctor DIR`: runs are looked at, mended and moved away."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moss_core import Run, RunConfig, load, save
from moss_core.cli.commands import main
from moss_core.runs.keeping import temporaries
from moss_core.runs.layout import COVER, HISTORY
from moss_core.runs.saving import save_progress
from samples import small_image, small_track

OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: one whole, and one with the sounds of an earlier step."""
    folder = tmp_path_factory.mktemp("made")
    run = Run(small_image(32), small_track(0.6), RunConfig(OBJECTIVES, 1, 1))
    run.step()
    save(run, folder / "whole")
    shutil.copytree(folder / "whole", folder / "stale")
    run.step()
    save_progress(run, folder / "later")
    shutil.copy(folder / "later" / "masks.safetensors", folder / "stale")
    shutil.rmtree(folder / "later")
    return folder


@pytest.fixture
def runs(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "runs"))


def doctor(*words: object) -> Result:
    return CliRunner().invoke(main, ["doctor", *map(str, words)])


def test_a_run_that_is_well(runs: Path) -> None:
    result = doctor(runs / "whole")
    assert result.exit_code == 0, result.output
    assert result.stdout == "ok        whole  disc on notes, step 0 of 1\n1 run well.\n"


def test_what_can_be_mended_is_mended_only_when_told(runs: Path) -> None:
    (runs / "whole" / COVER).unlink()
    (runs / "whole" / HISTORY).unlink()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = runs / f".moss-{temporaries._host()}-{gone.pid}-1-x"
    left.mkdir()
    result = doctor(runs)
    assert result.exit_code == 1, result.output
    assert "stale  disc on notes, step 0 of 1: sounds and tables that are older" in result.stdout
    assert "whole  disc on notes, step 0 of 1: no history.csv, no cover.webp" in result.stdout
    assert "left by a writer that was interrupted" in result.stdout
    assert "0 runs well, 3 to repair." in result.stdout
    assert left.exists()
    assert (runs / "stale" / "audio").exists()
    result = doctor(runs, "--repair")
    assert result.exit_code == 0, result.output
    assert "3 repaired" in result.stdout
    assert not left.exists()
    assert not (runs / "stale" / "audio").exists()
    assert (runs / "whole" / "audio").exists()
    assert (runs / "whole" / COVER).exists()
    assert doctor(runs).exit_code == 0


def test_what_cannot_be_mended_is_moved_away_with_the_reason(runs: Path) -> None:
    masks = runs / "whole" / "masks.safetensors"
    whole = masks.read_bytes()
    masks.write_bytes(whole[:1000])
    shutil.rmtree(runs / "stale")
    assert doctor(runs).exit_code == 1
    assert masks.exists()
    result = doctor(runs, "--repair")
    assert result.exit_code == 1
    assert "moved     whole  now .quarantine/whole: " in result.stdout
    away = runs / ".quarantine"
    assert "must be a complete file" in (away / "whole.txt").read_text()
    assert doctor(runs).stdout == "0 runs well.\n"
    (away / "whole" / "masks.safetensors").write_bytes(whole)
    assert load(away / "whole").history


def test_a_run_of_a_newer_version_is_left_alone(runs: Path) -> None:
    told = (runs / "whole" / "run.json").read_text()
    (runs / "whole" / "run.json").write_text(told.replace('"format": 4', '"format": 99'))
    result = doctor(runs / "whole", "--repair")
    assert result.exit_code == 1
    assert "Update MOSS" in result.stdout
    assert (runs / "whole" / "run.json").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = doctor(tmp_path / "nothing")
    assert result.exit_code == 2
    assert "must be there; found nothing" in result.stderr
