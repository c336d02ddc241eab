"""Why a run rests, in words."""

from typing import get_args

import pytest

from background.cause import Cause, Kind
from background.intention import Intention


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_cause_says_what_happened_and_what_to_do_next(kind):
    words = Cause(kind, what="mine").words("here")
    assert words.count(". ") + words.count(": ") >= 1
    assert any(next_ in words for next_ in ("Resume", "learn some more", "go on without it"))


def test_one_is_told_whether_it_was_this_tab():
    assert "in another tab" in Cause("paused", "there").words("here")
    assert "in another tab" not in Cause("paused", "here").words("here")
    assert Cause("stopped", "here").words("here").startswith("Stopped by you. ")


def test_the_cause_is_that_of_what_was_settled():
    intention = Intention(going=True)
    intention.ask("pause", Cause("paused", "here"))
    assert intention.settle() == "pause"
    assert intention.cause == Cause("paused", "here")
    intention.ask("go")
    intention.replace("go", "idle", Cause("unwatched"))
    intention.settle()
    assert intention.cause == Cause("unwatched")
