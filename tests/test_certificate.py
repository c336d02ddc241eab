"""Certificates: what others see in a sound file, told truly and in words."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest
import soundfile
import torch
from click.testing import CliRunner, Result

from moss_core import Canvas, Image, MossError, Run, RunConfig, Track, certify, save
from moss_core.cli import main
from moss_core.objectives import discover
from moss_core.runs import read_manifest, write_zip
from moss_core.runs.certificates.codec import CODECS, aligned
from moss_core.runs.certificates.page import certificate_page
from moss_core.runs.certificates.tables import certificate_csv
from moss_core.synthesis.viewing import see
from samples import small_image, small_track

RATE = 44_100
VIEWERS = tuple(discover().viewers)


def shapes() -> Image:
    """Something with edges, grays and black, that no noise looks like."""
    pixels = small_image(128).pixels.clone()
    pixels[80:110, 10:60] = 0.9
    pixels[20:40, 90:120] = 0.0
    return Image(pixels, "shapes.png", "0" * 64)


def painted(
    image: Image, seconds: float = 2.0, rate: int = RATE, level: float = -35.0, seed: int = 0
) -> torch.Tensor:
    """A sum of sines from 0 to 8 kHz, each as loud over time as a row of the image is bright."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(round(seconds * rate)) / rate
    sound = torch.zeros(len(time))
    for row in range(256):
        hertz = (255.5 - row) * 8000 / 256
        line = image.pixels[row // 2][None, None]
        shade = torch.nn.functional.interpolate(line, len(time), mode="linear")[0, 0]
        phase = 2 * math.pi * torch.rand(1, generator=generator)
        envelope = 10 ** ((level + 80 * (shade - 1)) / 20)
        sound += envelope * torch.sin(2 * math.pi * hertz * time + phase)
    return sound


def noise(channels: int, seconds: float = 2.0, rate: int = RATE, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.05 * torch.randn(channels, round(seconds * rate), generator=generator)


def track(samples: torch.Tensor, rate: int = RATE) -> Track:
    return Track(samples, rate, "sound.wav", "0" * 64)


def examined(samples: torch.Tensor, rate: int = RATE, canvas: Canvas | None = None, **options):
    sound = track(samples, rate)
    options.setdefault("codecs", ["exported"])
    return certify(sound, [shapes()], (canvas or Canvas()).on(sound), **options)


@pytest.fixture(scope="module")
def shown() -> torch.Tensor:
    return painted(shapes())


@pytest.fixture(scope="module")
def stereo(shown):
    """All that is known of a file whose left channel is the image and whose right one is noise."""
    return examined(torch.stack([shown, noise(1)[0]]), codecs=tuple(CODECS))


def rows_of(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table)))


def scores(certificate) -> dict[tuple[str, str, str], float]:
    return {(e.viewer.name, e.channel, e.codec.name): e.score for e in certificate.entries}


def test_an_image_scores_high_where_it_is_seen_and_noise_low(shown):
    image, nothing = examined(shown[None]), examined(noise(1))
    assert {entry.viewer.name for entry in image.entries} == set(VIEWERS)
    for seen, unseen in zip(image.entries, nothing.entries, strict=True):
        assert seen.score > unseen.score + 20
        assert seen.ssim > unseen.ssim
    assert image.best.score > 55
    assert len(image.seen_in) >= 4
    assert max(entry.score for entry in nothing.entries) < 30
    assert nothing.seen_in == ()


def test_a_score_is_what_the_words_say(stereo):
    for entry in stereo.entries:
        assert entry.score == pytest.approx(min(100, max(0, 100 * (1 - entry.losses["lpips"]))))
        assert entry.ssim == pytest.approx(1 - entry.losses["ssim"])
        assert entry.picture.shape == (256, 256)


def test_an_entry_shows_what_the_viewer_draws(shown):
    samples = torch.stack([shown, noise(1)[0]])
    canvas = Canvas().on(track(samples))
    for entry in examined(samples).entries:
        row = 1 if entry.channel == "right" else 0
        wanted = see(entry.viewer, samples, RATE, canvas)[row]
        torch.testing.assert_close(entry.picture, wanted)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_part_of_a_long_file_is_seen_as_in_the_whole(rate):
    samples = noise(1, 14.0, rate)
    canvas = Canvas(start=12.3, duration=1.0)
    for entry in examined(samples, rate, canvas).entries:
        wanted = see(entry.viewer, samples, rate, canvas.on(track(samples, rate)))[0]
        # But for the last rows below half a viewer's rate, where the ends of a sound ring.
        assert float((entry.picture - wanted).abs().mean()) < 1e-4


