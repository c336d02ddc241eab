from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from moss_core import MossError, Run, RunConfig, load, load_image, load_track, save
from moss_core.objectives.discovery import discover
from moss_core.objectives.installed import Plugins
from moss_core.runs.layout import CERTIFICATE, ENTRIES, LISTENED
from moss_core.runs.saving import save_progress
from samples import small_image, small_track


def finish(run: Run) -> Run:
    for _ in run.steps():
        pass
    return run


def small_run(candidates: int = 3, steps: int = 3) -> Run:
    return Run(small_image(), small_track(), RunConfig(candidates=candidates, steps=steps))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    run = finish(small_run())
    run.title = "Disc, my first"
    folder = tmp_path_factory.mktemp("kept") / "run"
    save_progress(run, folder)
    return run, folder


@pytest.fixture
def folder(kept: tuple[Run, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept[1], tmp_path / "run"))


def test_a_reopened_run_is_the_run(kept: tuple[Run, Path]) -> None:
    run, folder = kept
    again = load(folder)
    assert again.history == run.history
    assert (again.title, again.created, again.planned) == (run.title, run.created, run.planned)
    assert again.candidates() == run.candidates()
    assert torch.equal(again.state.mask, run.state.mask)
    assert torch.equal(again.state.waveform, run.state.waveform)
    assert torch.equal(again.track.samples, run.track.samples)
    assert torch.equal(again.image.pixels, run.image.pixels)
    assert again.hypervolume == pytest.approx(run.hypervolume)
    assert again.state.rendered == run.state.rendered
    assert again.finished


def test_those_who_slept_when_a_run_was_kept_wake_when_it_goes_on(tmp_path: Path) -> None:
    run = small_run(5, 10)
    run.step()
    run.steer(3, [1, 1, 1])
    run.step()
    save_progress(run, tmp_path / "run")
    again = load(tmp_path / "run")
    assert run.optimizer.waiting == again.optimizer.waiting == {1}
    for _ in range(3):
        run.step()
        again.step()
    assert again.optimizer.waiting == frozenset()
    torch.testing.assert_close(again.state.mask, run.state.mask, atol=1e-4, rtol=0)


def test_a_run_that_was_kept_before_phases_were_learned_opens(folder: Path) -> None:
    path = folder / "masks.safetensors"
    with safetensors.safe_open(path, framework="pt") as file:
        origin = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    older = {name: tensor for name, tensor in tensors.items() if "phase_" not in name}
    assert len(older) == len(tensors) - 3
    older["phases"] = tensors["phase_offsets"]
    safetensors.torch.save_file(older, path, origin)
    run = load(folder)
    run.extend(1)
    assert run.step().step == 4


def as_before_channels(run: Run, folder: Path) -> None:
    """Leave a run's folder as the version wrote it that painted the mono mix only."""
    path = folder / "masks.safetensors"
    with safetensors.safe_open(path, framework="pt") as file:
        origin = file.metadata()
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    del found["measured"]
    bins = run.model.grid.bins
    kept = (1 - run.model.on_cells(found["logits"].sigmoid()))[:, None]
    phases = run.model.stft.forward(run.model.track).angle().expand_as(found["phase_offsets"])
    found["phases"] = phases.clone()
    found["phases"][:, :, bins] += (1 - kept**8) * found.pop("phase_offsets")[:, :, bins]
    for name in ("waveforms", "phases", "phase_first_moments", "phase_second_moments"):
        found[name] = found[name][:, 0].contiguous()
    safetensors.torch.save_file(found, path, origin)
    told = json.loads((folder / "run.json").read_text())
    del told["config"]["channels"], told["config"]["viewers"], told["right"]
    told["format"] = 2
    (folder / "run.json").write_text(json.dumps(told))


@pytest.mark.parametrize("channels", [1, 2])
def test_a_run_that_was_kept_before_channels_were_painted_goes_on(
    tmp_path: Path, channels: int
) -> None:
    config = RunConfig(candidates=3, steps=8, channels="mono")
    run = Run(small_image(), small_track(channels=channels), config)
    finish(run)
    added = run.branch(run.checkpoint(1))
    save_progress(run, tmp_path / "run")
    as_before_channels(run, tmp_path / "run")
    again = load(tmp_path / "run")
    assert again.config.channels == "mono"
    assert again.history == run.history
    assert torch.equal(again.state.waveform, run.state.waveform)
    for candidate in range(3):
        sounds = [r.optimizer.preview(candidate) for r in (again, run)]
        torch.testing.assert_close(*sounds, atol=1e-5, rtol=0)
    assert again.optimizer.learned()[1] == 9
    again.extend(1)
    again.learn_only([0])
    again.step()
    assert again.active == (0, 1, 2)
    losses = again.history[-1].losses
    assert losses[1:3] == run.history[-1].losses[1:3]
    assert losses[0] != run.history[-1].losses[0]
    assert losses[added] == losses[added]
    save_progress(again, tmp_path / "run")
    assert load(tmp_path / "run").history == again.history


