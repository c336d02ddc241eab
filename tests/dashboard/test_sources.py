from __future__ import annotations

import pytest

from moss_core import MossError
from moss_core.samples import IMAGE, TRACK, sample_image, sample_track
from sources import sample_images, sample_tracks


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
