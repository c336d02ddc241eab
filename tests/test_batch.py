"""`moss batch`: tables that cannot be, rows that are done, resumed, skipped and shared out."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import pytest
import safetensors.torch
import torch
from click.testing import CliRunner, Result

from moss_core import MossError
from moss_core.batch import Job, Place, Row, Standing, batches_in, read_rows, share_out
from moss_core.batch.job import StopFile
from moss_core.cli.batching.checking import Checker, columns
from moss_core.cli.batching.work import do_row
from moss_core.cli.commands import main
from moss_core.runs.manifest import read_manifest
from samples import small_image, small_track, wav_file

HEAD = ("name", "image", "track", "objectives", "candidates", "steps", "seed")
BRIEF = ("ssim,multi_resolution_stft", 1, 1)
NEVER = StopFile(Path("/nowhere/stop"))


def moss(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def table(folder: Path, head: Sequence[object], *rows: Sequence[object]) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    path = folder / "jobs.csv"
    path.write_text(text.getvalue())
    return path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an image and a track."""
    folder = tmp_path_factory.mktemp("inputs")
    pixels = (small_image(32).pixels.numpy() * 255).astype("uint8")
    PIL.Image.fromarray(pixels).save(folder / "disc.png")
    (folder / "notes.wav").write_bytes(wav_file(small_track(0.6).samples, 16_000))
    return folder


