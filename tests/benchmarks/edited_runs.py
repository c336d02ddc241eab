"""Edited run folders: each opens, or is told in words; quickly, and in little memory.

python tests/benchmarks/edited_runs.py [--runs 600] [--seed 0] [--clock 5] [--most 500]

Edits copies of small saved runs (of one image, of two, of several, and one that an older version
wrote) in every way of `tests/edits.py`. A worker does with each what people do: lists it in a
library, opens it and learns a step, brings it into another library as a folder and as a ZIP, asks
what made it, names it to `moss resume` where it does not open, and deletes it. Anything but a
`MossError` without a path of this machine is a failure, and so is a worker that dies. Seconds are
the worker's processor seconds; one that takes six times the clock in wall seconds hangs and is
killed. Memory is the most that a case added to the worker. The table ends with all cases; the
program with 1 where there was a failure; Ctrl-C ends it early.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))

from edits import KINDS
from moss_core import Canvas, MossError, Placement, Run, RunConfig, load
from moss_core.cli import main as moss
from moss_core.objectives import Plugins, discover
from moss_core.runs import Library, read_settings
from moss_core.runs.saving import save_progress
from samples import small_image, small_track

AIMS = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
NOBODY = 65_534


@dataclass(frozen=True)
class Case:
    """One edited run.

    Args:
        kind: of the edit.
        end: "opened", "message", or what went wrong.
        seconds: of the processor.
        megabytes: that it added at most.
    """

    kind: str
    end: str
    seconds: float
    megabytes: float


def make(folder: Path) -> None:
    """Write the runs that are edited."""
    other = replace(small_image(), pixels=1 - small_image().pixels, name="moon.jpg")
    one = RunConfig(AIMS, candidates=2, steps=2)
    several = replace(one, canvas=Canvas(0, 0.5), others=(Placement(1, Canvas(0.5, 0.5)),))
    runs = {
        "one": Run(small_image(), small_track(), one),
        "two": Run(small_image(), small_track(channels=2), one, right=other),
        "several": Run(small_image(), small_track(), several, others=[other]),
    }
    for name, run in runs.items():
        run.step()
        run.step()
        save_progress(run, folder / name)
    shutil.copytree(folder / "one", folder / "old")
    file = folder / "old" / "run.json"
    told = json.loads(file.read_text())
    del told["right"], told["others"], told["config"]["blend"], told["config"]["others"]
    file.write_text(json.dumps(told | {"format": 2}))


def memory(name: str) -> float:
    """Return a line of this process's status in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(name))


def used(library: Library, here: str, plugins: Plugins) -> str:
    """Do with the one run of a library what people do; return how that ended."""
    (entry,) = library.entries()
    if not entry.title.isprintable():
        return "a title that cannot be shown"
    folder = library.path(entry.id)
    library.cover(entry.id), library.cover_sound(entry.id)
    told = [entry.trouble]
    for way in (
        lambda: read_settings(folder),
        lambda: Library(library.folder / "other").add_folder(folder),
        lambda: Library(library.folder / "other").add_zip(packed(folder)),
    ):
        with suppress_words(told):
            way()
    opened = False
    with suppress_words(told):
        run = load(folder, plugins)
        run.extend(1, from_here=True)
        run.step()
        opened = True
    if not opened:
        result = CliRunner().invoke(moss, ["resume", str(folder)])
        if result.exit_code != 2 or len(result.stderr.splitlines()) != 1:
            return f"moss resume: {result.exit_code} {result.stderr!r} {result.exception!r}"
    library.delete(entry.id)
    if library.entries():
        return "still there after it was deleted"
    shown = [words for words in told if here in words or not words.isprintable()]
    return f"shows {shown[0]!r}" if shown else "opened" if opened else "message"


class suppress_words(suppress):
    """Collect what a MossError says, and go on."""

    def __init__(self, told: list[str]) -> None:
        super().__init__(MossError)
        self._told = told

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:  # type: ignore[override]
        if isinstance(error, MossError):
            self._told.append(str(error))
            return True
        return False


