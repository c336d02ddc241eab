"""A test of a run for those whom a link invites: what they see, and what is kept of them."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from apps import DASHBOARD, button, component, has, texts, wait
from streamlit.testing.v1 import AppTest

from background.snapshots import Snapshot
from components.listening import guest
from heard_runs import listen, middle, said
from moss_core import MossError
from moss_core.listening import Kind, by_listener, kept_answers
from moss_core.runs.layout import LISTENING
from moss_core.runs.library import Library
from session import memory, shared
from session.links import Link, find_link, link_to, make_link, withdraw_link
from session.listening import sitting, stimuli
from session.listening.agreeing import trusted
from session.listening.heard import guests, heard
from session.listening.sitting import (
    BY_EAR,
    PAIRS,
    Sitting,
    check_guests,
    heard_positions,
    word_of,
)

CONSENT = "I *agree*\nto all of it."


@pytest.fixture(autouse=True)
def same_listeners(monkeypatch):
    """Listeners whose order of trials is drawn alike whenever this runs."""
    words, secrets = ((f"{what}{n}" for n in itertools.count()) for what in ("listener", "secret"))
    monkeypatch.setattr(sitting, "new_listener", lambda: next(words))
    monkeypatch.setattr(guest, "new_token", lambda: next(secrets))


@pytest.fixture
def link(create, folder, monkeypatch) -> Link:
    """An invitation to it; whoever comes now is somebody on another machine."""
    monkeypatch.setattr(memory, "is_own_machine", lambda *_: False)
    found = find_link(make_link(folder, None, CONSENT))
    assert found
    return found


def visit(token: str, page: str = "listen", **parameters: str) -> AppTest:
    """The page of an invitation, as somebody opens it who was sent it."""
    app = AppTest.from_file(str(DASHBOARD / "Home.py"), default_timeout=60)
    app.switch_page(f"app_pages/{page}.py")
    for name, value in {memory.SHOW_PARAMETER: token, **parameters}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def booth(app: AppTest) -> dict:
    return component(app, "guest-booth")


def answer_all(app: AppTest, folder: Path, snapshot: Snapshot, hears_from: float) -> None:
    """Take the test that is open to its end."""
    taken: Sitting = app.session_state[memory.SITTING]
    while trial := (test := taken.test()).next_trial():
        taken.keep(len(test.answers) + 1, said(trial, taken.positions, hears_from), 2.0)


def guest_of(folder: Path, snapshot: Snapshot, word: str, kinds: tuple[Kind, ...] = BY_EAR):
    """Somebody who was invited."""
    positions = heard_positions(snapshot.front)
    return Sitting(folder, snapshot.step, positions, word, kinds, invited=True)


def test_who_is_invited_agrees_listens_and_can_take_it_all_back(link, folder, snapshot):
    app = visit(link.token)
    wait(app, lambda: has(app, "I agree: begin"))
    assert app.title[0].value == "Can you hear it?"
    assert CONSENT in [text.value for text in app.text]
    assert "random word" in texts(app.caption)
    assert booth(app)["open"] is False
    button(app, "I agree: begin").click().run()
    asked = booth(app)["question"]
    assert (asked["number"], asked["answers"]) == (1, ["X is A", "X is B"])
    assert kept_answers(folder) == ()
    answer_all(app, folder, snapshot, middle(snapshot))
    app.run()
    told = booth(app)["ending"]
    assert "Just noticeable at" in told["title"]
    assert told["more"]
    app.session_state[memory.SITTING] = None
    app.run()
    assert told["title"] in texts(app.markdown)
    button(app, "Compare pairs").click().run()
    assert [label for label, _ in booth(app)["question"]["sounds"]] == ["A", "B", "Track"]
    answer_all(app, folder, snapshot, 0.0)
    app.run()
    assert booth(app)["ending"]["more"] == ""
    app.session_state[memory.SITTING] = None
    app.run()
    answers = kept_answers(folder)
    assert {(answer.listener, answer.invited) for answer in answers} == {(word_of("secret0"), True)}
    assert {answer.trial.kind for answer in answers} == {"abx", "sound", "picture"}
    button(app, "Remove my answers").click().run()
    assert kept_answers(folder) == ()
    assert has(app, "I agree: begin")
    assert "listener" not in app.query_params


def test_a_guest_has_no_key_to_anything_and_no_run_is_opened(link, folder):
    app = visit(link.token)
    wait(app, lambda: has(app, "I agree: begin"))
    told = "".join(str(element.proto) for element in app.main) + str(app.query_params)
    assert folder.name not in told
    assert not {"run", "workspace"} & set(app.query_params)
    assert memory.TOKEN not in app.session_state
    assert shared.job_manager().find(folder.name) is None
    assert not app.get("download_button")


def test_a_reloaded_page_goes_on_and_nobody_elses_answers_are_taken_for_ones_own(
    link, folder, snapshot
):
    own = listen(folder, snapshot, 20.0, most=4)
    answered = guest_of(folder, snapshot, word_of("secret"))
    for number in (1, 2, 3):
        answered.keep(number, "first", 1.0)
    app = visit(link.token, listener="secret")
    wait(app, lambda: has(app, "Go on with the test"))
    assert "3 of 26 answered" in texts(app.markdown)
    button(app, "Go on with the test").click().run()
    assert booth(app)["question"]["number"] == 4
    app.session_state[memory.SITTING] = None
    app.run()
    button(app, "I am somebody else").click().run()
    assert has(app, "I agree: begin")
    assert len(kept_answers(folder)) == 7
    for word in (own.listener, answered.listener, "nobody", "../x"):
        another = visit(link.token, listener=word)
        assert has(another, "I agree: begin")
        assert not has(another, "Remove my answers")


def test_guests_leave_the_owners_mark_where_it_is_and_are_counted(link, folder, snapshot):
    listen(folder, snapshot, middle(snapshot))
    before = heard(folder, snapshot)
    for word, always in (("one", False), ("two", True)):
        taken = guest_of(folder, snapshot, word)
        while trial := (test := taken.test()).next_trial():
            words = "first" if always else said(trial, taken.positions, 0.0)
            taken.keep(len(test.answers) + 1, words, 1.0)
    guest_of(folder, snapshot, "three").keep(1, "first", 1.0)
    after = heard(folder, snapshot)
    assert before
    assert after
    assert (after.threshold, after.candidate) == (before.threshold, before.candidate)
    told = guests(folder, snapshot)
    assert (told.finished, told.guessing, told.begun) == (2, 1, 1)
    assert told.answers == len(kept_answers(folder))
    assert told.theirs == told.answers - before.threshold.answers
    assert "By 3 listeners" in told.together
    everyone = by_listener(trusted(kept_answers(folder), snapshot))
    assert {"one", "three"} < set(everyone)
    assert "two" not in everyone


def test_a_test_that_was_ended_takes_no_more_answers_and_still_gives_them_back(
    link, folder, monkeypatch
):
    app = visit(link.token)
    wait(app, lambda: has(app, "I agree: begin"))
    button(app, "I agree: begin").click().run()
    assert booth(app)["question"]
    with monkeypatch.context() as patch:
        patch.setattr(memory, "get", app.session_state.__getitem__)
        guest._answer(link.token, 1, "first", 1.0)
        assert len(kept_answers(folder)) == 1
        withdraw_link(folder, None)
        guest._answer(link.token, 2, "first", 1.0)
        assert make_link(folder, None, CONSENT) != link.token
        guest._answer(link.token, 2, "first", 1.0)
        assert len(kept_answers(folder)) == 1
    app.run()
    assert "has ended this test" in texts(app.markdown)
    assert "ended" in booth(app)["ending"]["words"]
    assert not has(app, "Go on with the test")
    button(app, "Remove my answers").click().run()
    assert kept_answers(folder) == ()


def test_the_sounds_are_not_made_again_while_the_run_learns(link, folder, monkeypatch):
    working = SimpleNamespace(look=lambda: SimpleNamespace(at_work=True))
    monkeypatch.setattr(stimuli, "job_manager", lambda: SimpleNamespace(find=lambda run: working))
    assert "cannot be opened just now" in texts(visit(link.token).markdown)


def test_a_rename_stops_nobody_and_learning_on_begins_the_test_anew(link, folder, snapshot):
    app = visit(link.token)
    wait(app, lambda: has(app, "I agree: begin"))
    button(app, "I agree: begin").click().run()
    app.session_state[memory.SITTING].keep(1, "first", 1.0)
    Library(folder.parent).rename(folder.name, "Another")
    app.run()
    assert booth(app)["question"]["number"] == 2
    taken = app.session_state[memory.SITTING]
    app.session_state[memory.SITTING] = replace(taken, step=1)
    app.run()
    assert booth(app)["ending"]["title"] == "The sounds are others now."


def test_an_owners_own_test_is_not_taken_for_that_of_a_guest(link, folder, snapshot):
    app = visit(link.token)
    wait(app, lambda: has(app, "I agree: begin"))
    own = replace(guest_of(folder, snapshot, "abcd"), invited=False)
    app.session_state[memory.SITTING] = own
    app.run()
    assert booth(app)["open"] is False


def test_no_more_listeners_come_than_a_few(link, folder, snapshot, monkeypatch):
    monkeypatch.setattr(sitting, "MOST_GUESTS", 2)
    late = guest_of(folder, snapshot, "three")
    assert late.test().next_trial()
    for word in ("one", "two", "one"):
        taken = guest_of(folder, snapshot, word)
        taken.keep(len(taken.test().answers) + 1, "first", 1.0)
    with pytest.raises(MossError, match="at most 2"):
        late.keep(1, "first", 1.0)
    app = visit(link.token)
    wait(app, lambda: has(app, "I agree: begin"))
    button(app, "I agree: begin").click().run()
    assert "all the listeners that it takes" in texts(app.error)
    assert booth(app)["open"] is False
    check_guests(folder, snapshot.step + 1, "four")  # once it learned on, others may come


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: Library(folder.parent).delete(folder.name), "was deleted"),
        (lambda folder: shutil.rmtree(folder / "inputs"), "cannot be opened just now"),
        (lambda folder: withdraw_link(folder, None), "has ended this test"),
    ],
)
def test_a_test_that_cannot_be_taken_says_why(link, folder, spoil, told):
    spoil(folder)
    app = visit(link.token)
    wait(app, lambda: told in texts(app.markdown))
    assert folder.name not in texts(app.markdown)


def test_answers_that_somebody_edited_are_said_and_nothing_breaks(link, folder):
    (folder / LISTENING).write_text("listener,when\n1,2\n")
    app = visit(link.token, listener="1")
    wait(app, lambda: has(app, "I agree: begin"))
    button(app, "I agree: begin").click().run()
    assert "cannot be done just now" in texts(app.error)
    assert booth(app)["open"] is False


def test_an_invitation_shows_no_candidate_and_a_candidates_link_invites_nobody(link, folder):
    assert "not whole" in texts(visit(link.token, "shown").markdown)
    assert "not whole" in texts(visit(make_link(folder, 1), "listen").markdown)
    assert link_to(folder, None) == link


def test_the_owner_invites_and_takes_the_answers_home(create, folder, snapshot):
    app = create
    app.session_state["token"] = folder.name
    app.switch_page("app_pages/front.py").run()
    wait(app, lambda: has(app, "More image"))
    (consent,) = (area for area in app.text_area if area.label == "What they agree to")
    consent.set_value(CONSENT)
    button(app, "Make the link").click().run()
    link = link_to(folder, None)
    assert link
    assert link.consent == CONSENT
    assert app.code[0].value.endswith(f"/listen?show={link.token}")
    assert "Nobody has listened yet" in texts(app.markdown)
    assert not has(app, "Make the link")
    guest_of(folder, snapshot, "one", PAIRS).keep(1, "first", 1.0)
    app.run()
    assert "1 more began" in texts(app.markdown)
    assert "1 answer (CSV in a ZIP)" in [b.label for b in app.get("download_button")]
    button(app, "Stop inviting").click().run()
    assert link_to(folder, None) is None
    assert has(app, "Make the link")
    assert "1 more began" in texts(app.markdown)
    button(app, "Remove them").click().run()
    assert kept_answers(folder) == ()
    assert "1 more began" not in texts(app.markdown)


def test_the_owner_is_told_of_damaged_answers(create, folder):
    app = create
    app.session_state["token"] = folder.name
    (folder / LISTENING).write_text("listener,when\n1,2\n")
    app.switch_page("app_pages/front.py").run()
    wait(app, lambda: has(app, "More image"))
    assert LISTENING in texts(app.error)
    assert "Nobody has listened" not in texts(app.markdown)
