"""A run as a film: what is seen and heard in the file, as another program decodes it."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from numpy.typing import NDArray
from torch import Tensor

from moss_core import Adjustments, Canvas, MossError, Run, RunConfig
from moss_core.cli.commands import main
from moss_core.runs.exports.full_rate import hybrid
from moss_core.runs.films.mp4 import write_film
from moss_core.runs.films.scenes import CARD_SECONDS, FRAMES_A_SECOND, STOP_SECONDS, Film, film_of
from moss_core.runs.films.stage import SHAPES, Stage
from moss_core.runs.saving import save_progress
from samples import small_image, small_track

RATE = 44_100


@pytest.fixture(scope="module")
def run() -> Run:
    canvas = Canvas(start=0.25, duration=1.0, aspect=2.0)
    config = RunConfig(
        (("ssim", 1), ("log_mel", 1)),
        candidates=2,
        steps=3,
        canvas=canvas,
        adjustments=Adjustments(fit="stretch"),
    )
    run = Run(small_image(), small_track(1.5, RATE, channels=2), config)
    for _ in run.steps():
        pass
    run.title = "Disc on notes"
    return run


def frames_of(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def sound_of(path: Path) -> Tensor:
    with av.open(str(path)) as file:
        parts = [torch.from_numpy(frame.to_ndarray()) for frame in file.decode(audio=0)]
    return torch.cat(parts, dim=1)


def playhead(frame: NDArray[np.uint8], film: Film) -> float:
    """Where the playhead is, 0 to 1: the columns of the picture that are not gray."""
    box = film.stage.box
    picture = frame[box.top : box.top + box.height, box.left : box.left + box.width].astype(int)
    colour = (picture[:, :, 0] - picture[:, :, 1]).mean(0)
    assert colour.max() > 60
    return float(np.mean(np.nonzero(colour > colour.max() / 2)[0])) / (box.width - 1)


def correlation(one: Tensor, other: Tensor) -> float:
    length = min(one.shape[1], other.shape[1])
    return float(torch.corrcoef(torch.stack([one[0, :length], other[0, :length]]))[0, 1])


def section(run: Run, waveform: Tensor) -> Tensor:
    return hybrid(run, waveform)[:, run.model.section]


@pytest.fixture(scope="module")
def picture(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, Path]:
    film, path = film_of(run, "picture", 1), tmp_path_factory.mktemp("film") / "picture.mp4"
    write_film(film, path)
    return film, path


def test_picture_and_sound_last_as_long_as_the_section_and_its_title(
    picture: tuple[Film, Path],
) -> None:
    film, path = picture
    assert film.seconds == pytest.approx(CARD_SECONDS + 1.0)
    with av.open(str(path)) as file:
        assert [s.codec_context.name for s in file.streams] == ["h264", "aac"]
        assert file.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert file.streams.audio[0].codec_context.channels == 2
        for stream in file.streams:
            assert float(stream.duration * stream.time_base) == pytest.approx(2.6, abs=0.1)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # plays before it is loaded to its end


def test_the_playhead_is_where_the_sound_is(picture: tuple[Film, Path]) -> None:
    film, path = picture
    frames = frames_of(path)
    first = round(CARD_SECONDS * FRAMES_A_SECOND)
    shape = SHAPES["square"]
    assert {frame.shape for frame in frames} == {(shape.height, shape.width, 3)}
    for number in (1, 12, 23):
        wanted = number / FRAMES_A_SECOND
        assert playhead(frames[first + number], film) == pytest.approx(wanted, abs=0.01)
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 2


def test_the_picture_is_the_candidates_and_keeps_its_aspect(
    run: Run, picture: tuple[Film, Path]
) -> None:
    film, path = picture
    box = film.stage.box
    assert box.width / box.height == pytest.approx(2.0, rel=0.01)
    frame = frames_of(path)[-1][box.top : box.top + box.height, box.left : box.left + box.width]
    seen = torch.from_numpy(frame[:, :, 1].astype(np.float32))
    wanted = film.stage.fitted(run.picture(run.heard(run.state.waveform[1])))
    shown = torch.from_numpy(wanted.astype(np.float32))
    assert correlation(seen.reshape(1, -1), shown.reshape(1, -1)) > 0.95


def test_the_sound_is_the_candidates(run: Run, picture: tuple[Film, Path]) -> None:
    sound = sound_of(picture[1])
    begin = round(CARD_SECONDS * RATE)
    assert float(sound[:, : begin - 2048].abs().max()) < 0.01
    assert correlation(sound[:, begin:], section(run, run.state.waveform[1])) > 0.99
    assert correlation(sound[:, begin:], section(run, run.state.waveform[0])) < 0.9


def test_the_same_film_is_the_same_file(run: Run, tmp_path: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        write_film(film_of(run, "picture", 0, card=False), tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_a_morph_goes_from_the_track_to_the_image(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = 1 + sum(not candidate.dominated for candidate in run.candidates())
    assert film_of(run, "morph", 0, card=False).seconds >= STOP_SECONDS * stops
    monkeypatch.setattr("moss_core.runs.films.scenes.STOP_SECONDS", 1.2)
    film, path = film_of(run, "morph", 0, "tall", card=False), tmp_path / "morph.mp4"
    assert film.seconds == pytest.approx(4)  # whole rounds of the section
    write_film(film, path)
    sound, last = sound_of(path), run.candidates()[-1].index
    edge, stay = round(0.02 * RATE), round(0.45 * RATE)  # the edges are soft
    track, image = run.track.samples[:, run.model.section], section(run, run.state.waveform[last])
    assert correlation(sound[:, edge:stay], track[:, edge:stay]) > 0.99
    end = round(film.seconds * RATE)
    assert correlation(sound[:, end - stay : end - edge], image[:, -stay:-edge]) > 0.99
    assert film.look(0.0).words == "the track"
    assert film.look(1.0).words == "95 % image"
    shares = [film.look(share).along for share in torch.linspace(0, 1, 40).tolist()]
    assert shares == sorted(shares)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay of the learning takes two seconds."""
    monkeypatch.setattr("moss_core.runs.films.scenes.LEARNING_SECONDS", (1.5, 60.0))