def test_every_program_channel_and_codec_has_its_entry(stereo):
    found = scores(stereo)
    assert len(found) == len(stereo.entries)
    codecs = {"exported", "mp3_128", "mp3_320", "vorbis", "opus", "aac", "rate_22050"}
    assert stereo.remarks == ("44.1 kHz: the file is at 44,100 Hz already",)
    for codec in codecs:
        channels = {
            name: [channel for viewer, channel, c in found if viewer == name and c == codec]
            for name in VIEWERS
        }
        assert channels["audacity"] == channels["sox"] == ["left", "right"]
        assert channels["spek"] == ["left"]
        assert channels["librosa"] == channels["sonic_visualiser"] == ["mono mix"]
    assert len(found) == 11 * len(codecs)


def test_a_channels_entry_changes_only_with_that_channel(shown):
    one = examined(torch.stack([shown, noise(1)[0]]))
    other = examined(torch.stack([shown, noise(1, seed=2)[0]]))
    changed = {
        e.channel
        for e, f in zip(one.entries, other.entries, strict=True)
        if not torch.equal(e.picture, f.picture)
    }
    assert changed == {"right", "mono mix"}


def test_codecs_change_the_sound_and_keep_the_image_where_it_is(shown, stereo):
    samples = torch.stack([shown, noise(1)[0]])
    for name in ("mp3_128", "mp3_320", "vorbis", "aac"):
        came, rate = CODECS[name].send(samples, RATE)
        assert rate == RATE
        assert came.shape == samples.shape
        assert not torch.equal(came, samples)
        assert torch.equal(aligned(samples, came), came)
        # The image itself is where it was: its loudest correlation is at no delay.
        spectra = [torch.fft.rfft(sound[0].double()) for sound in (samples, came)]
        peak = torch.fft.irfft(spectra[1] * spectra[0].conj()).argmax()
        assert min(int(peak), samples.shape[1] - int(peak)) <= 1
    exported, best = (
        next(
            e
            for e in stereo.entries
            if (e.viewer.name, e.channel, e.codec.name) == ("moss", "left", c)
        )
        for c in ("exported", "mp3_320")
    )
    assert not torch.equal(exported.picture, best.picture)
    assert abs(exported.score - best.score) < 10


@pytest.mark.parametrize("delay", [-1105, 0, 7, 2257])
def test_a_delay_is_found_and_taken_back(delay):
    sound = noise(2)
    late = torch.roll(sound, delay, -1) + noise(2, seed=5) * 0.2
    torch.testing.assert_close(
        aligned(sound, late)[:, 4096:-4096], torch.roll(late, -delay, -1)[:, 4096:-4096]
    )


@pytest.mark.parametrize(("name", "kilobits"), [("mp3_128", 128), ("mp3_320", 320)])
@pytest.mark.parametrize("rate", [44_100, 22_050])
def test_mp3s_have_the_bitrate_that_they_are_called_by(monkeypatch, name, kilobits, rate):
    codec, sizes = CODECS[name], []
    if codec.trouble(1, rate):
        assert (kilobits, rate) == (320, 22_050)
        return
    real = soundfile.read
    monkeypatch.setattr(
        soundfile,
        "read",
        lambda file, **how: sizes.append(len(file.getvalue())) or real(file, **how),
    )
    codec.send(noise(1, 10.0, rate), rate)
    assert sizes[0] * 8 / 10_000 == pytest.approx(kilobits, rel=0.03)


@pytest.mark.parametrize(
    ("channels", "rate", "left_out"),
    [
        (1, 16_000, {"MP3 320"}),
        (6, 48_000, {"MP3 128", "MP3 320", "Vorbis q5", "Opus 128"}),
        (2, 96_000, {"MP3 128", "MP3 320", "AAC 128"}),
    ],
)
def test_what_a_codec_cannot_hold_is_left_out_with_the_reason(channels, rate, left_out):
    options = {"codecs": tuple(CODECS), "viewers": ["sonic_visualiser"]}
    found = examined(noise(channels, 1.0, rate), rate, **options)
    assert {remark.partition(":")[0] for remark in found.remarks} == left_out
    assert {codec.label for codec in found.codecs}.isdisjoint(left_out)
    assert all(math.isfinite(entry.score) for entry in found.entries)


