"""The pictures of past steps, in memory and in the folder of a run."""

from itertools import pairwise

import pytest

from background.replay import REPLAY, Replay, saved_pictures
from moss_core.optimization.records import Record


def pictures(step: int, candidates: int) -> dict[int, bytes]:
    return {index: f"{step}/{index}".encode() for index in range(candidates)}


def test_every_step_is_kept_as_long_as_there_is_room():
    replay = Replay(limit=8)
    for step in range(4):
        assert replay.wants(step)
        replay.add(step, pictures(step, 2))
    assert replay.steps == (0, 1, 2, 3)
    assert replay.picture(2, 1) == b"2/1"
    assert replay.picture(2, 2) is None
    assert replay.picture(9, 0) is None


def test_the_number_of_pictures_is_bounded_and_the_steps_stay_evenly_spread():
    replay = Replay(limit=8)
    for step in range(100):
        if replay.wants(step):
            replay.add(step, pictures(step, 2))
        assert len(replay.steps) <= 4
    gaps = {b - a for a, b in pairwise(replay.steps)}
    assert len(gaps) == 1
    assert replay.steps[0] == 0


def test_one_step_is_kept_even_where_it_alone_is_too_much():
    replay = Replay(limit=2)
    replay.add(0, pictures(0, 5))
    assert replay.steps == (0,)


def test_what_is_known_to_be_too_much_is_thinned_from_the_start():
    replay = Replay(expected=9 * 61, limit=256)
    assert [step for step in range(10) if replay.wants(step)] == [0, 3, 6, 9]


def history(steps: int, start: float = 0.5) -> list[Record]:
    return [Record(step, ((start / (1 + step),),), ((1.0,),), 0.0) for step in range(steps)]


def test_pictures_are_found_again_in_the_folder(tmp_path):
    replay, past = Replay(), history(10)
    for step in range(10):
        replay.add(step, pictures(step, 2))
    replay.save(tmp_path, past)
    found = saved_pictures(tmp_path, past)
    assert found == {step: pictures(step, 2) for step in range(10)}
    again = Replay(kept=found)
    assert again.steps == replay.steps
    assert again.wants(10)


def test_what_lies_in_the_folder_is_bounded_and_goes_on_evenly(tmp_path):
    replay, past = Replay(), history(100)
    for step in range(100):
        replay.add(step, {0: bytes(100)})
    replay.save(tmp_path, past, limit=3_000)
    again = Replay(kept=saved_pictures(tmp_path, past))
    assert again.steps == tuple(range(0, 100, 4))
    assert [step for step in range(100, 110) if again.wants(step)] == [100, 104, 108]


def test_pictures_of_another_run_are_not_taken_for_this_ones(tmp_path):
    replay = Replay()
    for step in range(4):
        replay.add(step, pictures(step, 1))
    replay.save(tmp_path, history(4))
    assert saved_pictures(tmp_path, history(4, start=0.9)) == {}
    assert list(saved_pictures(tmp_path, history(2))) == [0, 1]


@pytest.mark.parametrize("content", [b"", b"no ZIP", b"PK\x05\x06" + bytes(18)])
def test_a_broken_file_is_as_none(tmp_path, content):
    assert saved_pictures(tmp_path, history(2)) == {}
    (tmp_path / REPLAY).write_bytes(content)
    assert saved_pictures(tmp_path, history(2)) == {}