def test_learning_shows_the_steps_in_order(run: Run, tmp_path: Path, short: None) -> None:
    past = [(step, partial(torch.full, (32, 48), 0.2 * step)) for step in range(4)]
    film = film_of(run, "learning", 1, "wide", card=False, past=past)
    said = [film.look(share).words for share in torch.linspace(0, 1, 30).tolist()]
    assert list(dict.fromkeys(said)) == [f"step {step} of 3" for step in range(4)]
    path = tmp_path / "learning.mp4"
    write_film(film, path)
    box, frames = film.stage.box, frames_of(path)
    levels = [int(f[box.top + 9, box.left + box.width // 3, 1]) for f in (frames[5], frames[-1])]
    assert levels == pytest.approx([0, 153], abs=4)


def test_a_film_of_what_is_not_there_is_a_message(run: Run) -> None:
    with pytest.raises(MossError, match="must have pictures of past steps"):
        film_of(run, "learning", 1)
    with pytest.raises(MossError, match="must be 1 to 2; found 3"):
        film_of(run, "picture", 2)
    with pytest.raises(MossError, match="kind of film: must be one of picture"):
        film_of(run, "opera", 0)
    with pytest.raises(MossError, match="shape: must be one of square"):
        film_of(run, "picture", 0, "round")


class StoppedError(Exception):
    pass


def test_a_film_that_is_stopped_leaves_nothing(run: Run, tmp_path: Path) -> None:
    def stop(done: float) -> None:
        if done > 0.3:
            raise StoppedError

    with pytest.raises(StoppedError):
        write_film(film_of(run, "picture", 0), tmp_path / "film.mp4", stop)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def room_for(bytes_: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_a_message_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    film = film_of(run, "picture", 0)
    with room_for(20_000), pytest.raises(MossError, match=r"film film\.mp4: must fit on the disk"):
        write_film(film, tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("aspect", [1 / 16, 1.0, 16.0])
def test_any_picture_fits_into_any_frame(run: Run, shape: str, aspect: float) -> None:
    canvas = replace(run.model.canvas, aspect=aspect)
    stage = Stage(SHAPES[shape], canvas, "A long title " * 20, ("track", "image"))
    box, room = stage.box, SHAPES[shape]
    assert box.left >= 100
    assert box.top >= 100
    assert box.left + box.width <= room.width - 40
    assert box.top + box.height <= room.height - 100
    assert box.width / box.height == pytest.approx(aspect, rel=0.05)
    planes = stage.frame(stage.fitted(torch.rand(30, 40)), 1.0, "words", 1.0)
    assert planes.shape == (room.height * 3 // 2, room.width)


def test_the_command_writes_a_film_or_says_why_not(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    save_progress(run, folder)
    out = tmp_path / "film.mp4"
    command = ["film", str(folder), "--candidate", "2", "--no-title", "--out"]
    done = CliRunner().invoke(main, [*command, str(out)])
    assert done.exit_code == 0, done.output
    assert "1.0 s, about" in done.output
    assert "Writing: 100 %" in done.output
    assert correlation(sound_of(out), section(run, run.state.waveform[1])) > 0.99
    refused = CliRunner().invoke(main, [*command, str(tmp_path / "film.avi")])
    assert refused.exit_code == 2
    assert "must end in .mp4" in refused.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "run"]


def test_the_command_learns_again_what_it_films_the_learning_of(
    run: Run, tmp_path: Path, short: None
) -> None:
    folder, out = tmp_path / "run", tmp_path / "film.mp4"
    save_progress(run, folder)
    command = ["film", str(folder), "--kind", "learning", "--no-title", "--out", str(out)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "Learning again: 100 %" in done.output
    assert "2.0 s, about" in done.output
