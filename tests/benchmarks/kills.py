"""What is lost when a program is killed: the command line, and the dashboard's runs.

python tests/benchmarks/kills.py [--kills 100] [--window 6] [--seconds 1] [--candidates 2]

Half of the kills end `moss optimize` (SIGKILL, SIGTERM and SIGHUP in turn), half a process that
learns as the dashboard's server does (SIGKILL): a JobManager with its worker and saver, no page.
Each comes at a random moment of the window (seconds) after the run's folder has appeared. Then the
next start: `moss resume` takes another step, or another manager opens the run and goes on. The
table says how many went on, and how much of the work has to be done again, in seconds: from the end
of the step that is found until the kill. Processes are forked off one that has imported everything,
since importing takes longer than a run does.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "dashboard"), str(ROOT / "tests")]

from PIL import Image as Pillow  # noqa: E402

from background.job import Job  # noqa: E402
from background.manager import JobManager  # noqa: E402
from background.snapshots import Request, request_to_open  # noqa: E402
from moss_core import Run, RunConfig, load  # noqa: E402
from moss_core.cli import main as moss  # noqa: E402
from moss_core.objectives import discover  # noqa: E402
from moss_core.runs import Library  # noqa: E402
from samples import small_image, small_track, wav_file  # noqa: E402
from sources.source import Source  # noqa: E402

PATIENCE = 180.0
OBJECTIVES = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
COMMAND_LINE, SERVER = "command line", "server"


@dataclass(frozen=True)
class Outcome:
    """What a kill has left.

    Args:
        resumed: whether the run went on.
        lost: seconds of work to be done again.
        left: names of temporary files after the next start.
    """

    resumed: bool
    lost: float
    left: int


@dataclass(frozen=True)
class Inputs:
    """What all runs are made from."""

    image: Path
    track: Path
    candidates: int


def fork(work: Callable[[], object], quiet: bool = True) -> int:
    """Do some work in another process."""
    process = os.fork()
    if process:
        return process
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nobody hears under nohup
    if quiet:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    code = 1
    try:
        work()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def make_inputs(place: Path, seconds: float) -> None:
    """Write an image and a track; elsewhere, since no process that has computed can be forked."""
    pixels = (small_image().pixels.numpy() * 255).astype("uint8")
    Pillow.fromarray(pixels).save(place / "image.png")
    track = small_track(seconds)
    (place / "track.wav").write_bytes(wav_file(track.samples, track.sample_rate))


def noting(steps: Path) -> None:
    """Note when each step ends, in a file."""
    step = Run.step

    def note(run: Run) -> object:
        record = step(run)
        with steps.open("a") as file:
            file.write(f"{record.step} {time.monotonic()}\n")
        return record

    Run.step = note  # type: ignore[method-assign, assignment]


def optimize(inputs: Inputs, out: Path, steps: Path) -> None:
    noting(steps)
    names = ",".join(name for name, _ in OBJECTIVES)
    words = ["optimize", inputs.image, inputs.track, "--out", out, "--objectives", names]
    moss([*map(str, words), "--steps", "5000", "--candidates", str(inputs.candidates)])


def serve(inputs: Inputs, folder: Path, steps: Path) -> None:
    noting(steps)
    sources = (
        Source("a.png", "A", inputs.image.read_bytes()),
        Source("b.wav", "B", inputs.track.read_bytes()),
    )
    config = RunConfig(OBJECTIVES, inputs.candidates, 5000, device="cpu")
    job = JobManager().submit(Request(*sources, config, discover(), "A on B"), folder)
    while True:
        job.look()
        time.sleep(0.05)


def go_on(folder: Path) -> None:
    """Open a run as a server does that was started again, and take a step."""
    Library(folder.parent).entries()
    manager = JobManager()
    job = manager.submit(request_to_open(folder, discover()), folder)
    until(job, lambda: job.look().phase == "paused")
    before = job.look().step
    job.resume()
    until(job, lambda: job.look().step > before)
    manager.close()


def until(job: Job, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end or job.look().phase == "failed":
            raise SystemExit(job.look().message or 3)
        time.sleep(0.02)


def ended(process: int) -> int:
    """Wait for a process; return its exit status, negative for a signal."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return 99


def kill(kind: str, number: signal.Signals, wait: float, inputs: Inputs, folder: Path) -> Outcome:
    """Kill a run after some seconds, go on with it, and return what was lost."""
    steps = folder / "steps.txt"
    out = folder / ("runs/" + "a" * 32 if kind == SERVER else "work/out")
    begin = serve if kind == SERVER else optimize
    process = fork(lambda: begin(inputs, out, steps))
    appears = time.monotonic() + PATIENCE
    while not (out / "run.json").exists():
        if time.monotonic() > appears:
            os.kill(process, signal.SIGKILL)
            raise SystemExit(f"{kind}: no folder after {PATIENCE:.0f} s")
        time.sleep(0.005)
    appeared = time.monotonic()
    time.sleep(wait)
    os.kill(process, number)
    killed = time.monotonic()
    ended(process)
    found = json.loads((out / "run.json").read_text())
    # What was learned may be a moment newer than what is told of it.
    shown = fork(lambda: (folder / "found").write_text(str(load(out).history[-1].step)))
    opened = ended(shown) == 0
    step = int((folder / "found").read_text()) if opened else found["steps_taken"]
    lines = steps.read_text().splitlines() if steps.exists() else []
    at = {int(line.split()[0]): float(line.split()[1]) for line in lines if len(line.split()) == 2}
    # Step 0 is found again where nothing was learned.
    since = at.get(step, appeared) if found["candidates"] else appeared
    if kind == SERVER:
        again = fork(lambda: go_on(out))
    else:
        again = fork(lambda: moss(["resume", str(out), "--steps", "1"]))
    resumed = opened and ended(again) == 0
    left = [path for path in out.parent.iterdir() if path.name.startswith(".moss-")]
    return Outcome(resumed, max(0.0, killed - since), len(left))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--window", type=float, default=6.0, help="seconds")
    parser.add_argument("--seconds", type=float, default=1.0, help="of the track")
    parser.add_argument("--candidates", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    mixed = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)
    outcomes: dict[tuple[str, str], list[Outcome]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        ended(fork(lambda: make_inputs(place, options.seconds)))
        inputs = Inputs(place / "image.png", place / "track.wav", options.candidates)
        with suppress(KeyboardInterrupt):  # what was found until then is told
            for count in range(options.kills):
                kind = SERVER if count % 2 else COMMAND_LINE
                number = signal.SIGKILL if count % 2 else mixed[count // 2 % len(mixed)]
                (folder := place / str(count)).mkdir()
                outcome = kill(kind, number, chance.uniform(0, options.window), inputs, folder)
                outcomes.setdefault((kind, number.name), []).append(outcome)
    print("| kind | signal | resumed | work lost, median | worst | left over |")
    print("|---|---|---|---|---|---|")
    for (kind, name), found in sorted(outcomes.items()):
        lost = [outcome.lost for outcome in found]
        resumed = sum(outcome.resumed for outcome in found)
        print(
            f"| {kind} | {name} | {resumed} of {len(found)} | {statistics.median(lost):.2f} s "
            f"| {max(lost):.2f} s | {sum(outcome.left for outcome in found)} |"
        )


if __name__ == "__main__":
    main()