def test_mono_and_surround_have_their_channels_names():
    mono = examined(noise(1, 1.0))
    assert {entry.channel for entry in mono.entries} == {"mono"}
    assert "mono" not in mono.headline
    surround = noise(6, 1.0)
    surround[3] = 0  # a silent bass shows nothing, and is not to
    found = examined(surround, viewers=["sox", "spek", "librosa"])
    names = [(entry.viewer.name, entry.channel) for entry in found.entries]
    each = ["left", "right", "centre", "left rear", "right rear"]
    assert names == [("sox", n) for n in each] + [("spek", "left"), ("librosa", "mono mix")]


def test_two_images_are_looked_for_where_they_were_painted(shown):
    other = Image(shapes().pixels.flip(0, 1), "other.png", "1" * 64)
    sound = track(torch.stack([shown, painted(other, seed=3)]))
    names = ["moss", "librosa"]
    found = certify(sound, [shapes(), other], Canvas().on(sound), names, ["exported"])
    by_channel = {entry.channel: entry for entry in found.entries}
    assert [by_channel[name].image for name in ("left", "right")] == [0, 1]
    swapped = certify(sound, [other, shapes()], Canvas().on(sound), ["moss"], ["exported"])
    for entry in swapped.entries:
        assert entry.score < by_channel[entry.channel].score - 20


def test_moss_own_viewer_holds_a_canvas_that_goes_higher():
    sound = track(noise(1, 1.0))
    canvas = Canvas(high=16_000.0).on(sound)
    (entry,) = certify(sound, [shapes()], canvas, ["moss"], ["exported"]).entries
    assert entry.viewer.rate == canvas.working_rate == 32_000
    assert float(entry.picture[:64].mean()) > 0.2


@pytest.mark.parametrize("level", [-75.0, -35.0, 20.0])
def test_a_level_that_white_does_not_fit_is_told_with_the_remedy(level):
    found = examined(painted(shapes(), level=level)[None], viewers=["audacity", "librosa"])
    audacity, librosa = found.viewers
    change = found.brighter["audacity"]
    assert found.brighter["librosa"] == 0
    assert found.warning(librosa) == ""
    words = f"{'raise' if change > 0 else 'lower'} Gain (dB) by {abs(change):.0f}"
    assert words in found.warning(audacity)
    assert words in found.settings(audacity)
    assert ("over-exposed" in found.warning(audacity)) == (level > 0)
    # With white moved so, the picture is as bright as the image.
    moved = replace(audacity, white=audacity.white - change)
    sound = track(painted(shapes(), level=level)[None])
    picture = see(moved, sound.samples, RATE, Canvas().on(sound))[0]
    assert float(picture.mean()) == pytest.approx(float(shapes().pixels.mean()), abs=0.15)


def test_two_levels_apart_are_told_as_far_apart():
    quiet, loud = (
        examined(painted(shapes(), level=level)[None], viewers=["audacity"]).brighter["audacity"]
        for level in (-75.0, -35.0)
    )
    assert quiet - loud == pytest.approx(40, abs=2)


def test_the_headline_counts_programs_and_names_the_ends(stereo):
    best, worst = stereo.best, stereo.worst
    assert best.score == max(scores(stereo).values())
    assert worst.score == min(scores(stereo).values())
    assert stereo.headline.startswith(f"Seen in {len(stereo.seen_in)} of {len(VIEWERS)} programs: ")
    assert f"best {best.score:.0f} % ({best.place})" in stereo.headline
    assert worst.viewer.label in worst.place
    # Noise is on the right: a program that shows it does not show the image in all.
    assert {viewer.name for viewer in stereo.seen_in}.isdisjoint({"audacity", "moss", "sox"})


def test_the_table_has_a_row_an_entry(stereo):
    rows = rows_of(certificate_csv([stereo]))
    assert len(rows) == len(stereo.entries)
    for row, entry in zip(rows, stereo.entries, strict=True):
        assert (row["viewer"], row["channel"]) == (entry.viewer.name, entry.channel)
        assert (row["codec"], row["file"]) == (entry.codec.name, "sound.wav")
        assert float(row["score"]) == pytest.approx(entry.score, abs=0.06)
        assert float(row["lpips"]) == pytest.approx(entry.losses["lpips"], rel=1e-4)


