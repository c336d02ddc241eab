"""The blind test on Front: what is asked and kept, what it comes to, and where that is shown."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pyarrow
import pytest
from apps import button, component, has, job_of, texts, wait

from charts.heard import Mark, mark_rows
from components.listening.questions import ending, question
from heard_runs import guess, listen, middle
from moss_core.listening import (
    IMAGE,
    TRACK,
    Listening,
    Threshold,
    Trial,
    kept_answers,
)
from moss_core.optimization import Candidate, Front
from moss_core.runs.layout import LISTENING
from session.listening import sitting
from session.listening.heard import Heard, heard
from session.listening.sitting import (
    BY_EAR,
    MOST_HEARD,
    PAIRS,
    begin,
    heard_positions,
)
from session.listening.stimuli import Stimuli


@pytest.fixture(autouse=True)
def same_listeners(monkeypatch):
    """Listeners whose order of trials is drawn alike whenever this runs."""
    words = (f"listener{number}" for number in itertools.count())
    monkeypatch.setattr(sitting, "new_listener", lambda: next(words))


def test_a_test_goes_on_where_it_was_left_and_an_answer_counts_once(folder, snapshot):
    positions = heard_positions(snapshot.front)
    first = listen(folder, snapshot, 20.0, most=3)
    asked = first.test().next_trial()
    later = begin(folder, snapshot.step, positions, BY_EAR, False)
    assert later == first
    assert later.test().next_trial() == asked
    first.keep(3, "second", 1.0)  # told again by a browser that heard of nothing
    first.keep(9, "second", 1.0)
    assert len(kept_answers(folder)) == 3
    new = begin(folder, snapshot.step, positions, BY_EAR, True)
    assert new.listener != first.listener
    assert not new.test().answers


def test_the_mark_is_where_somebody_begins_to_hear(folder, snapshot):
    assert heard(folder, snapshot) is None
    threshold = middle(snapshot)
    listen(folder, snapshot, threshold, most=4)
    early = heard(folder, snapshot)
    assert early
    assert not early.is_enough
    listen(folder, snapshot, threshold)
    found = heard(folder, snapshot)
    assert found
    assert found.is_enough
    assert found.threshold.low is not None
    assert found.threshold.high is not None
    assert found.threshold.low <= threshold <= found.threshold.high
    shares = heard_positions(snapshot.front)
    assert found.candidate is not None
    assert shares[found.candidate] <= found.threshold.low
    others = [s for s in shares.values() if s <= found.threshold.low]
    assert shares[found.candidate] == max(others)
    assert str(found).startswith("Just noticeable at")


def test_a_guesser_gives_no_mark_and_whoever_listens_after_that_does(folder, snapshot):
    guess(folder, snapshot)
    found = heard(folder, snapshot)
    assert found
    assert str(found) == "These answers look like guesses, so there is no mark"
    assert found.candidate is None
    listen(folder, snapshot, middle(snapshot), again=True)
    listen(folder, snapshot, middle(snapshot))
    found = heard(folder, snapshot)
    assert found
    assert not found.threshold.guessing


def test_answers_to_candidates_as_they_were_before_count_no_more(folder, snapshot):
    listen(folder, snapshot, 20.0, most=6)
    later = replace(snapshot, history=(*snapshot.history, replace(snapshot.history[-1], step=19)))
    assert heard(folder, later) is None
    assert begin(folder, later.step, heard_positions(later.front), BY_EAR, False).step == 19
    assert len(kept_answers(folder)) == 6


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (34.2, 41.4, "Just noticeable at 34 to 41 % image (95 %)"),
        (None, 41.4, "Just noticeable at 41 % image, or already at less (95 %)"),
        (34.2, None, "Just noticeable at 34 % image, or only at more (95 %)"),
        (None, None, "These answers do not tell yet where it begins"),
        (62.0, None, "Not heard, even at the most image (62 %)"),
        (None, 4.0, "Heard already at the least image (4 %)"),
    ],
)
def test_a_result_says_no_more_than_is_known(low, high, words):
    assert str(Heard(Threshold(low, 37.0, high, 26, False), 26, 4.0, 62.0, None)) == words


def test_of_many_candidates_those_are_heard_that_are_spread_out():
    shares = [0.001 * k for k in range(20)] + [0.1 * k for k in range(1, 10)]
    candidates = tuple(
        Candidate(index, (1.0,), (1 - share,), False) for index, share in enumerate(shares)
    )
    front = Front(candidates, (0,), None, (1.0,), ("image",))

    found = heard_positions(front)
    assert len(found) == MOST_HEARD
    assert {0, *range(20, 29)} <= set(found)


def test_x_is_one_of_both_and_no_word_says_which(snapshot):
    sounds = {index: f"sound {index}".encode() for index in (TRACK, IMAGE, *range(5))}
    test = Listening(heard_positions(snapshot.front), 1)
    pictures = {index: f"picture {index}".encode() for index in range(5)}
    stimuli = Stimuli(12, test.positions, 16_000, sounds, pictures, b"image", 1.5)
    asked = {}
    for x_is_first in (True, False):
        trial = Trial("abx", 2, TRACK, x_is_first)
        asked[x_is_first] = question(stimuli, test, trial)
    assert [label for label, _ in asked[True].sounds] == ["A", "B", "X"]
    assert [content for _, content in asked[True].sounds] == [sounds[2], sounds[TRACK], sounds[2]]
    assert asked[False].sounds[2] == ("X", sounds[TRACK])
    assert replace(asked[True], sounds=()) == replace(asked[False], sounds=())
    pair = question(stimuli, test, Trial("sound", 1, 3))
    assert pair.sounds == (("A", sounds[1]), ("B", sounds[3]), ("Track", sounds[TRACK]))
    seen = question(stimuli, test, Trial("picture", 4, 0))
    assert [content for _, content, _ in seen.pictures] == [b"picture 4", b"picture 0", b"image"]


def test_the_mark_stays_inside_the_chart():
    extent = ((10.0, 60.0), (0.0, 100.0))
    (row,) = mark_rows(Mark(20.0, 25.0, 30.0, "words"), extent)
    assert (row["x"], row["middle"], row["until"]) == (20.0, 25.0, 30.0)
    (row,) = mark_rows(Mark(None, 12.0, 30.0, "words"), extent)
    assert (row["x"], row["until"], row["label"]) == (10.0, 30.0, "")
    (row,) = mark_rows(Mark(55.0, None, None, "words"), extent)
    assert (row["x"], row["until"]) == (55.0, 60.0)
    assert mark_rows(Mark(None, None, None, "words"), extent) == []


@pytest.fixture
def front(create, folder):
    """The Front page of that run."""
    create.session_state["token"] = folder.name
    create.switch_page("app_pages/front.py").run()
    wait(create, lambda: has(create, "More image"))
    return create


def chart(app):
    (element,) = app.get("vega_lite_chart")
    rows = pyarrow.ipc.open_stream(element.proto.datasets[0].data.data).read_all().to_pylist()
    return element.proto.alt, [row for row in rows if row["kind"] == "mark"]


def test_front_asks_trial_after_trial_and_then_draws_the_mark(front, folder):
    assert component(front, "listening-booth")["open"] is False
    assert chart(front)[1] == []
    button(front, "Begin the test").click().run()
    wait(front, lambda: component(front, "listening-booth")["question"] is not None)
    asked = component(front, "listening-booth")["question"]
    assert (asked["number"], asked["answers"]) == (1, ["X is A", "X is B"])
    addresses = [address for _, address in asked["sounds"]]
    assert len(set(addresses)) in (1, 2)  # X is A or B, and in a catch trial all are one
    begun = front.session_state["sitting"]
    snapshot = job_of(front).look()
    begun.keep(1, "first", 1.0)
    front.run()
    assert component(front, "listening-booth")["question"]["number"] == 2
    assert chart(front)[1] == []  # nothing is told to somebody who listens
    threshold = middle(snapshot)
    listen(folder, snapshot, threshold)
    front.run()
    told = component(front, "listening-booth")
    assert told["question"] is None
    found = heard(folder, snapshot)
    assert told["ending"]["title"] == f"{found}."
    front.session_state["sitting"] = None
    front.session_state["picked"] = None
    front.run()
    alt, (mark,) = chart(front)
    assert str(found) in alt
    assert mark["x"] <= mark["middle"] <= mark["until"]
    assert front.session_state["picked"] == found.candidate
    assert "the most image that was not heard" in texts(front.caption)
    assert str(found) in texts(front.markdown)
    button(front, "Compare pairs").click().run()
    asked = component(front, "listening-booth")["question"]
    assert [label for label, _ in asked["sounds"]] == ["A", "B", "Track"]
    assert (asked["number"], asked["of"]) == (1, 16)


def test_answers_that_somebody_edited_are_said_and_nothing_breaks(front, folder):
    (folder / LISTENING).write_text("listener,when\n1,2\n")
    front.run()
    assert not front.exception
    assert chart(front)[1] == []
    button(front, "Begin the test").click().run()
    assert not front.exception


def test_the_run_that_learned_on_ends_a_test(front, folder):
    button(front, "Begin the test").click().run()
    front.session_state["sitting"] = replace(front.session_state["sitting"], step=1)
    front.run()
    assert "learned on" in component(front, "listening-booth")["ending"]["title"]


def test_an_end_of_pairs_leads_to_objectives(snapshot):
    assert "Objectives" in ending(snapshot, None, True).words
    assert PAIRS == ("sound", "picture")
