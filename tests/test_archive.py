from __future__ import annotations

import io
import zipfile
from functools import partial
from pathlib import Path

import pytest
import torch

from moss_core import MossError, Run, RunConfig, load, load_track
from moss_core.runs.archive import read_zip, write_candidate_zip, write_zip
from moss_core.runs.exports.full_rate import hybrid
from samples import small_image, small_track


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run(small_image(), small_track(channels=2), RunConfig(candidates=2, steps=0))
    run.step()
    return run


@pytest.fixture(scope="module")
def packed(run: Run) -> bytes:
    file = io.BytesIO()
    write_zip(run, file, "moss-disc-notes")
    return file.getvalue()


def test_a_zip_holds_the_sounds_of_the_run_and_says_what_it_is(run: Run, packed: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert all(name.startswith("moss-disc-notes/") for name in archive.namelist())
        for number, candidate in enumerate(run.candidates(), 1):
            sound = load_track(archive.read(f"moss-disc-notes/audio/{number:03}.wav"))
            wanted = hybrid(run, run.state.waveform[candidate.index])
            torch.testing.assert_close(sound.samples, wanted, atol=2**-23, rtol=0)
        about = archive.read("moss-disc-notes/about.txt").decode()
    assert "disc on notes" in about
    (line,) = [line for line in about.splitlines() if line.startswith("002 ")]
    assert line.split()[5:7] == ["95", "%"]


def test_a_zip_can_be_opened_again(run: Run, packed: bytes, tmp_path: Path) -> None:
    read_zip(io.BytesIO(packed), tmp_path / "run")
    assert torch.equal(load(tmp_path / "run").state.mask, run.state.mask)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_zip_of_one_candidate_holds_its_sound_and_says_what_it_is(run: Run) -> None:
    file = io.BytesIO()
    write_candidate_zip(run, 1, file, "mine")
    with zipfile.ZipFile(file) as archive:
        names = {name.removeprefix("mine/") for name in archive.namelist()}
        sound = load_track(archive.read("mine/mine.wav"))
        about = archive.read("mine/about.txt").decode()
    pictures = {"mine.png", "mine-right.png", "mine-mono-mix.png"}
    assert names == {"mine.wav", "about.txt", "certificate.csv", "certificate.html"} | pictures
    wanted = hybrid(run, run.state.waveform[1])
    torch.testing.assert_close(sound.samples, wanted, atol=2**-23, rtol=0)
    shares = run.state.front.shares(run.state.record.losses[1])
    assert about.startswith(f"disc on notes, candidate 2 of 2: {shares}\n")
    assert "Weight on the image: 95 %." in about
    with pytest.raises(MossError, match="candidate: must be one of 2; found 3"):
        write_candidate_zip(run, 2, file, "mine")


class StoppedError(Exception):
    pass


@pytest.mark.parametrize(("whole", "share"), [(True, 0.0), (True, 0.5), (False, 0.97)])
def test_a_zip_is_stopped_between_two_files_and_leaves_nothing(
    run: Run, whole: bool, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def stop(done: float, doing: str) -> None:
        told.append(done)
        if done >= share:
            raise StoppedError

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    write = partial(write_zip, run) if whole else partial(write_candidate_zip, run, 0)
    with pytest.raises(StoppedError):
        write(io.BytesIO(), "mine", tell=stop)
    assert told == sorted(told)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_is_a_message(run: Run) -> None:
    class Full(io.BytesIO):
        def write(self, content: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(MossError, match="ZIP: must fit on the disk; found No space left"):
        write_candidate_zip(run, 0, Full(), "mine")


def zip_of(*names: str, content: bytes = b"x") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    file.seek(0)
    return file


def test_only_the_files_of_a_run_are_taken_and_nothing_is_written_outside(tmp_path: Path) -> None:
    names = ["a/run.json", "a/../../evil.txt", "/tmp/evil.txt", "a/audio/../../x", "a/mine.exe"]
    names += ["a/inputs/../run.json", "a/inputs/track.wav", "a/inputs/x.sh", "masks.safetensors"]
    read_zip(zip_of(*names, "a/audio/001.wav"), tmp_path / "r")
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()) == [
        "r/inputs/track.wav",
        "r/run.json",
    ]


def with_size(file: io.BytesIO, claimed: int) -> io.BytesIO:
    """The ZIP with another unpacked size of its one member, in its list and beside the member."""
    content = bytearray(file.getvalue())
    for signature, place in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
        at = content.index(signature) + place
        content[at : at + 4] = claimed.to_bytes(4, "little")
    return io.BytesIO(content)


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (zip_of("run.json", content=bytes(4_000_001)), r"run\.json: must be at most 4 MB"),
        (with_size(zip_of("run.json", content=bytes(9_000_000)), 100), "damaged"),
        (with_size(zip_of("run.json"), 2**32 - 2), "unpacked"),
        (zip_of("run.json", "inputs/track.wav", content=bytes(90_000_000)), "100 times"),
    ],
    ids=["large", "larger than it says", "said to be huge", "packed too well"],
)
def test_a_bomb_is_refused(file: io.BytesIO, found: str, tmp_path: Path) -> None:
    with pytest.raises(MossError, match=found):
        read_zip(file, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def odd(file: io.BytesIO, place: int, value: int) -> io.BytesIO:
    """The ZIP with another byte in its list of members."""
    content = bytearray(file.getvalue())
    content[content.index(b"PK\1\2") + place] = value
    return io.BytesIO(content)


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (io.BytesIO(b"no zip"), "a damaged file or none at all"),
        (zip_of("photo.png"), r"no run\.json in it"),
        (zip_of("a", "a/b"), r"no run\.json in it"),
        (zip_of("a/run.json", "b/run.json"), r"2 run\.json in it"),
        (zip_of("run.json", "./run.json"), r"each file once"),
        (odd(zip_of("run.json"), 8, 1), "must have no password"),
        (odd(zip_of("run.json"), 10, 14), "as ZIP programs usually do"),
        (zip_of(*(f"{n}" for n in range(2_001))), "at most 2,000 files; found 2,001"),
        (zip_of(*("x" * 60_000 + f"{n}" for n in range(40))), "list of members of 2"),
    ],
)
def test_what_is_no_zip_of_a_run_is_a_message(file: io.BytesIO, found: str, tmp_path: Path) -> None:
    with pytest.raises(MossError, match=found):
        read_zip(file, tmp_path / "run")


def test_a_zip_that_is_cut_off_is_a_message(packed: bytes, tmp_path: Path) -> None:
    with pytest.raises(MossError, match="damaged"):
        read_zip(io.BytesIO(packed[: len(packed) // 2]), tmp_path / "run")
    changed = bytearray(packed)
    changed[packed.index(b"moss-disc-notes/masks.safetensors") + 10_000] ^= 255
    with pytest.raises(MossError, match="damaged"):
        read_zip(io.BytesIO(bytes(changed)), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