def test_the_page_needs_nothing_else_and_escapes_names(stereo):
    named = replace(stereo, sound="<b>&.wav", images=('"x.png',))
    page = certificate_page([named, named], "<i>mine</i>")
    assert not re.search(r"(?:src|href)=[\"'](?!data:)", page)
    assert not re.search(r"@import|url\(|https?://", page)
    assert "<i>" not in page
    assert "<b>" not in page
    assert page.count("data:image/jpeg") == 2 * len(stereo.entries) + 1
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"codecs": ["mp9"]}, "codecs: must be among exported, mp3_128"),
        ({"codecs": []}, "codecs: must have one that holds the file; found none"),
        ({"codecs": ["rate_44100"]}, "found 44.1 kHz: the file is at 44,100 Hz already"),
        ({"viewers": ["zap"]}, "viewers: must be among the installed ones"),
        ({"viewers": []}, "viewers: must name at least one"),
        ({"objectives": ["zap"]}, "objectives: must be among the installed ones"),
    ],
)
def test_what_cannot_be_is_a_message(options, said):
    with pytest.raises(MossError, match=re.escape(said)):
        examined(noise(1, 1.0), **options)


def test_an_objective_of_a_run_is_measured_too_and_an_audio_one_is_not():
    options = {"viewers": ["moss"], "objectives": ["ms_ssim", "loudness"]}
    (entry,) = examined(noise(1, 1.0), **options).entries
    assert set(entry.losses) == {"lpips", "ssim", "ms_ssim"}


# The command line, folders and ZIPs


def moss(*words: object) -> Result:
    return CliRunner().invoke(main, ["certify", *map(str, words)])


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run(small_image(), small_track(channels=2), RunConfig(candidates=3, steps=0))
    run.step()
    return run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    image, sound = tmp_path / "shapes.png", tmp_path / "sound.flac"
    PIL.Image.fromarray((shapes().pixels.numpy() * 255).astype("uint8")).save(image)
    soundfile.write(sound, noise(2, 1.0).T.numpy(), RATE)
    return image, sound


def test_any_file_can_be_certified(files, tmp_path):
    image, sound = files
    out = tmp_path / "new" / "out"
    chosen = ["--viewers", "moss, spek", "--codecs", "exported,vorbis"]
    result = moss(sound, "--image", image, "--high", 4000, *chosen, "--out", out)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("sound.flac: Seen in 0 of 2 programs")
    assert re.search(r"^PROGRAM +CHANNEL +as exported +Vorbis q5 +SSIM$", result.output, re.M)
    assert "0 to 4000 Hz" in result.output
    rows = rows_of((out / "certificate.csv").read_text())
    assert [(r["viewer"], r["channel"], r["codec"]) for r in rows] == [
        (viewer, channel, codec)
        for viewer, channel in (("moss", "left"), ("moss", "right"), ("spek", "left"))
        for codec in ("exported", "vorbis")
    ]
    assert len(list((out / "seen").glob("*.png"))) == len(rows)
    assert "sound.flac" in (out / "certificate.html").read_text()


def test_adjustments_and_the_canvas_change_what_is_looked_for(files, tmp_path):
    image, sound = files
    tables = []
    for extra in ([], ["--invert"], ["--axis", "mel"], ["--right-image", tmp_path / "r.png"]):
        with PIL.Image.open(image) as upright:
            upright.rotate(180).save(tmp_path / "r.png")
        options = ["--image", image, "--viewers", "moss", "--codecs", "exported", *extra]
        result = moss(sound, *options, "--out", tmp_path / "out")
        assert result.exit_code == 0, result.output
        tables.append((tmp_path / "out" / "certificate.csv").read_text())
    assert len(set(tables)) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{sound}"], "--image: must be named"),
        (["{sound}", "--right-image", "{image}"], "--image: must be named"),
        (["missing.wav", "--image", "{image}"], "missing.wav: must be a file"),
        (["{sound}", "--image", "missing.png"], "missing.png: must be a file"),
        (["{image}", "--image", "{image}"], "must be a WAV, FLAC, OGG, Opus, MP3, M4A, AIFF"),
        (["{sound}", "--image", "{image}", "--high", "90000"], "Hz"),
        (["{sound}", "--image", "{image}", "--codecs", "ac3"], "codecs: must be among"),
        (["{sound}", "--image", "{image}", "--viewers", "eyes"], "viewers: must be among"),
        (["{folder}"], "must be a folder with a run.json"),
        (["{sound}", "--image", "{image}", "--out", "{sound}"], "must take the certificate"),
    ],
)
def test_bad_input_is_one_clear_message_and_status_2(files, tmp_path, words, said):
    places = {"image": files[0], "sound": files[1], "folder": tmp_path}
    result = moss(*(word.format(**places) for word in words))
    assert result.exit_code == 2
    assert result.stderr.startswith("moss: ")
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_two_images_need_two_channels(files, tmp_path):
    soundfile.write(tmp_path / "mono.wav", noise(1, 1.0)[0].numpy(), RATE)
    result = moss(tmp_path / "mono.wav", "--image", files[0], "--right-image", files[0])
    assert result.exit_code == 2
    assert "--right-image" in result.stderr


