from __future__ import annotations

import io
from functools import cache

import av
import numpy as np
import PIL.Image
import pytest
import soundfile
import torch

from moss_core import MossError, load_track
from moss_core.synthesis.files.encoding import FORMATS, encode_picture, encode_sound
from moss_core.synthesis.files.packets import pack, unpack
from moss_core.synthesis.files.tags import SETTINGS_FIELD, Tags, kept_of, read_tags, write_tags
from samples import small_track

FIELDS = {
    "title": "Tïtle ☃",
    "artist": "A & B",
    "album": "An album",
    "album_artist": "Various",
    "composer": "Bach",
    "date": "2021-03-04",
    "genre": "Jazz",
    "comment": "c = 1; x",
    "track": "3/12",
    "disc": "1/2",
    "bpm": "120",
    "encoder": "MOSS 0",
    SETTINGS_FIELD: '{"long": "' + 70_000 * "x" + '"}',
}


@cache
def cover() -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    PIL.Image.fromarray(noise).save(file, "JPEG", quality=95)
    assert len(file.getvalue()) > 70_000  # more than one page of an Ogg file
    return file.getvalue()


@cache
def sound(kind: str) -> bytes:
    return encode_sound(small_track(1.0, 44_100, channels=2).samples, 44_100, kind)


@cache
def tagged(kind: str) -> bytes:
    return write_tags(sound(kind), kind, Tags(FIELDS, cover(), "image/jpeg"))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_field_and_the_cover_come_back(kind: str) -> None:
    found = read_tags(tagged(kind))
    assert {name: found.fields.get(name) for name in FIELDS} == FIELDS
    assert (found.cover, found.mimetype) == (cover(), "image/jpeg")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_sound_stays_as_it_was_in_every_reader(kind: str) -> None:
    before, after = (unpack(content, "sound")[0] for content in (sound(kind), tagged(kind)))
    assert torch.equal(before, after)
    ours, again = load_track(sound(kind)), load_track(tagged(kind))
    assert torch.equal(ours.samples, again.samples)
    if kind != "m4a":  # which libsndfile does not read
        frames = [soundfile.read(io.BytesIO(c))[0] for c in (sound(kind), tagged(kind))]
        assert np.array_equal(*frames)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_tags_give_the_same_file_and_replace_others(kind: str) -> None:
    tags = Tags(FIELDS, cover(), "image/jpeg")
    assert write_tags(sound(kind), kind, tags) == tagged(kind)
    old = write_tags(sound(kind), kind, Tags({"title": "Old", "mood": "blue"}))
    assert read_tags(old).fields["mood"] == "blue"
    if kind != "wav":  # where they come behind the sound, once
        assert write_tags(old, kind, tags) == tagged(kind)


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_pages_of_an_ogg_file_are_numbered_and_have_their_check_sums(kind: str) -> None:
    # FFmpeg warns of gaps and drops pages whose check sum is wrong.
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as said, av.open(io.BytesIO(tagged(kind))) as container:
            frames = sum(frame.samples for frame in container.decode(audio=0))
    finally:
        av.logging.set_level(None)
    assert frames == unpack(sound(kind), "sound")[0].shape[1]
    assert not [text for _, name, text in said if "ogg" in name or kind in name]
    pages = tagged(kind).split(b"OggS\0")[1:]
    numbers = [int.from_bytes(page[13:17], "little") for page in pages]
    assert numbers == list(range(len(pages)))


@pytest.mark.parametrize("kind", ["opus", "m4a"])
@pytest.mark.parametrize("channels", [1, 2])
def test_opus_and_aac_lie_where_the_sound_was(kind: str, channels: int) -> None:
    samples = small_track(1.2345, 48_000, channels).samples
    found, rate = unpack(encode_sound(samples, 48_000, kind), "sound")
    assert (rate, found.shape) == (48_000, samples.shape)
    error = (found - samples).square().sum() / samples.square().sum()
    moved = (found.roll(8, -1) - samples).square().sum() / samples.square().sum()
    assert float(error) < 0.02
    assert float(moved) > 5 * float(error)


