from __future__ import annotations

import csv
import os
import pty
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import PIL.Image
import pytest
import soundfile
from click.testing import CliRunner, Result

from moss_core import Adjustments, MossError, Run, RunConfig, load
from moss_core.cli.commands import main
from moss_core.cli.progress import progress, waiting
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.runs.layout import CERTIFICATE, ENTRIES, LISTENED
from moss_core.runs.saving import save_progress
from samples import small_image, small_track


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("inputs")
    image, track = folder / "disc.png", folder / "notes.wav"
    PIL.Image.fromarray((small_image().pixels.numpy() * 255).astype("uint8")).save(image)
    soundfile.write(track, small_track(channels=2).samples.T.numpy(), 16_000)
    return image, track


def moss(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_optimize_writes_a_run_and_prints_plain_lines(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = moss("optimize", *inputs, "--out", out, "--candidates", 2, "--steps", 2)
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == set(ENTRIES) - {*CERTIFICATE, *LISTENED}
    lines = result.stdout.splitlines()
    assert next(line for line in lines if not line.startswith("Preparing")) == (
        "Learning: the crossfade first"
    )
    assert any(line.startswith("Learning: step 2 of 2, 0:00 left, picture ") for line in lines)
    assert "\r" not in result.output
    again = moss("optimize", *inputs, "--out", out, "--steps", 0)
    assert again.exit_code == 2
    assert "must not hold another run" in again.stderr


def test_in_the_end_the_files_to_open_first_are_named_and_what_to_type_next(
    inputs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = moss("optimize", *inputs, "--out", "my out", "--candidates", 3, "--steps", 1)
    assert result.exit_code == 0, result.output
    first = load(tmp_path / "my out").state.front
    number = f"{first.number(first.opening):03}"
    assert number == "002"
    with Path("my out/front.csv").open() as file:
        row = list(csv.DictReader(file))[1]
    shares = [round(float(row[f"{name}_percent"])) for name in ("picture", "sound")]
    said = result.stdout[result.stdout.index("3 candidates") :]
    lines = said.splitlines()
    assert re.match(r"3 candidates, \d on the front, learned in \d+ s\.$", lines[0])
    assert "Picture {} %, sound {} %".format(*shares) in said
    named = [line.split("  ")[1] for line in lines if line.startswith("  my out")]
    assert named == ["my out/audio/002.wav", "my out/pictures/002.png", "my out/front.png"]
    assert all(Path(name).is_file() for name in named)
    assert max(map(len, lines)) <= 80
    commands = [line.split("  ")[1] for line in lines if line.startswith("  moss ")]
    assert len(commands) == 4
    assert shlex.split(commands[1]) == ["moss", "resume", "my out", "--steps", "30"]
    for command in (commands[0], commands[2]):
        done = moss(*shlex.split(command)[1:])
        assert done.exit_code == 0, done.output


def test_one_candidate_is_no_front(inputs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = moss("optimize", *inputs, "--out", out, "--candidates", 1, "--steps", 0)
    assert "1 candidate, learned in" in result.stdout
    written = [path.read_text() for path in out.glob("*.txt")]
    for text in (result.stdout, moss("show", out).stdout, *written):
        assert "1 candidates" not in text


def test_silence_never_lasts_where_nobody_sees_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("moss_core.cli.progress.LINE_SECONDS", 0.02)
    said = ""
    with progress("Writing") as tell:
        assert capsys.readouterr().out.startswith("Writing ...\n")
        tell(0.25)
        while said.count("Writing: 25 %") < 3:  # it says so itself while a file takes long
            said += capsys.readouterr().out
        monkeypatch.setattr("moss_core.cli.progress.LINE_SECONDS", 60.0)
        tell(0.5)
        tell(1.0)
    assert capsys.readouterr().out.splitlines()[-1].startswith("Writing: 100 %")


def test_what_takes_a_moment_only_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting("Preparing"):
        pass
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("options", "seconds"),
    [([], 30.0), (["--start", 4], None), (["--duration", 0], None), (["--duration", 31], 31.0)],
)
def test_a_canvas_is_as_long_as_on_the_page(
    inputs: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[object],
    seconds: float | None,
) -> None:
    def stop(image: object, track: object, config: RunConfig, *_: object, **more: object) -> None:
        raise MossError("canvas", "must be looked at", config.canvas.duration, "Stop.")

    monkeypatch.setattr("moss_core.cli.options.planning.Run", stop)
    track = tmp_path / "long.wav"
    soundfile.write(track, small_track().samples.repeat(1, 32).T.numpy(), 16_000)
    result = moss("optimize", inputs[0], track, "--out", tmp_path / "out", *options)
    assert result.stderr == f"moss: canvas: must be looked at; found {seconds}. Stop.\n"


def test_a_terminal_gets_a_progress_bar(inputs: tuple[Path, Path], tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    words = ["optimize", *map(str, inputs), "--out", str(tmp_path / "out")]
    call = [sys.executable, "-c", "from moss_core.cli import main; main()", *words]
    call += ["--candidates", "2", "--steps", "1"]
    with subprocess.Popen(call, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # a closed terminal on Linux
                break
            if not part:
                break
            shown += part
    os.close(ours)
    assert process.returncode == 0
    assert b"Learning" in shown
    assert b"\r" in shown
    assert b"step 1 of 1, 0:00 left, picture " in shown
    assert b"Writing the files" in shown
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode()))
    bars = [line for line in lines if line.startswith(("Learning", "Writing"))]
    assert max(len(bar.rstrip()) for bar in bars) <= 80


def bad_files(folder: Path) -> dict[str, Path]:
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.png").write_text("this is no image")
    PIL.Image.new("L", (1, 1)).save(folder / "dot.png")
    soundfile.write(folder / "silent.wav", [0.0] * 16_000, 16_000)
    soundfile.write(folder / "none.wav", [], 16_000)
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("image", "track", "options", "words"),
    [
        ("text.png", None, [], ["text.png", "PNG"]),
        ("dot.png", None, [], ["dot.png", "8 pixels", "1 x 1"]),
        ("missing.png", None, [], ["missing.png", "must be a file"]),
        (None, "empty.wav", [], ["empty.wav", "0 bytes"]),
        (None, "none.wav", [], ["none.wav", "0 samples"]),
        (None, "silent.wav", [], ["silent.wav", "silence"]),
        (None, None, ["--steps", "-1"], ["steps", "-1"]),
        (None, None, ["--candidates", "0"], ["candidates", "found 0"]),
        (None, None, ["--objectives", "lpips,nonsense"], ["nonsense", "installed"]),
        (None, None, ["--objectives", "lpips,ssim"], ["no audio objective", "Add one of"]),
        (None, None, ["--objectives", "multi_resolution_stft"], ["no image objective"]),
        (None, None, ["--objectives", "lpips=much"], ["lpips", "much"]),
        (None, None, ["--axis", "bark"], ["axis", "bark", "mel"]),
        (None, None, ["--high", "50000"], ["Hz", "50000"]),
        (None, None, ["--device", "tpu"], ["device", "tpu"]),
        (None, None, ["--subtype", "mp3"], ["subtype", "mp3"]),
    ],
)
def test_bad_input_is_one_clear_message_and_status_2(
    inputs: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    image: str | None,
    track: str | None,
    options: list[str],
    words: list[str],
) -> None:
    monkeypatch.setattr("moss_core.cli.progress._PATIENCE", 60.0)  # however busy the machine is
    folder = tmp_path / "inputs"
    folder.mkdir()
    bad_files(folder)
    chosen = (folder / image if image else inputs[0], folder / track if track else inputs[1])
    result = moss("optimize", *chosen, "--out", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("moss: ")
    assert len(result.stderr.splitlines()) == 1
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["inputs"]


def test_objectives_lists_what_is_installed() -> None:
    result = moss("objectives")
    assert result.exit_code == 0
    own = f"{DISTRIBUTION} {version(DISTRIBUTION)}"
    for word in ("lpips", "ssim", "multi_resolution_stft", "image", "audio", own, "arxiv"):
        assert word in result.stdout


def test_resume_goes_on_with_a_run_in_its_folder_or_in_another(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert moss("optimize", *inputs, "--out", out, "--candidates", 2, "--steps", 1).exit_code == 0
    result = moss("resume", out, "--steps", 2, "--out", tmp_path / "more")
    assert result.exit_code == 0, result.output
    assert [run.history[-1].step for run in map(load, (out, tmp_path / "more"))] == [1, 3]
    assert moss("resume", out, "--subtype", "pcm16").exit_code == 0
    assert soundfile.info(out / "audio" / "001.wav").subtype == "PCM_16"
    assert load(out).history[-1].step == 1


def test_resume_goes_on_to_what_was_planned_where_a_run_was_interrupted(tmp_path: Path) -> None:
    run = Run(
        small_image(),
        small_track(),
        RunConfig((("ssim", 1.0), ("multi_resolution_stft", 1.0)), 1, 3),
    )
    run.step()
    save_progress(run, tmp_path / "out")
    written = moss("resume", tmp_path / "out", "--steps", 0)
    assert "Interrupted" not in written.stdout
    assert load(tmp_path / "out").planned == 0
    run.step()
    save_progress(run, tmp_path / "out")
    result = moss("resume", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "Interrupted at step 1: goes on to step 3, as planned.\n" in result.stdout
    assert load(tmp_path / "out").history[-1].step == 3
    assert (tmp_path / "out" / "audio" / "001.wav").exists()


def test_resume_says_what_is_wrong(inputs: tuple[Path, Path], tmp_path: Path) -> None:
    result = moss("resume", tmp_path / "nothing")
    assert (result.exit_code, "no such folder" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "IMAGE and TRACK: must both be named; found neither."),
        (["image.png"], "IMAGE and TRACK: must both be named; found only image.png."),
        (["--sample", "image.png"], "--sample: must stand in the place of IMAGE and TRACK; found"),
        (["--sample", "image.png", "track.wav"], "found image.png and track.wav."),
    ],
)
def test_either_two_files_or_the_samples(arguments: list[str], said: str, tmp_path: Path) -> None:
    result = moss("optimize", *arguments, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_images_adjustments_are_options_in_their_own_words(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    brief = ["--candidates", 1, "--steps", 0, "--objectives", "ssim,multi_resolution_stft"]
    told = ["--no-levels", "--brightness", 0.1, "--contrast", 2, "--gamma", 0.5, "--invert"]
    told += ["--rotate", 90, "--flip"]
    for options, expected in (
        ([], Adjustments()),
        (told, Adjustments(False, 0.1, contrast=2, gamma=0.5, invert=True, rotate=90, flip=True)),
    ):
        out = tmp_path / str(len(options))
        result = moss("optimize", *inputs, "--out", out, *brief, *options)
        assert result.exit_code == 0, result.output
        assert load(out).config.adjustments == expected
    shown = moss("optimize", "--help").output
    assert shown.index("--levels / --no-levels") < shown.index("--brightness FLOAT")
    assert "[0.25 to 4; default: 1]" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--gamma", 5], "moss: gamma: must be a number from 0.25 to 4; found 5.0."),
        (["--brightness", 1], "moss: image disc.png, adjusted: must have light and dark parts"),
    ],
)
def test_adjustments_that_cannot_be(
    inputs: tuple[Path, Path], tmp_path: Path, option: list[object], said: str
) -> None:
    result = moss("optimize", *inputs, "--out", tmp_path / "out", *option)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(tmp_path.iterdir())


def test_which_channels_show_the_image_is_an_option(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    brief = ["--candidates", 1, "--steps", 0, "--objectives", "ssim,multi_resolution_stft"]
    for options, names in (
        ([], ("left", "right")),
        (["--channels", "sides"], ("sides",)),
        (["--right-image", inputs[0]], ("left", "right")),
    ):
        out = tmp_path / str(len(options[:1]) + len(names))
        result = moss("optimize", *inputs, "--out", out, *brief, *options, "--overwrite")
        assert result.exit_code == 0, result.output
        again = load(out)
        assert again.model.painted.names == names
        assert bool(again.right) == ("--right-image" in options)
    shown = " ".join(moss("optimize", "--help").output.split())
    assert "--channels [every|mono|left|right|sides]" in shown
    assert "it vanishes on a mono speaker" in shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--channels", "mono", "--right-image", "{image}"], "must be every where there are two"),
        (["--right-image", "nowhere.png"], "moss: image nowhere.png: must be a file"),
        (["--channels", "middle"], "'middle' is not one of 'every', 'mono'"),
    ],
)
def test_channels_that_do_not_go_together_are_a_message(
    inputs: tuple[Path, Path], tmp_path: Path, options: list[str], said: str
) -> None:
    words = [word.format(image=inputs[0]) for word in options]
    result = moss("optimize", *inputs, "--out", tmp_path / "out", *words)
    assert result.exit_code == 2
    assert said in result.stderr