def test_a_runs_folder_knows_image_and_canvas(run, files, tmp_path):
    folder = tmp_path / "run"
    save(run, folder)
    brief = ["--viewers", "moss", "--codecs", "exported"]
    result = moss(folder / "audio" / "003.wav", *brief)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("003.wav: ")
    other = moss(folder / "audio" / "003.wav", *brief, "--image", files[0])
    assert other.exit_code == 0, other.output
    assert other.output != result.output
    assert moss(folder / "audio" / "003.wav", *brief, "--invert").exit_code == 2


def test_a_runs_folder_gets_the_certificate_of_all_its_sounds(run, tmp_path):
    folder = tmp_path / "run"
    save(run, folder)
    before = {path.name for path in folder.iterdir()}
    result = moss(folder, "--viewers", "moss")
    assert result.exit_code == 0, result.output
    assert {p.name for p in folder.iterdir()} - before == {"certificate.csv", "certificate.html"}
    rows = rows_of((folder / "certificate.csv").read_text())
    number = run.state.front.number(run.state.front.opening)
    files = {
        name: {r["codec"] for r in rows if r["file"] == name} for name in {r["file"] for r in rows}
    }
    assert set(files) == {"001.wav", "002.wav", "003.wav"}
    for name, codecs in files.items():
        assert ("vorbis" in codecs) == (name == f"{number:03}.wav")
    # They go when the sounds are written anew.
    save(run, folder, overwrite=True)
    assert {path.name for path in folder.iterdir()} == before


def as_written_before(folder: Path) -> None:
    """Make a folder one of an earlier version: files from 000, and no worse ends in run.json."""
    for file in sorted(folder.glob("*/0*")):
        file.rename(file.with_name(f"{int(file.name[:3]) - 1:03}{file.name[3:]}"))
    told = json.loads((folder / "run.json").read_text())
    for objective in told["objectives"]:
        del objective["worst"]
    (folder / "run.json").write_text(json.dumps(told | {"knee": told["candidates"][0]["index"]}))


def test_a_folder_of_an_earlier_version_is_opened_certified_exported_and_resumed(run, tmp_path):
    folder = tmp_path / "run"
    save(run, folder)
    as_written_before(folder)
    assert {path.name for path in (folder / "audio").iterdir()} == {f"00{k}.wav" for k in range(3)}
    manifest = read_manifest(folder)
    assert str(manifest.front.shares(manifest.candidates[0].losses)) == ""
    number = manifest.front.number(manifest.front.opening)
    assert number == 2  # the one in the middle, as nobody knows the shares
    assert moss(folder, "--viewers", "moss").exit_code == 0
    rows = rows_of((folder / "certificate.csv").read_text())
    coded = {row["file"] for row in rows if row["codec"] == "vorbis"}
    assert coded == {"001.wav"}  # its second file
    words = "export", folder, "--candidate", 3, "--out", tmp_path / "third.wav"
    assert CliRunner().invoke(main, list(map(str, words))).exit_code == 0
    exported, before = (
        soundfile.read(path)[0] for path in (tmp_path / "third.wav", folder / "audio" / "002.wav")
    )
    assert (exported == before).all()
    assert CliRunner().invoke(main, ["resume", str(folder)]).exit_code == 0
    for kind in ("audio", "pictures"):
        numbers = {path.name[:3] for path in (folder / kind).iterdir()}
        assert numbers == {"001", "002", "003"}
    assert not (folder / "certificate.csv").exists()
    assert str(read_manifest(folder).front.shares(manifest.candidates[0].losses)) != ""


def test_a_folder_without_sounds_says_how_to_get_them(run, tmp_path):
    save(run, tmp_path / "run")
    for sound in (tmp_path / "run" / "audio").iterdir():
        sound.unlink()
    result = moss(tmp_path / "run")
    assert result.exit_code == 2
    assert "moss resume" in result.stderr


def test_a_zip_has_the_certificate_and_says_so(run):
    file = io.BytesIO()
    write_zip(run, file, "mine")
    with zipfile.ZipFile(file) as archive:
        rows = rows_of(archive.read("mine/certificate.csv").decode())
        page = archive.read("mine/certificate.html").decode()
        about = archive.read("mine/about.txt").decode()
    assert {row["viewer"] for row in rows} == set(VIEWERS)
    assert {row["file"] for row in rows} == {"001.wav", "002.wav", "003.wav"}
    assert page.count("Seen in") == 3
    assert "moss certify" in about
