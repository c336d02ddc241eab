from __future__ import annotations

import csv
import hashlib
import json
import resource
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import safetensors.torch
import soundfile
import torch

from moss_core import Adjustments, Blend, Canvas, MossError, Run, RunConfig, load_track, save
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.runs import hybrid, read_settings
from moss_core.runs import saving as storage_module
from moss_core.runs.exports.measuring import score_files
from moss_core.runs.exports.width import WidthMeter
from moss_core.runs.layout import CERTIFICATE, ENTRIES, LISTENED
from moss_core.runs.reports import about, front_csv, front_csv_of
from moss_core.runs.saving import save_progress
from samples import small_image, small_track


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run(small_image(), small_track(channels=2), RunConfig(candidates=3, steps=2))
    for _ in run.steps():
        pass
    return run


@pytest.fixture(scope="module")
def folder(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "made" / "out"
    save(run, folder)
    return folder


def test_folder_holds_everything_and_nothing_else(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == set(ENTRIES) - {*CERTIFICATE, *LISTENED}
    assert sorted(path.name for path in (folder / "inputs").iterdir()) == ["image.tif", "track.wav"]
    assert [p.name for p in sorted((folder / "audio").iterdir())] == [
        "001.wav",
        "002.wav",
        "003.wav",
    ]
    assert [p.name for p in sorted((folder / "pictures").iterdir())] == [
        f"{number:03}{which}.png" for number in (1, 2, 3) for which in ("-mono-mix", "-right", "")
    ]
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_front_csv_tells_the_losses_of_the_files(run: Run, folder: Path) -> None:
    with (folder / "front.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = ["lpips", "ssim", "multi_resolution_stft"]
    written = torch.tensor([[float(row[name]) for name in names] for row in rows])
    files = sorted((folder / "audio").iterdir())
    torch.testing.assert_close(written, score_files(run, files), rtol=1e-4, atol=1e-5)
    assert [row["candidate"] for row in rows] == ["1", "2", "3"]
    assert [row["preference_multi_resolution_stft"] for row in rows] == ["0.9", "0.475", "0.05"]
    assert {row["dominated"] for row in rows} == {"false"}


def test_the_shares_of_the_files_are_told(run: Run, folder: Path) -> None:
    with (folder / "front.csv").open() as file:
        rows = list(csv.DictReader(file))
    about = (folder / "about.txt").read_text()
    for row in rows:
        losses = [float(row[name]) for name in ("lpips", "ssim", "multi_resolution_stft")]
        shares = run.state.front.shares(losses)
        assert float(row["picture_percent"]) == pytest.approx(100 * shares.picture, abs=0.1)
        assert float(row["sound_percent"]) == pytest.approx(100 * shares.sound, abs=0.1)
        (line,) = [line for line in about.splitlines() if line.startswith(f"00{row['candidate']} ")]
        told = [round(100 * share) for share in (shares.picture, shares.sound)]
        assert [int(word) for word in line.split()[1:5:2]] == pytest.approx(told, abs=1)


def test_what_was_measured_of_files_is_not_measured_again(tmp_path: Path) -> None:
    """So the table of a run that was just written is there at once; that of a new step is new."""
    made = Run(small_image(), small_track(), RunConfig(candidates=2, steps=2))
    made.step()
    told: list[float] = []
    afresh = front_csv_of(made, tell=told.append)
    assert told
    save(made, tmp_path / "out")
    assert (tmp_path / "out" / "front.csv").read_text() == afresh
    told.clear()
    assert front_csv_of(made, tell=told.append) == afresh
    assert told == []
    front_csv_of(made, "pcm16", told.append)
    assert told
    told.clear()
    made.step()
    assert front_csv_of(made, "pcm16", told.append) != afresh
    assert told


def test_a_candidate_that_was_filled_in_has_the_number_of_its_place(tmp_path: Path) -> None:
    """Its index is the last; its number is where it lies, and those to its right move on."""
    made = Run(small_image(), small_track(), RunConfig(candidates=2, steps=1))
    made.step()
    made.fill(0, 1)
    made.step()
    written = save(made, tmp_path / "out")
    assert [(one.candidate.index, one.number) for one in written] == [(0, 1), (2, 2), (1, 3)]
    assert [made.state.front.number(index) for index in range(3)] == [1, 3, 2]
    sound = load_track(tmp_path / "out" / written[1].sound).samples
    wanted = hybrid(made, made.state.waveform[2])
    torch.testing.assert_close(sound, wanted, atol=2**-23, rtol=0)
    assert read_settings(tmp_path / "out" / written[1].picture).made.number == 2
    with (tmp_path / "out" / "history.csv").open() as file:
        rows = [(row["step"], row["candidate"]) for row in csv.DictReader(file)]
    assert rows == [("0", "1"), ("0", "3"), ("1", "1"), ("1", "2"), ("1", "3")]


def test_pictures_are_those_of_the_files(run: Run, folder: Path) -> None:
    for number, candidate in enumerate(run.candidates(), 1):
        for heard, which in enumerate(("", "-right", "-mono-mix")):
            with PIL.Image.open(folder / "pictures" / f"{number:03}{which}.png") as picture:
                assert picture.mode == "L"
                shown = torch.from_numpy(np.asarray(picture).copy()) / 255
            sound = run.heard(run.state.waveform[candidate.index], heard)
            torch.testing.assert_close(shown, run.picture(sound), atol=1 / 255, rtol=0)
        track = load_track(folder / "audio" / f"{number:03}.wav")
        assert track.samples.shape == run.track.samples.shape


def test_the_width_of_each_candidate_is_told(run: Run, folder: Path) -> None:
    with (folder / "front.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row, candidate in zip(rows, run.candidates(), strict=True):
        expected = WidthMeter(run).width(run.state.waveform[candidate.index])
        assert float(row["width"]) == pytest.approx(expected, abs=1e-3)
    about = (folder / "about.txt").read_text()
    assert f"{100 * float(rows[0]['width']):.0f} %" in about
    assert "100 % is as wide as the track's" in about


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ("every", "Every channel that sounds and is not the same as another is painted: left and"),
        ("mono", "The mono mix is painted: what changes is added to every channel alike."),
        ("right", "The right channel is painted; the others are untouched."),
        ("sides", "The sides (left minus right) are painted: the image vanishes in mono."),
    ],
)
def test_about_says_which_channels_are_painted(channels: str, sentence: str) -> None:
    config = RunConfig(candidates=1, steps=0, channels=channels)
    made = Run(small_image(), small_track(channels=2), config)
    made.step()
    assert sentence in about(made, made.candidates(), "float")


def test_of_a_mono_track_neither_channels_nor_width_are_told() -> None:
    made = Run(small_image(), small_track(), RunConfig(candidates=1, steps=0))
    made.step()
    told = about(made, made.candidates(), "float")
    assert "The track is mono." in told
    assert "width" not in told
    assert "width" not in front_csv(made, made.candidates())


def test_run_json_is_enough_to_repeat_the_run(run: Run, folder: Path) -> None:
    told = json.loads((folder / "run.json").read_text())
    config = told["config"]
    canvas = Canvas(**config.pop("canvas"))
    adjustments = Adjustments(**config.pop("adjustments"))
    blend = Blend(**config.pop("blend"))
    objectives = tuple((name, weight) for name, weight in config.pop("objectives"))
    again = Run(
        run.image,
        run.track,
        RunConfig(objectives, canvas=canvas, adjustments=adjustments, blend=blend, **config),
    )
    for _ in again.steps():
        pass
    masks = safetensors.torch.load_file(folder / "masks.safetensors")
    order = [candidate.index for candidate in again.candidates()]
    assert torch.equal(again.state.mask[order], masks["masks"])
    assert torch.equal(again.state.waveform[order], masks["waveforms"])
    assert told["steps_taken"] == 2
    assert {DISTRIBUTION, "torch", "python"} <= set(told["versions"])


def test_history_has_a_row_a_step_and_candidate(folder: Path) -> None:
    with (folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["step"], row["candidate"]) for row in rows] == [
        (str(step), str(number)) for step in range(3) for number in (1, 2, 3)
    ]


def test_another_run_is_not_overwritten_unless_told(run: Run, tmp_path: Path) -> None:
    save(run, tmp_path)
    before = hashlib.sha256((tmp_path / "run.json").read_bytes()).hexdigest()
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(MossError, match="must not hold another run"):
        save(run, tmp_path)
    assert hashlib.sha256((tmp_path / "run.json").read_bytes()).hexdigest() == before
    (tmp_path / "audio" / "099.wav").write_bytes(b"stale")
    save(run, tmp_path, overwrite=True)
    assert not (tmp_path / "audio" / "099.wav").exists()
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_nothing_is_left_behind_when_writing_fails(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage_module, "front_png", disk_full)
    with pytest.raises(MossError, match="No space left on device"):
        save(run, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_while_a_sound_is_written_leaves_what_was_there(
    tmp_path: Path,
) -> None:
    canvas, quick = Canvas(duration=0.5), (("ssim", 1.0), ("multi_resolution_stft", 1.0))
    made = Run(small_image(), small_track(30), RunConfig(quick, 1, 0, canvas=canvas))
    made.step()
    save_progress(made, tmp_path / "out")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    most, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sound_bytes = 3 * made.track.samples.numel()
    assert max(len(content) for path, content in before.items() if path.parent.name == "out") < (
        sound_bytes - 100_000
    )  # what is written before the sound
    resource.setrlimit(resource.RLIMIT_FSIZE, (sound_bytes - 100_000, hard))
    try:
        with pytest.raises(MossError, match="must take the run's files; found File too large"):
            save(made, tmp_path / "out", overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_by_default_sounds_have_24_bits(folder: Path) -> None:
    for path in (folder / "audio").iterdir():
        assert soundfile.info(path).subtype == "PCM_24"
    assert json.loads((folder / "run.json").read_text())["used"]["subtype"] == "pcm24"
    assert "WAV pcm24, 16000 Hz, stereo" in (folder / "about.txt").read_text()


def test_only_the_canvass_seconds_of_a_file_are_measured(tmp_path: Path) -> None:
    config = RunConfig(candidates=1, steps=0, canvas=Canvas(start=0.5, duration=0.5))
    made = Run(small_image(), small_track(1.5), config)
    made.step()
    save(made, tmp_path / "out")
    file = tmp_path / "out" / "audio" / "001.wav"
    first = score_files(made, [file])
    samples, rate = soundfile.read(file, dtype="int32")
    samples[made.model.section.stop :] = 0
    soundfile.write(file, samples, rate, "PCM_24")
    assert torch.equal(score_files(made, [file]), first)
    samples[made.model.section] //= 2
    soundfile.write(file, samples, rate, "PCM_24")
    assert not torch.equal(score_files(made, [file]), first)


def test_a_file_in_the_folders_place_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(MossError, match="must be a folder"):
        save(run, tmp_path / "out")


def test_a_branched_candidate_has_history_from_its_branch_on(tmp_path: Path) -> None:
    run = Run(small_image(), small_track(), RunConfig(candidates=2, steps=2))
    run.step()
    run.branch(run.checkpoint(0))
    for _ in run.steps():
        pass
    save(run, tmp_path / "out")
    with (tmp_path / "out" / "history.csv").open() as file:
        rows = [(row["step"], row["candidate"]) for row in csv.DictReader(file)]
    assert [sum(step == str(k) for step, _ in rows) for k in range(3)] == [2, 3, 3]
    assert len(list((tmp_path / "out" / "audio").iterdir())) == 3