def test_aac_keeps_five_channels_in_their_order_and_the_lows_of_the_sixth() -> None:
    samples = 0.2 * torch.randn(6, 48_000, generator=torch.Generator().manual_seed(0))
    samples = torch.cumsum(samples, 1) - torch.cumsum(samples, 1).mean(1, keepdim=True)
    samples = 0.2 * samples / samples.abs().amax(1, keepdim=True)
    found, _ = unpack(encode_sound(samples, 48_000, "m4a"), "sound")
    error = (found - samples).square().sum(1) / samples.square().sum(1)
    assert float(error.max()) < 0.05


def test_a_bitrate_is_kept_to() -> None:
    samples = 0.2 * torch.randn(2, 96_000, generator=torch.Generator().manual_seed(0))
    for kind in ("opus", "m4a"):
        sizes = [len(pack(samples, 48_000, kind, bitrate)) * 8 / 2000 for bitrate in (96, 256)]
        assert sizes == pytest.approx([96, 256], rel=0.1)


def test_a_file_as_ffmpeg_writes_it_is_read_and_a_cut_off_one_is_a_message() -> None:
    content = sound("m4a")
    assert load_track(content).samples.shape == (2, 44_100)
    for cut in (content[: len(content) // 2], content[:40], b"\0\0\0\x18ftypM4A " + bytes(90)):
        with pytest.raises(MossError, match=r"track voice\.m4a: must be a complete sound file"):
            load_track(cut, "voice.m4a")


@pytest.mark.parametrize("kind", FORMATS)
def test_damage_raises_nothing(kind: str) -> None:
    content = tagged(kind)
    generator = np.random.default_rng(1)
    for _ in range(20):
        damaged = bytearray(content)
        for place in generator.integers(0, min(len(content), 3000), 20):
            damaged[place] = generator.integers(0, 256)
        read_tags(bytes(damaged))
    assert read_tags(b"") == read_tags(b"no sound") == read_tags(content[:20]) == Tags()


def test_a_text_that_is_none_does_not_spoil_the_file() -> None:
    latin = tagged("flac").replace("Tïtle".encode(), b"T\xefttle")
    assert "\ufffd" in read_tags(latin).fields["title"]
    for kind in ("wav", "m4a", "png"):
        content = encode_picture(torch.eye(9)) if kind == "png" else sound(kind)
        found = read_tags(write_tags(content, kind, Tags({"title": "a\udcff"})))
        assert found.fields["title"] == "a?"


def test_what_tells_of_the_file_or_the_level_does_not_go_on() -> None:
    told = {"title": "T", "encoder": "Lavf", "itunsmpb": "0", "replaygain_track_gain": "-3 dB"}
    odd = {"a=b": "1", "größe": "2", SETTINGS_FIELD: "{}", "lyrics": "la\0la", "long": "x" * 10**6}
    assert kept_of(Tags({**told, **odd})).fields == {"title": "T", "lyrics": "la/la"}


def test_a_png_keeps_its_pixels_and_gets_its_texts() -> None:
    picture = torch.rand(20, 30, generator=torch.Generator().manual_seed(0))
    plain = encode_picture(picture)
    content = write_tags(plain, "png", Tags(FIELDS))
    before, after = (np.asarray(PIL.Image.open(io.BytesIO(c))) for c in (plain, content))
    assert np.array_equal(before, after)
    assert {name: read_tags(content).fields[name] for name in FIELDS} == FIELDS
    with PIL.Image.open(io.BytesIO(content)) as image:
        assert image.info["Title"] == FIELDS["title"]


def test_a_wav_says_its_title_to_programs_that_know_no_id3() -> None:
    with soundfile.SoundFile(io.BytesIO(tagged("wav"))) as file:
        assert (file.title, file.artist, file.date) == ("Tïtle ☃", "A & B", "2021-03-04")


def test_an_unknown_kind_is_a_message() -> None:
    with pytest.raises(MossError, match="kind of file with tags"):
        write_tags(b"", "aiff", Tags())