def two_images() -> Run:
    other = replace(small_image(), pixels=1 - small_image().pixels, name="moon.jpg")
    config = RunConfig(candidates=2, steps=1)
    return finish(Run(small_image(), small_track(channels=2), config, right=other))


def test_a_run_of_two_images_keeps_both(tmp_path: Path) -> None:
    run = two_images()
    save(run, tmp_path / "run")
    assert sorted(path.name for path in (tmp_path / "run" / "inputs").iterdir()) == [
        "image.tif",
        "right.tif",
        "track.wav",
    ]
    about = (tmp_path / "run" / "about.txt").read_text()
    assert "from the images disc.png (left) and moon.jpg (right)" in about
    again = load(tmp_path / "run")
    assert again.right
    assert again.right.name == "moon.jpg"
    assert torch.equal(again.right.pixels, run.right.pixels)  # type: ignore[union-attr]
    assert again.candidates() == run.candidates()
    again.extend(1)
    assert again.step().step == 2


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "inputs/right.tif").unlink(), "its right image: must lie in the folder"),
        (
            lambda f: (f / "inputs/right.tif").write_bytes((f / "inputs/image.tif").read_bytes()),
            "its right image: must be the file that the run was made with",
        ),
        (
            lambda f: edit(right=None)(f),
            "must belong to the images and the track",
        ),
    ],
)
def test_another_image_on_the_right_is_a_message(
    tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    save_progress(two_images(), tmp_path / "run")
    damage(tmp_path / "run")
    with pytest.raises(MossError, match=message):
        load(tmp_path / "run")


def test_a_reopened_run_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    through, stopped = small_run(), small_run()
    finish(through)
    finish(stopped)
    through.steer(1, [1, 1, 2])
    stopped.steer(1, [1, 1, 2])
    save_progress(stopped, tmp_path / "run")
    again = load(tmp_path / "run")
    for run in (through, again):
        run.extend(4)
        finish(run)
    torch.testing.assert_close(again.state.mask, through.state.mask, atol=1e-4, rtol=0)
    assert again.history[-1].step == 7
    assert again.history[-1].preferences == through.history[-1].preferences
    assert again.history[-1].seconds > again.history[3].seconds


def test_branches_keep_their_numbers_and_their_history(tmp_path: Path) -> None:
    run = small_run(2, 2)
    run.step()
    added = run.fill(0, 1)
    finish(run)
    waiting = run.branch(run.checkpoint(0))
    save_progress(run, tmp_path / "run")
    again = load(tmp_path / "run")
    assert [c.index for c in again.candidates()] == [0, added, 1]
    assert again.history == run.history
    assert [len(record.losses) for record in again.history] == [2, 3, 3]
    again.extend(1)
    assert len(again.step().losses) == waiting + 1


def test_what_save_wrote_can_be_opened_and_the_other_way_round(tmp_path: Path) -> None:
    files = Path(__file__).parents[1] / "assets"
    image = load_image(files / "images" / "line-drawing-rose.png")
    track = load_track(files / "audio" / "drums-groove.flac")
    run = Run(image, track, RunConfig(candidates=2, steps=0))
    run.step()
    save(run, tmp_path / "run")
    kept = tmp_path / "run" / "inputs" / "track.flac"
    assert kept.read_bytes() == (files / "audio" / "drums-groove.flac").read_bytes()
    again = load(tmp_path / "run")
    assert again.track.name == "drums-groove.flac"
    save_progress(again, tmp_path / "run")
    assert not (tmp_path / "run" / "audio").exists()
    save(load(tmp_path / "run"), tmp_path / "run", overwrite=True)
    assert {path.name for path in (tmp_path / "run").iterdir()} == set(ENTRIES) - {
        *CERTIFICATE,
        *LISTENED,
    }


def test_an_objective_that_is_gone_is_named_and_the_others_go_on(folder: Path) -> None:
    here = discover()
    without = Plugins({k: v for k, v in here.installed.items() if k != "ssim"}, ())
    run = load(folder, without)
    assert run.failures[0].name == "ssim"
    assert "Install moss" in run.failures[0].reason
    assert run.scorer.active == (0, 2)
    before = run.history[-1].losses[0][1]
    assert before == before
    run.extend(1)
    assert len(run.step().losses) == 3


def test_no_objective_left_in_a_domain_is_a_message(folder: Path) -> None:
    here = discover()
    without = Plugins({"lpips": here.installed["lpips"]}, ())
    with pytest.raises(MossError, match=r"multi_resolution_stft.*must be installed"):
        load(folder, without)


def test_a_device_that_is_not_there_is_replaced(folder: Path) -> None:
    told = json.loads((folder / "run.json").read_text())
    told["config"]["device"] = "mps"
    (folder / "run.json").write_text(json.dumps(told))
    assert load(folder).model.device.type in ("cpu", "cuda")


def edit(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        told = json.loads((folder / "run.json").read_text()) | changes
        (folder / "run.json").write_text(json.dumps(told))

    return change


def edit_config(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        told = json.loads((folder / "run.json").read_text())
        edit(config=told["config"] | changes)(folder)

    return change


def tensors(**changes: torch.Tensor | None) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "masks.safetensors"
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata()
        found = safetensors.torch.load_file(path) | changes
        kept = {name: tensor for name, tensor in found.items() if tensor is not None}
        path.write_bytes(safetensors.torch.save(kept, metadata))

    return change


def remove(*parts: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder.joinpath(*parts)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def cut(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:1000])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove("run.json"), r"must be a folder with a run\.json; found an unfinished one"),
        (cut("run.json"), "text that is no JSON"),
        (edit(format=99), r"must be of format 2 to 4; found 99\. Update MOSS"),
        (edit(format=1), r"must be of format 2 to 4; found 1\. Run it again"),
        (edit(objectives=[]), "other objectives in config"),
        (edit(candidates=[{"index": 0}]), "no 'preference'"),
        (edit_config(candidates="nine"), "must be as MOSS wrote it"),
        (edit_config(candidates=0), "must be a whole number from 1"),
        (edit_config(colour="red"), "colour"),
        (edit(learned_s=float("inf")), "Infinity, which is no number"),
        (edit(planned=float("inf")), "must be as MOSS wrote it"),
        (lambda folder: (folder / "run.json").write_text("[" * 100_000), "must be as MOSS wrote"),
        (remove("masks.safetensors"), "must be there"),
        (cut("masks.safetensors"), "must be a complete file"),
        (tensors(logits=None), "no logits"),
        (tensors(logits=torch.zeros(3, 2, 2)), "logits of shape"),
        (tensors(waveforms=torch.full((3, 1, 16_000), torch.nan)), "not finite"),
        (tensors(index=torch.tensor([0, 0, 2])), "do not fit together"),
        (remove("inputs"), "its image: must lie in the folder inputs"),
        (remove("inputs", "track.wav"), "its track: must lie in the folder inputs"),
        (cut("inputs/image.tif"), "must be the file that the run was made with"),
    ],
)
def test_a_damaged_run_is_a_message_that_names_it(
    folder: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(folder)
    with pytest.raises(MossError, match=message):
        load(folder)


def test_masks_of_another_run_are_refused(folder: Path, tmp_path: Path) -> None:
    other = Run(
        replace(small_image(), pixels=1 - small_image().pixels),
        small_track(),
        RunConfig(candidates=3, steps=0),
    )
    other.step()
    save_progress(other, tmp_path / "other")
    shutil.copy(tmp_path / "other" / "masks.safetensors", folder)
    with pytest.raises(MossError, match="those of another run"):
        load(folder)


def test_a_missing_folder_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(MossError, match="no such folder"):
        load(tmp_path / "nowhere")


def test_what_was_there_stays_when_the_disk_is_full(
    kept: tuple[Run, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    def disk_full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moss_core.runs.keeping.disk.os.fsync", disk_full)
    with pytest.raises(MossError, match="No space left on device"):
        save_progress(kept[0], folder)
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert after == before
    assert load(folder).history == kept[0].history


def test_an_objective_that_works_again_counts_from_the_next_step_on(folder: Path) -> None:
    path = folder / "masks.safetensors"
    losses = safetensors.torch.load_file(path)["history_losses"]
    losses[-1, :, 1] = torch.nan  # it was switched off at the last step
    tensors(history_losses=losses)(folder)
    run = load(folder)
    assert run.active == (0, 2)
    assert 0 < run.hypervolume < 1
    save_progress(run, folder)
    assert load(folder).active == (0, 2)
    run.extend(1)
    run.step()
    assert run.active == (0, 1, 2)


@pytest.mark.parametrize("name", ["photo", "photo.JPG", "photo.a?b", "."])
def test_any_file_name_is_kept(kept: tuple[Run, Path], tmp_path: Path, name: str) -> None:
    content = (kept[1] / "inputs" / "image.tif").read_bytes()
    run = Run(load_image(content, name), small_track(), RunConfig(candidates=1, steps=0))
    run.step()
    save_progress(run, tmp_path / "run")
    assert load(tmp_path / "run").image.name == name
