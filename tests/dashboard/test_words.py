"""Words that go with numbers, and what is said before something is set going."""

from dataclasses import replace

import pytest
from test_fronts import snapshot_of

from components.studio.effects import takes_effect, undo_words
from moss_core.words import count_text


@pytest.mark.parametrize(("count", "words"), [(0, "0 steps"), (1, "1 step"), (2, "2 steps")])
def test_one_thing_is_not_told_as_several(count, words):
    assert count_text(count, "step") == words


def test_undo_tells_what_it_goes_back_to_and_when():
    snapshot = snapshot_of([(0.2, 0.6), (1.0, 1.0)])
    assert undo_words(snapshot, 0) == ""
    pushed = replace(snapshot, undoable={0: (0.4, 0.3)})
    assert undo_words(pushed, 0) == (
        "Back to before the last push (picture 40 \N{RIGHTWARDS ARROW} 70 %, "
        "sound 80 \N{RIGHTWARDS ARROW} 60 %); the run goes on for 30 steps"
    )
    never_shown = replace(snapshot, undoable={0: ()})
    assert undo_words(never_shown, 0) == (
        "Back to before the last push; the run goes on for 30 steps"
    )


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("running", "from the next step on"),
        ("paused", "when you resume"),
        ("finished", "the run goes on for 30 steps"),
        ("stopped", "the run goes on for 30 steps"),
    ],
)
def test_when_a_push_takes_effect_depends_on_the_run(phase, words):
    assert words in takes_effect(replace(snapshot_of([(0.2, 0.6)]), phase=phase))
