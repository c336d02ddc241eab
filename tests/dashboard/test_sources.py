from __future__ import annotations

import gc
import weakref

import pytest

from background.job import Job
from background.snapshots import Request
from background.turns import Turns
from moss_core import Adjustments, Canvas, MossError, RunConfig
from moss_core.machine.samples import IMAGE, TRACK, sample_image, sample_track
from moss_core.objectives.discovery import discover
from sources import kept as kept_module
from sources import source as source_module
from sources.cards import image_card, track_card
from sources.kept import Kept
from sources.preview import crossfade
from sources.sound import Sound
from sources.source import Source, sample_images, sample_tracks


def test_the_page_offers_what_the_command_line_takes_first():
    assert sample_images()[0].name == IMAGE
    assert sample_tracks()[0].name == TRACK


@pytest.mark.parametrize(
    ("offered", "find"), [(sample_images, sample_image), (sample_tracks, sample_track)]
)
def test_every_sample_has_a_title_and_is_there(offered, find):
    samples = offered()
    assert all(source.data for source in samples)
    folder = find().parent
    assert {source.name for source in samples} == {path.name for path in folder.iterdir()}


def test_a_sample_that_is_not_there():
    with pytest.raises(MossError, match="package moss_assets: must be installed as a part of"):
        sample_image("nobody.jpg")


def test_an_upload_is_read_once_for_card_preview_and_run(monkeypatch, png, wav):
    """A file of one's own comes as new bytes from the browser, and is the same from then on."""
    calls = []
    for name in ("load_image", "load_track"):
        load = getattr(source_module, name)

        def counted(*inputs, load=load, name=name):
            calls.append(name)
            return load(*inputs)

        monkeypatch.setattr(source_module, name, counted)
    image = image_card(Source("a.png", "A", bytes(bytearray(png))))
    track = track_card(Source("b.wav", "B", bytes(bytearray(wav))))
    crossfade([image.source], track.source, Canvas(), Adjustments())
    objectives = (("ssim", 1.0), ("multi_resolution_stft", 1.0))
    config = RunConfig(objectives, candidates=1, steps=0, device="cpu")
    job = Job(Request(image.source, track.source, config, discover(), "A on B"), Turns())
    while job.at_work:
        assert job.look().phase != "failed"
    job.close()
    assert job.look().phase == "finished"
    assert calls == ["load_image", "load_track"]


def test_what_was_read_of_an_upload_goes_with_it(png):
    source = Source("mine.png", "Mine", bytes(bytearray(png)))
    gc.collect()  # what other tests have left
    before = len(source_module._read)
    assert source.as_image() is source.as_image()
    assert len(source_module._read) == before + 1
    del source
    gc.collect()
    assert len(source_module._read) == before


def test_what_is_kept_is_bounded_and_the_oldest_goes_first():
    kept = Kept(10, len)
    for letter in "abc":
        kept.once(letter, lambda letter=letter: letter * 5)
    assert kept.once("b", lambda: "new") == "bbbbb"
    assert kept.once("a", lambda: "new") == "new"
    assert kept.once("long", lambda: 20 * "x") == kept.once("long", lambda: "")
    assert len(kept) == 1
    kept.forget("long")
    kept.forget("long")
    assert len(kept) == 0


def test_caches_share_their_room_and_what_was_asked_for_longest_ago_goes_first(monkeypatch):
    monkeypatch.setattr(kept_module, "_all", weakref.WeakSet())
    monkeypatch.setattr(kept_module, "room_for_caches", lambda: 10)
    first, second = Kept(100, len), Kept(100, len)
    first.once("a", lambda: "aaaa")
    second.once("b", lambda: "bbbb")
    first.once("a", lambda: "")
    second.once("c", lambda: "cccc")  # b was asked for before a
    assert (len(first), len(second)) == (1, 1)
    first.once("d", lambda: "dddddddd")
    assert kept_module.kept_bytes() == 8
    second.once("e", lambda: 20 * "e")
    assert (len(first), len(second)) == (0, 1)


def test_the_size_of_what_pages_are_shown_is_that_of_its_bytes():
    sound = Sound(0, bytes(1000), 0.0)
    assert 1000 <= kept_module.size_of((sound, {"a": bytes(500)}, None)) - 500 < 1500
