"""The pictures of past steps."""

from itertools import pairwise

from background.replay import Replay


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