def packed(folder: Path) -> io.BytesIO:
    """Return the regular files of a folder as a ZIP; gigabytes that are none are left out."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < 30_000_000:
                with suppress(OSError):
                    archive.write(path, path.relative_to(folder.parent))
    file.seek(0)
    return file


def work(orders: Connection, base: Path, place: Path) -> None:
    """Carry out cases as they come in, and tell of each."""
    torch.set_num_threads(1)
    plugins = discover()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        kind, seed = orders.recv()
        chance = random.Random(seed)
        library = Library(place / f"{seed}")
        folder = library.folder / f"{seed:032x}"
        shutil.copytree(base / chance.choice(["one", "two", "several", "old"]), folder)
        KINDS[kind](folder, chance)
        user = os.geteuid()
        if kind == "permissions" and user == 0:  # who may read everything
            for path in (library.folder, *library.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
            os.seteuid(NOBODY)
        Path("/proc/self/clear_refs").write_text("5") if os.geteuid() == 0 else None
        before, began = memory("VmRSS"), time.process_time()
        try:
            end = used(library, str(place), plugins)
        except Exception:
            end = traceback.format_exc()
        finally:
            os.seteuid(user)
        seconds = time.process_time() - began
        orders.send(Case(kind, end, seconds, max(0.0, memory("VmHWM") - before)))
        shutil.rmtree(library.folder, ignore_errors=True)


class Worker:
    """A process that carries out cases; another takes its place where it dies or hangs."""

    def __init__(self, base: Path, place: Path, seconds: float) -> None:
        self._given, self._seconds = (base, place), seconds
        self._start()

    def _start(self) -> None:
        self._orders, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=work, args=(theirs, *self._given), daemon=True
        )
        self._process.start()
        theirs.close()

    def case(self, kind: str, seed: int) -> Case:
        """Carry out a case."""
        self._orders.send((kind, seed))
        try:
            if self._orders.poll(self._seconds):
                found: Case = self._orders.recv()
                return found
            end, took = "hangs: killed", self._seconds
        except EOFError:
            end, took = "the worker died", 0.0
        self._process.kill()
        self._process.join()
        self._start()
        return Case(kind, end, took, 0.0)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def in_a_process(action: Callable[[Path], None], folder: Path) -> None:
    """Do something in a process of its own, so that workers are forked from one without threads."""
    process = multiprocessing.get_context("fork").Process(target=action, args=(folder,))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the runs to be edited could not be made")


def row(kind: str, cases: list[Case]) -> str:
    """Return a line of the table."""
    opened, message = (sum(case.end == end for case in cases) for end in ("opened", "message"))
    seconds, megabytes = ([getattr(c, n) for c in cases] for n in ("seconds", "megabytes"))
    return (
        f"| {kind} | {len(cases)} | {opened} | {message} | {len(cases) - opened - message} "
        f"| {statistics.median(seconds):.2f} | {max(seconds):.2f} "
        f"| {statistics.median(megabytes):.0f} | {max(megabytes):.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--clock", type=float, default=5.0, help="Processor seconds of a case.")
    parser.add_argument("--most", type=float, default=500.0, help="Megabytes of a case.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edited-") as temporary:
        base, place = Path(temporary, "base"), Path(temporary, "place")
        place.mkdir()
        Path(temporary).chmod(0o755)
        in_a_process(make, base)
        worker, kinds, cases = Worker(base, place, 6 * options.clock), list(KINDS), []
        with suppress(KeyboardInterrupt):  # which ends it early, with what was done
            for number in range(options.runs):
                kind = kinds[number % len(kinds)]
                cases.append(worker.case(kind, 1_000_000 * options.seed + number))
                if cases[-1].end not in ("opened", "message"):
                    print(number, cases[-1].end, file=sys.stderr, flush=True)
        worker.end()
    heads = "kind", "cases", "opened", "MossError", "failed", "median s", "slowest s", "median MB"
    print(f"| {' | '.join((*heads, 'most MB'))} |")
    print("|---" * 9 + "|")
    for kind in kinds:
        own = [case for case in cases if case.kind == kind]
        if own:
            print(row(kind, own))
    print(row("all", cases))
    failed = [case for case in cases if case.end not in ("opened", "message")]
    over = [c for c in cases if c.seconds > options.clock or c.megabytes > options.most]
    for case in (*failed, *over):
        print(f"\n{case.kind}, {case.seconds:.2f} s, {case.megabytes:.0f} MB: {case.end}")
    sys.exit(bool(failed or over))


if __name__ == "__main__":
    main()
