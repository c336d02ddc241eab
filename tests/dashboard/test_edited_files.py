"""What anybody may have written into the dashboard's small files: used, or left out."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from background.replay import REPLAY, Replay, saved_pictures
from edits import VALUES, as_json, places, replaced, spoilt
from moss_core.optimization.records import Record
from session.links import find_link, make_link
from sources.belongings import Belongings
from sources.source import Source

often = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def readers(place, monkeypatch):
    """Every small file, with what reads it."""
    monkeypatch.setenv("MOSS_DATA", str(place))
    kept = Belongings(place / "own")
    kept.keep("image", Source("a.png", "A", b"picture"), 4)
    kept.choose({"image": "A", "track": "B"})
    token = make_link(place / "runs" / ("a" * 32), 1)
    past = [Record(step, ((0.5 / (1 + step),),), ((1.0,),), 0.0) for step in range(3)]
    replay = Replay()
    for step in range(3):
        replay.add(step, {0: b"x" * 100})
    replay.save(place, past)
    return {
        next((place / "own").glob("*.image")): lambda: kept.sources("image"),
        place / "own" / "chosen.json": kept.chosen,
        next(place.rglob("shown/*/1.json")): lambda: find_link(token),
        place / REPLAY: lambda: saved_pictures(place, past),
    }


@pytest.mark.parametrize("number", range(4))
def test_what_is_edited_is_used_or_left_out(number, tmp_path, monkeypatch):
    path, read = list(readers(tmp_path, monkeypatch).items())[number]
    content = path.read_bytes()
    line, rest = content.partition(b"\n")[::2]
    told = json.loads(line) if line.startswith(b"{") else {}
    assert read()

    @often
    @given(st.sampled_from(list(places(told))), st.sampled_from(VALUES), st.integers(0, 2**32))
    def edited(place, value, seed):
        path.write_bytes(as_json(replaced(told, place, value)) + b"\n" + rest)
        read()
        path.write_bytes(spoilt(content, random.Random(seed)))
        read()

    edited()