@pytest.fixture(scope="module")
def done(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    """A batch of three rows of which the second cannot be done."""
    jobs = table(
        inputs,
        (*HEAD, "brightness"),
        ("", "disc.png", "notes.wav", *BRIEF, 1),
        ("Bad one!", "disc.png", "notes.wav", *BRIEF, 1, 1),
        ("", "disc.png", "notes.wav", *BRIEF, 2),
    )
    out = tmp_path_factory.mktemp("library") / "album"
    return jobs, out, moss("batch", jobs, "--out", out)


def masks(run: Path) -> dict[str, torch.Tensor]:
    learned = safetensors.torch.load_file(run / "masks.safetensors")
    del learned["history_seconds"]
    return {name: tensor.nan_to_num(-1) for name, tensor in learned.items()}


def same(one: Path, other: Path) -> bool:
    """Whether two runs have learned the same, to the last bit."""
    first, second = masks(one), masks(other)
    alike = all(torch.equal(first[name], second[name]) for name in first)
    told = [json.loads((run / "run.json").read_text())["candidates"] for run in (one, other)]
    return first.keys() == second.keys() and alike and told[0] == told[1]


def test_what_fails_is_named_and_the_rest_completed(done: tuple[Path, Path, Result]) -> None:
    _, out, result = done
    assert result.exit_code == 1, result.output
    assert "moss: row 3, Bad-one: image disc.png, adjusted: must have light and dark" in (
        result.stderr
    )
    assert "2 of 3 rows done, 1 failed." in result.stdout
    with (out / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["disc-notes", "Bad-one", "disc-notes-2"]
    assert [row["state"] for row in rows] == ["done", "failed", "done"]
    assert "must have light and dark" in rows[1]["reason"]
    for row in (rows[0], rows[2]):
        told = read_manifest(out / row["name"])
        assert float(row["hypervolume"]) == pytest.approx(told.hypervolume, abs=1e-6)
        assert 0 <= float(row["picture_percent"]) <= 100
        assert (out / row["name"] / "audio" / "001.wav").exists()
    text = (out / "summary.md").read_text()
    assert text.count("| done |") == 2
    assert "Row 3, Bad-one: image disc.png" in text
    page = (out / "contact.html").read_text()
    assert page.count("data:image/webp;base64,") == 2
    assert "://" not in page
    with PIL.Image.open(out / "contact.png") as sheet:
        assert sheet.width > sheet.height > 200
        assert len(sheet.getcolors(1 << 20) or ()) > 50


def test_a_row_is_what_moss_optimize_makes(
    done: tuple[Path, Path, Result], inputs: Path, tmp_path: Path
) -> None:
    words = ["--objectives", BRIEF[0], "--candidates", 1, "--steps", 1, "--seed", 2]
    alone = tmp_path / "alone"
    result = moss("optimize", inputs / "disc.png", inputs / "notes.wav", "--out", alone, *words)
    assert result.exit_code == 0, result.output
    assert same(done[1] / "disc-notes-2", alone)
    assert not same(done[1] / "disc-notes", alone)


def test_the_same_command_skips_what_is_done_and_tries_again_what_failed(
    done: tuple[Path, Path, Result],
) -> None:
    jobs, out, _ = done
    kept = {name: (out / name / "run.json").stat() for name in ("disc-notes", "disc-notes-2")}
    again = moss("batch", jobs, "--out", out)
    assert again.exit_code == 1
    assert "2 rows done before." in again.stdout
    assert "Batch of 1 row" in again.stdout
    for name, before in kept.items():
        assert (out / name / "run.json").stat() == before


def test_a_row_that_has_changed_is_not_done_over_another_unless_told(
    inputs: Path, tmp_path: Path
) -> None:
    (tmp_path / "disc.png").write_bytes((inputs / "disc.png").read_bytes())
    track = inputs / "notes.wav"
    row = ("a", "disc.png", track, BRIEF[0], 1, 0)
    assert moss("batch", table(tmp_path, HEAD, (*row, 1)), "--out", tmp_path / "out").exit_code == 0
    jobs = table(tmp_path, HEAD, (*row, 2))
    refused = moss("batch", jobs, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "row 2: must be as it was when the folder a was made" in refused.stderr
    assert read_manifest(tmp_path / "out" / "a").config.seed == 1
    assert moss("batch", jobs, "--out", tmp_path / "out", "--overwrite").exit_code == 0
    assert read_manifest(tmp_path / "out" / "a").config.seed == 2


def job_of(inputs: Path, batch: Path, steps: int) -> Job:
    row = Row(2, "a", {"image": "disc.png", "track": "notes.wav", "objectives": BRIEF[0]})
    row.cells.update(candidates="3", steps=str(steps))
    Place.begun(batch, "batch", [row])
    return Checker(inputs / "jobs.csv", batch).check(row).job


def test_a_row_that_was_stopped_goes_on_to_what_it_would_have_been(
    inputs: Path, tmp_path: Path
) -> None:
    """Candidates that wait for what others learn go on waiting: nobody looks at what is there."""

    class After:
        def __init__(self, looks: int) -> None:
            self.looks = looks

        @property
        def asked(self) -> bool:
            self.looks -= 1
            return self.looks < 0

    job = job_of(inputs, tmp_path / "stopped", 5)
    assert do_row(job, After(0)).state == "waiting"
    assert do_row(job, After(3)).state == "begun"
    assert 0 < read_manifest(tmp_path / "stopped" / "a").steps < 5
    assert do_row(job, NEVER).state == "done"
    assert do_row(job_of(inputs, tmp_path / "whole", 5), NEVER).state == "done"
    assert same(tmp_path / "stopped" / "a", tmp_path / "whole" / "a")


def test_a_row_that_needs_more_memory_than_there_is_fails_in_words(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOSS_MEMORY", "850")
    standing = do_row(job_of(inputs, tmp_path / "batch", 1), NEVER)
    assert standing.state == "failed"
    assert "of memory" in standing.reason


def test_shards_do_each_row_once_and_one_more_call_makes_the_summary(
    inputs: Path, tmp_path: Path
) -> None:
    rows = [("", "disc.png", inputs / "notes.wav", BRIEF[0], 1, 0, seed) for seed in range(2)]
    (tmp_path / "disc.png").write_bytes((inputs / "disc.png").read_bytes())
    jobs, out = table(tmp_path, HEAD, *rows), tmp_path / "out"
    assert "1 of 1 row done" in moss("batch", jobs, "--out", out, "--shard", "1/2").stdout
    assert [one.state for one in Place.opened(out).standings()] == ["done", "waiting"]
    assert "1 of 1 row done" in moss("batch", jobs, "--out", out, "--shard", "2/2").stdout
    last = moss("batch", jobs, "--out", out)
    assert last.exit_code == 0
    assert "2 rows done before." in last.stdout
    assert (out / "summary.md").read_text().count("| done |") == 2
    assert moss("batch", jobs, "--out", out, "--shard", "3/2").exit_code == 2


@pytest.mark.parametrize("count", [1, 2, 7, 30])
def test_shards_are_a_partition(count: int) -> None:
    rows = tuple(Row(number, str(number), {}) for number in range(2, 25))
    shares = [share_out(rows, (number, count)) for number in range(1, count + 1)]
    found = sorted((row for share in shares for row in share), key=lambda row: row.number)
    assert tuple(found) == rows
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_dry_run_lists_what_would_run_and_writes_nothing(inputs: Path, tmp_path: Path) -> None:
    jobs = table(inputs, HEAD, ("a", "disc.png", "notes.wav", *BRIEF, 1))
    result = moss("batch", jobs, "--out", tmp_path / "out", "--dry-run")
    assert result.exit_code == 0, result.output
    line = next(line for line in result.stdout.splitlines() if "disc.png" in line)
    assert line.split()[:6] == ["2", "a", "disc.png", "notes.wav", "0.6", "s"]
    assert "1 row would run" in result.stdout
    assert not list(tmp_path.iterdir())


GOOD = {"image": "disc.png", "track": "notes.wav"}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"steps": "many"}, "row 2, column steps: must be a whole number; found 'many'."),
        ({"lean": "3"}, "row 2, column lean: must be 0.1 (to the track) to 0.95"),
        ({"channels": "middle"}, "row 2, column channels: must be one of every, mono, left"),
        ({"invert": "perhaps"}, "row 2, column invert: must be yes or no; found 'perhaps'."),
        ({"image": "none.png"}, "row 2: image none.png: must be a file"),
        ({"track": ""}, "row 2: track: must be named; found an empty cell."),
        ({"gamma": "9"}, "row 2, column gamma: must be a number from 0.25 to 4; found 9.0."),
        ({"start": "50"}, "row 2, column start: canvas"),
        ({"also": "start=0;depth=3"}, "row 2, column also: --also depth=3: must hold options"),
        ({"subtype": "mp3"}, "row 2, column subtype: "),
        ({"log_mel.bands": "80"}, "row 2, column log_mel.bands: parameters of objective log_mel"),
        ({"device": "abacus"}, "row 2, column device: must be one of auto, cpu"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_row_and_column(
    inputs: Path, tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    told = GOOD | cells
    jobs = table(inputs, tuple(told), tuple(told.values()))
    result = moss("batch", jobs, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert f"moss: {said}" in result.stderr
    assert "none was run" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,track,candidate\na,b,3\n", "column 3: must be .* found 'candidate'. Perhaps cand"),
        ("image,track,image\na,b,c\n", "column 3: must be there once; found 'image'"),
        ("image\na\n", "must have the columns image and track; found image"),
        ("image,track\na,b,c\n", "row 2: must have at most 2 cells.* found 'c'"),
        ("image,track\n", "must have 1 to 10,000 rows below its head; found 0"),
        ("", "must have the columns image and track; found none"),
        ('image,track\n"a,b\n', "must be a CSV"),
        ("name,image,track\nx,a,b\nX,a,b\n", "row 3, column name: must be another one in each"),
        ("name,image,track\n../..,a,b\n", "row 2, column name: must have letters or digits"),
    ],
)
def test_a_table_that_cannot_be_is_a_message(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "jobs.csv").write_text(text)
    with pytest.raises(MossError, match=said):
        read_rows(tmp_path / "jobs.csv", columns())


def test_names_are_safe_and_no_two_alike(tmp_path: Path) -> None:
    lines = ["name;image;track;soft-time", ";../a b/Çat.png;x/../song.v2.flac;0.1"]
    lines += [";çat.png;song.v2.flac;", "con;a.png;b.wav;", ";;;", "a/../../b;a.png;b.wav;0"]
    (tmp_path / "jobs.csv").write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    rows = read_rows(tmp_path / "jobs.csv", columns())
    names = [row.name for row in rows]
    assert names == ["Çat-song-v2", "çat-song-v2-2", "con-run", "a-b"]
    assert [row.number for row in rows] == [2, 3, 4, 6]
    assert rows[0].cells["soft_time"] == "0.1"


def test_a_library_finds_its_batches(done: tuple[Path, Path, Result]) -> None:
    _, out, _ = done
    (out.parent / "other").mkdir(exist_ok=True)
    (out.parent / "other" / "batch.json").write_text('{"moss_batch": 1, "rows": 3}')
    (found,) = batches_in(out.parent)
    assert (found.title, len(found.rows)) == ("jobs", 3)
    (out / ".rows" / "disc-notes.json").write_text("{")
    assert found.standings()[0].state == "failed"
    assert found.standings()[2].state == "done"


def test_a_glance_reads_again_only_what_was_marked_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place.begun(tmp_path / "out", "batch", [Row(n, f"row-{n}", {}) for n in (2, 3)])
    read: list[str] = []
    standing = Place.standing

    def counted(self: Place, number: int, name: str) -> Standing:
        read.append(name)
        return standing(self, number, name)

    monkeypatch.setattr(Place, "standing", counted)
    marks = place.folder / ".rows"
    place.mark("row-2", "0" * 64, "done")
    assert [one.state for one in place.glance()] == ["done", "waiting"]
    place.mark("row-3", "0" * 64, "begun")  # in the same instant, for a clock that is coarse
    os.utime(marks, (marks.stat().st_atime, time.time()))
    assert [one.state for one in place.glance()] == ["done", "begun"]
    os.utime(marks, (1e9, 1e9))
    assert [one.state for one in place.glance()] == ["done", "begun"]
    read.clear()
    assert [one.state for one in Place.opened(place.folder).glance()] == ["done", "begun"]
    assert not read
    place.mark("row-3", "0" * 64, "done")
    assert [one.state for one in place.glance()] == ["done", "done"]
    assert read == ["row-2", "row-3"]
