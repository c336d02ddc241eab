"""A small run, and listeners to it whose hearing is known."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from background.snapshots import Snapshot
from moss_core import Run, RunConfig, load, save
from moss_core.listening import TRACK, Kind, Side, Trial
from moss_core.runs import Library
from samples import small_image, small_track
from session.listening.sitting import BY_EAR, Sitting, begin, heard_positions

TWO = (("ssim", 1.0), ("multi_resolution_stft", 1.0))


def kept_run(data: Path) -> tuple[Path, Snapshot]:
    """Keep a run of five candidates in a data folder; return its folder, and what a page sees."""
    library = Library(data / "runs")
    return library.path(library.add_folder(_saved())), _snapshot()


@cache
def _snapshot() -> Snapshot:
    run = load(_saved())
    return Snapshot("finished", 12, history=run.history, state=run.state)


@cache
def _saved() -> Path:
    """The folder of that run, learned once a process."""
    run = Run(small_image(), small_track(2.0), RunConfig(TWO, candidates=5, steps=12))
    for _ in run.steps():
        pass
    run.title = "Disc on notes"
    folder = Path(tempfile.mkdtemp()) / "out"
    atexit.register(shutil.rmtree, folder.parent)
    save(run, folder)
    return folder


def said(trial: Trial, positions: dict[int, float], hears_from: float) -> Side:
    """What somebody says who hears the image from a share on, and else that X is A.

    Of a pair it is the one with less image that sounds more like the track.
    """
    if trial.kind != "abx":
        less = positions[trial.first] < positions[trial.second]
        return "first" if less == (trial.kind == "sound") else "second"
    share = positions.get(TRACK if trial.candidate is None else trial.candidate, 0.0)
    knows = trial.is_obvious or share >= hears_from
    return "second" if knows and not trial.x_is_first else "first"


def listen(
    folder: Path,
    snapshot: Snapshot,
    hears_from: float,
    most: int = 40,
    again: bool = False,
    kinds: tuple[Kind, ...] = BY_EAR,
) -> Sitting:
    """Take the test as a listener whose hearing is known, from where the last one left off."""
    positions = heard_positions(snapshot.front)
    sitting = begin(folder, snapshot.step, positions, kinds, again)
    for _ in range(most):
        test = sitting.test()
        trial = test.next_trial()
        if trial is None:
            break
        sitting.keep(len(test.answers) + 1, said(trial, positions, hears_from), 2.0)
    return sitting


def guess(folder: Path, snapshot: Snapshot) -> None:
    """Press one key all through."""
    sitting = begin(folder, snapshot.step, heard_positions(snapshot.front), BY_EAR, True)
    while not (test := sitting.test()).is_enough:
        sitting.keep(len(test.answers) + 1, "first", 0.5)


def middle(snapshot: Snapshot) -> float:
    """A share between the third and the fourth candidate that are heard."""
    shares = sorted(heard_positions(snapshot.front).values())
    return (shares[2] + shares[3]) / 2
