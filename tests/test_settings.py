from __future__ import annotations

import csv
import io
import json
import shlex
from pathlib import Path

import PIL.Image
import pytest
import soundfile
from click.testing import CliRunner, Result

from moss_core import MossError, Run, RunConfig, load, load_image, load_track, save
from moss_core.cli.commands import main
from moss_core.runs.exports.settings import FORMAT, MOST_CHARACTERS, read_settings, tagged
from moss_core.synthesis.files.encoding import FORMATS, encode_flac, encode_sound
from moss_core.synthesis.files.tags import SETTINGS_FIELD, Tags, read_tags, write_tags
from samples import small_image, small_track

GIVEN = ["--candidates", 3, "--steps", 2, "--gamma", 1.2, "--axis", "mel", "--range", 70]
GIVEN += ["--objectives", "ssim=0.5,log_mel", "--log_mel.bands", 40]
GIVEN += ["--high", 6000, "--viewers", "audacity", "--channels", "mono"]


def moss(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an image, a track with tags and a cover, and a run of both."""
    place = tmp_path_factory.mktemp("settings")
    PIL.Image.fromarray((small_image().pixels.numpy() * 255).astype("uint8")).save(
        place / "disc.png"
    )
    picture = io.BytesIO()
    PIL.Image.new("RGB", (40, 40), "red").save(picture, "JPEG")
    tags = Tags({"title": "Notes", "artist": "Ä", "track": "3/9"}, picture.getvalue(), "image/jpeg")
    content = encode_flac(small_track(channels=2, rate=44_100).samples, 44_100)
    (place / "notes.flac").write_bytes(write_tags(content, "flac", tags))
    result = moss(
        "optimize", place / "disc.png", place / "notes.flac", "--out", place / "run", *GIVEN
    )
    assert result.exit_code == 0, result.output
    return place


def losses(run: Path) -> list[dict[str, str]]:
    with (run / "front.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_file_of_a_run_says_what_made_it(folder: Path) -> None:
    run = load(folder / "run")
    files = sorted((folder / "run").glob("*/[0-9]*.*"))
    assert {path.suffix for path in files} == {".wav", ".png"}
    for path in files:
        settings = read_settings(path)
        assert settings.config == run.config
        assert settings.made
        assert (settings.made.number, settings.made.of) == (int(path.stem[:3]), 3)
        assert not settings.made.steered
        candidate = run.candidates()[settings.made.number - 1]
        assert list(settings.made.losses.values()) == pytest.approx(candidate.losses, abs=1e-6)
        assert settings.step == 2
        assert (settings.start, settings.end, settings.low, settings.high) == (0, 1, 0, 6000)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_tracks_tags_and_cover_go_along(folder: Path, kind: str) -> None:
    run = load(folder / "run")
    track = run.track
    content = tagged(run, 0, encode_sound(track.samples, track.sample_rate, kind), kind)
    found, own = read_tags(content), read_tags(track.content)
    assert {**found.fields, **own.fields, "encoder": ""} == {**found.fields, "encoder": ""}
    assert found.fields["artist"] == "Ä"
    assert found.cover == own.cover
    assert found.fields["encoder"].startswith("MOSS ")
    assert content == tagged(run, 0, encode_sound(track.samples, track.sample_rate, kind), kind)


def test_a_track_without_a_title_gets_the_runs(folder: Path) -> None:
    run = Run(small_image(), small_track(), RunConfig(candidates=1, steps=0))
    run.step()
    run.title = "A name"
    content = tagged(run, 0, encode_sound(run.track.samples, run.track.sample_rate, "mp3"), "mp3")
    assert read_tags(content).fields["title"] == "A name"


def test_what_was_steered_is_told(folder: Path, tmp_path: Path) -> None:
    run = load(folder / "run")
    run.steer(1, [0.8, 0.2])
    run.extend(1)
    run.step()
    save(run, tmp_path / "steered")
    path = tmp_path / "steered" / "audio" / "002.wav"
    made = read_settings(path).made
    assert made
    assert made.steered
    assert "steered or added by hand" in moss("show", path).output


def test_like_a_file_goes_as_far_as_that_had_learned(folder: Path, tmp_path: Path) -> None:
    run = load(folder / "run")
    run.extend(1)
    run.step()
    save(run, tmp_path / "longer")
    like = tmp_path / "longer" / "pictures" / "001.png"
    assert read_settings(like).step == 3
    result = moss("optimize", folder / "disc.png", folder / "notes.flac", "--like", like,
                  "--out", tmp_path / "again")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert load(tmp_path / "again").state.record.step == 3
    assert losses(tmp_path / "again") == losses(tmp_path / "longer")


def test_show_tells_a_musician_what_made_a_file(folder: Path) -> None:
    result = moss("show", folder / "run" / "audio" / "002.wav")
    assert result.exit_code == 0, result.output
    for words in (
        "disc on notes",
        "disc.png",
        "notes.flac",
        "0.00 to 1.00 s, 0 to 6,000 Hz (mel axis)",
        "gamma 1.2",
        "SSIM (weight 0.5), ",
        "(bands 40)",
        "the mono mix, to be seen in audacity",
        "2 of 3, 52 % weight on the image",
        "Seed",
        "moss optimize disc.png notes.flac --like",
    ):
        assert words in result.output
    run = moss("show", folder / "run")
    assert "3 candidates" in run.output
    assert "notes.flac" in run.output


@pytest.mark.parametrize("like", ["run", "x.m4a"])
def test_like_a_file_gives_the_same_front(folder: Path, tmp_path: Path, like: str) -> None:
    if like == "x.m4a":
        assert moss("export", folder / "run", "--out", folder / like).exit_code == 0
    told = moss("show", folder / like).output.strip().splitlines()[-1]
    words = shlex.split(told)
    words = [str(folder / w) if w in ("disc.png", "notes.flac") else w for w in words[1:-1]]
    result = moss(*words, tmp_path / "again")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert losses(tmp_path / "again") == losses(folder / "run")


def test_what_is_given_wins_over_what_a_file_says(folder: Path, tmp_path: Path) -> None:
    like, out = folder / "run" / "audio" / "001.wav", tmp_path / "out"
    given = ["--candidates", 2, "--steps", 1, "--range", 90, "--no-levels", "--log_mel.bands", 30]
    result = moss("optimize", folder / "disc.png", folder / "notes.flac", "--like", like,
                  "--out", out, *given)  # fmt: skip
    assert result.exit_code == 0, result.output
    config, first = load(out).config, load(folder / "run").config
    assert (config.candidates, config.steps, config.canvas.range) == (2, 1, 90)
    assert (config.canvas.axis, config.canvas.high) == ("mel", 6000)
    assert (config.adjustments.gamma, config.adjustments.levels) == (1.2, False)
    assert config.objectives == first.objectives
    assert config.parameters["log_mel"]["bands"] == 30
    others = moss("optimize", folder / "disc.png", folder / "notes.flac", "--like", like, "--steps",
                  0, "--out", out, "--overwrite", "--objectives", "ssim,loudness")  # fmt: skip
    assert others.exit_code == 0, others.output
    assert [name for name, _ in load(out).config.objectives] == ["ssim", "loudness"]


def test_other_inputs_are_told_and_taken(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.wav"
    soundfile.write(other, small_track(1.5, seed=3).samples.T.numpy(), 16_000)
    like = folder / "run" / "pictures" / "001.png"
    result = moss("optimize", folder / "disc.png", other, "--like", like, "--steps", 0, "--out",
                  tmp_path / "out", "--right-image", folder / "disc.png")  # fmt: skip
    assert "the track is not the one that it was made of (notes.flac)" in result.stderr
    assert "the image on the right is not the one that it was made of (none)" in result.stderr
    assert "the image is not" not in result.stderr


def with_settings(text: str, tmp_path: Path) -> Path:
    path = tmp_path / "file.flac"
    content = encode_flac(small_track().samples, 16_000)
    path.write_bytes(write_tags(content, "flac", Tags({SETTINGS_FIELD: text})))
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("[]", "must hold in its field MOSS what MOSS wrote"),
        ("5", "what MOSS wrote"),
        ("{", "what MOSS wrote"),
        ("[" * 100_000, "what MOSS wrote"),
        ("x" * (MOST_CHARACTERS + 1), "must be at most 200 kB"),
        ({"format": FORMAT + 1}, "Update MOSS"),
        ({"format": "1"}, "format: text where"),
        ({"format": None}, "format: nothing where"),
        ({"config": None}, "what MOSS wrote"),
        ({"config": {}}, "no 'objectives'"),
        ({"inputs": {}}, "no image or no track"),
        ({"inputs": 3}, "what MOSS wrote"),
        ({"canvas": [1, 2]}, "what MOSS wrote"),
        ({"candidate": "first"}, "what MOSS wrote"),
        ({"losses": {"ssim": "small"}}, "what MOSS wrote"),
    ],
)
def test_settings_that_cannot_be_used_are_a_message(
    folder: Path, tmp_path: Path, change: str | dict[str, object], words: str
) -> None:
    text = change
    if isinstance(change, dict):
        whole = read_tags((folder / "run" / "audio" / "001.wav").read_bytes())
        text = json.dumps(json.loads(whole.fields[SETTINGS_FIELD]) | change)
    path = with_settings(str(text), tmp_path)
    with pytest.raises(MossError, match=r"file file\.flac: must") as raised:
        read_settings(path)
    assert words in str(raised.value)
    for command in (["show", path], ["optimize", "a", "b", "--out", "c", "--like", path]):
        result = moss(*command)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1


def test_a_file_without_settings_is_a_message(folder: Path) -> None:
    for name, words in (
        ("disc.png", "no field MOSS"),
        ("notes.flac", "no field MOSS"),
        ("none.wav", "must be there"),
    ):
        result = moss("show", folder / name)
        assert result.exit_code == 2
        assert words in result.stderr


@pytest.mark.parametrize("kind", ["flac", "opus"])
def test_export_writes_a_candidate_as_the_page_does(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"song.{kind}"
    result = moss("export", folder / "run", "--candidate", 3, "--out", out)
    assert result.exit_code == 0, result.output
    assert "candidate 3 of 3" in result.output
    made = read_settings(out).made
    assert made
    assert made.number == 3
    found = load_track(out)
    assert found.duration == pytest.approx(1, abs=1e-3)
    if kind == "flac":
        exported = load_track(folder / "run" / "audio" / "003.wav")
        assert float((found.samples - exported.samples).abs().max()) < 2**-23


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--candidate", 4], "candidate: must be 1 to 3"),
        (["--candidate", 0], "candidate: must be 1 to 3"),
        (["--kind", "doc"], "must be one of wav, flac, ogg, mp3, opus, m4a"),
    ],
)
def test_an_export_that_cannot_be_is_a_message(
    folder: Path, tmp_path: Path, words: list[object], said: str
) -> None:
    result = moss("export", folder / "run", "--out", tmp_path / "song.wav", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(tmp_path.iterdir())


def test_an_export_into_no_folder_is_a_message(folder: Path, tmp_path: Path) -> None:
    for out in (tmp_path / "none" / "song.wav", tmp_path):
        result = moss("export", folder / "run", "--out", out)
        assert result.exit_code == 2
        assert "must be writable" in result.stderr


def test_a_picture_of_moss_is_an_image_to_start_from(folder: Path) -> None:
    assert load_image(folder / "run" / "pictures" / "002.png").pixels.ndim == 2
