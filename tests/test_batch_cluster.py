"""`moss batch` on Dask: workers in threads here; `benchmarks/batch_kill.py` kills real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import distributed
import PIL.Image
import pytest
import safetensors.torch
import torch
from click.testing import CliRunner

from moss_core import MossError
from moss_core.batch import Job, Place, Row, cluster, on_cluster
from moss_core.batch.job import StopFile
from moss_core.cli.batching.checking import Checker
from moss_core.cli.batching.work import do_row
from moss_core.cli.commands import main
from samples import small_image, small_track, wav_file

NEVER = StopFile(Path("/nowhere/stop"))


class Lost:
    """A future of which nobody knows any more."""

    status = "cancelled"

    def done(self) -> bool:
        return True

    def add_done_callback(self, call: Callable[[object], None]) -> None:
        call(self)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        memory_limit=None,  # workers in this very process, which holds what other tests left
        resources={cluster.MEMORY: 4_000_000_000},
    ) as found:
        yield found.scheduler_address


@pytest.fixture
def jobs(tmp_path: Path) -> tuple[Place, list[Job]]:
    pixels = (small_image(32).pixels.numpy() * 255).astype("uint8")
    PIL.Image.fromarray(pixels).save(tmp_path / "a.png")
    (tmp_path / "b.wav").write_bytes(wav_file(small_track(0.6).samples, 16_000))
    cells = {"image": "a.png", "track": "b.wav", "objectives": "ssim,multi_resolution_stft"}
    cells |= {"candidates": "1", "steps": "1"}
    rows = [Row(n, f"row-{n}", cells | {"seed": str(n)}) for n in (2, 3, 4)]
    place = Place.begun(tmp_path / "out", "batch", rows)
    checker = Checker(tmp_path / "jobs.csv", place.folder)
    return place, [checker.check(row).job for row in rows]


def states(place: Place) -> list[str]:
    return [one.state for one in place.standings()]


def test_rows_on_a_cluster_are_those_made_alone(
    address: str, jobs: tuple[Place, list[Job]], tmp_path: Path
) -> None:
    table = tmp_path / "jobs.csv"
    head = "image,track,objectives,candidates,steps,seed,name"
    lines = [f'a.png,b.wav,"ssim,multi_resolution_stft",1,1,{n},row-{n}' for n in (2, 3, 4)]
    table.write_text("\n".join([head, *lines]))
    out = tmp_path / "together"
    words = ["batch", str(table), "--out", str(out), "--scheduler", address]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert "3 of 3 rows done." in result.stdout
    assert not list(out.glob(".stop-*"))
    place, alone = jobs
    for job in alone:
        do_row(job, NEVER)
        one, other = (
            safetensors.torch.load_file(folder / job.name / "masks.safetensors")
            for folder in (place.folder, out)
        )
        assert one.keys() == other.keys()
        for name in set(one) - {"history_seconds"}:
            assert torch.equal(one[name].nan_to_num(-1), other[name].nan_to_num(-1)), name


def test_a_row_that_fits_on_no_worker_is_refused_and_the_others_done(
    address: str, jobs: tuple[Place, list[Job]]
) -> None:
    place, todo = jobs
    todo[1] = replace(todo[1], memory=3_500_000_000)
    on_cluster(todo, do_row, place, address, NEVER, lambda done, words: None)
    assert states(place) == ["done", "failed", "done"]
    reason = place.standings()[1].reason
    assert "row 3: must fit into 4 GB of memory" in reason
    assert "needs about 4.3 GB" in reason


def test_an_end_that_is_asked_for_leaves_what_was_learned(
    address: str, jobs: tuple[Place, list[Job]]
) -> None:
    place, todo = jobs
    seen: list[str] = []
    stop = SimpleNamespace(asked=False)

    def tell(done: float, words: str) -> None:
        seen.append(words)
        stop.asked = True

    on_cluster(todo, do_row, place, address, stop, tell)
    assert seen
    assert "waiting" in states(place)
    assert not list(place.folder.glob(".stop-*"))
    on_cluster(todo, do_row, place, address, NEVER, lambda done, words: None)
    assert states(place) == ["done"] * 3


def test_a_row_whose_workers_are_all_lost_fails_in_words(jobs: tuple[Place, list[Job]]) -> None:
    place, todo = jobs
    lost = distributed.scheduler.KilledWorker("moss", None, 3)
    future = SimpleNamespace(status="error", exception=lambda timeout: lost)
    rows = cluster._Rows(None, todo, do_row, place, lambda done, words: None)  # type: ignore[arg-type]
    rows._take(future, todo[0])
    (first, *_) = place.standings()
    assert first.state == "failed"
    assert "were lost, one after the other" in first.reason


def test_a_scheduler_that_is_lost_is_a_message_and_no_row_is_taken_for_done(
    jobs: tuple[Place, list[Job]],
) -> None:
    place, todo = jobs
    told: list[float] = []
    worker = {"memory_limit": 4e9, "nthreads": 1}
    client = SimpleNamespace(
        scheduler_info=lambda n_workers: {"workers": {"a": worker}},
        submit=lambda *_, **__: Lost(),
    )
    rows = cluster._Rows(client, todo, do_row, place, lambda done, _: told.append(done))  # type: ignore[arg-type]
    with pytest.raises(MossError, match="scheduler: must be there until all rows are done"):
        rows.carry_out(NEVER)
    assert told == [0.0] * len(told)
    assert states(place) == ["waiting"] * 3


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        ({"a": "paused", "b": "paused"}, "every worker is paused, as its memory is nearly full"),
        ({}, "there is no worker"),
        ({"a": "paused", "b": "running"}, "0 of 3 rows"),
    ],
)
def test_rows_that_no_worker_begins_are_told_why(
    jobs: tuple[Place, list[Job]],
    workers: dict[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, todo = jobs
    told: list[str] = []
    known = {name: {"status": status} for name, status in workers.items()}
    client = SimpleNamespace(scheduler_info=lambda n_workers: {"workers": known})
    rows = cluster._Rows(client, todo, do_row, place, lambda _, said: told.append(said))  # type: ignore[arg-type]
    rows._open = {Lost(): job for job in todo}  # type: ignore[misc]
    rows._show()
    assert told == ["0 of 3 rows"]  # they have a while to begin
    monkeypatch.setattr(cluster, "_LOOK_FOR_WORKERS_SECONDS", -1.0)
    rows._show()
    assert told[1].endswith(words)
    place.mark("row-2", "0" * 64, "begun")
    rows._show()
    assert told[2] == "0 of 3 rows, at work: row-2"


def test_a_scheduler_that_does_not_answer_is_a_message(
    jobs: tuple[Place, list[Job]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    place, todo = jobs
    with pytest.raises(MossError, match=r"scheduler tcp://127\.0\.0\.1:9: must answer"):
        on_cluster(todo, do_row, place, "tcp://127.0.0.1:9", NEVER, lambda done, words: None)


def test_without_dask_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MossError, match=r"pip install 'moss-sound\[cluster\]'"),
        cluster.own_cluster(2),
    ):
        pass
