"""The page of somebody who was invited to listen: what they agree to, the test, the end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from components.listening.booth import Ending, Question, booth
from components.listening.questions import question
from components.widgets.failures import plain
from components.widgets.press import press_button
from moss_core.errors import MossError
from moss_core.listening import Kind, Side, forget_answers, kept_answers
from moss_core.machine import logger
from session import memory
from session.links import Link, find_link
from session.listening.heard import heard_by
from session.listening.sitting import (
    BY_EAR,
    PAIRS,
    Sitting,
    check_guests,
    take,
    taken_in,
    word_of,
)
from session.listening.stimuli import Stimuli, stimuli_of_link
from session.workspace import new_token
from sources.made_later import Waiting

_SECRET = "listener"
"""What holds somebody's secret in the address, by which a reloaded page goes on."""
_POLL_SECONDS = 1.0
_WIDTH = 680
"""Of the page's text in pixels: it is read, not scanned."""
_LATER = "That cannot be done just now. Try it again later."
_PREPARING = "Preparing the sounds ..."
_KEPT = (
    "Kept are your answers, when you gave them and how long each took, under a random word. No "
    "name, no address, nothing about your device. You can stop whenever you like, and remove your "
    "answers on this page."
)


def listening_page(link: Link) -> None:
    """Show the test of a run to somebody whom a link invites."""
    st.fragment(_part)(link.token)


@dataclass(frozen=True)
class _Hall:
    """What there is to listen to just now.

    Args:
        link: that somebody came by; None once it is forgotten.
        made: what is played, or what it waits for; None where there is nothing.
        problem: why not, for people; "" where there is.
    """

    link: Link | None
    made: Stimuli | Waiting | None
    problem: str = ""


def _look(token: str) -> _Hall:
    link = find_link(token)
    if link is None or link.closed:
        return _Hall(link, None, "Whoever invited you has ended this test. Thank you.")
    try:
        made = stimuli_of_link(link)
    except MossError as error:
        logger.error("a listening test could not be opened: %s", error)
        problem = "This test cannot be opened just now. Try the link again in a while."
        return _Hall(link, None, problem)
    if isinstance(made, Stimuli) and len(made.positions) < 2:
        return _Hall(link, None, "There is not enough to compare yet. Try the link again later.")
    return _Hall(link, made)


def _part(token: str) -> None:
    hall = _look(token)
    with st.container(horizontal_alignment="center"), st.container(width=_WIDTH):
        st.title("Can you hear it?")
        if hall.link:
            st.markdown(f"A listening test: **{plain(hall.link.title)}**")
        if hall.problem:
            st.markdown(hall.problem)
        if hall.link:
            _show(hall, hall.link)
        if problem := memory.pop(memory.LISTENING_ERROR):
            st.error(plain(problem), icon=":material/error:")
    _booth(token, hall)
    if isinstance(hall.made, Waiting):
        st.fragment(_wait, run_every=_POLL_SECONDS)(token)


def _wait(token: str) -> None:
    if not isinstance(_look(token).made, Waiting):
        st.rerun()


def _show(hall: _Hall, link: Link) -> None:
    """Show where the listener stands: before the test, in the midst of it, or at its end."""
    word = word_of(st.query_params.get(_SECRET, ""))
    answers = _answers(link, word)
    ready = isinstance(hall.made, Stimuli)
    if not answers and not hall.problem:
        _ask_consent(link, ready)
    if not answers:
        return
    if isinstance(hall.made, Stimuli):
        _show_progress(link, hall.made, word)
    elif not hall.problem:
        st.markdown(_PREPARING)
    press_button(
        "Remove my answers",
        _remove,
        link,
        word,
        icon=":material/delete:",
        help="Here, for good; what was taken from here or published before stays as it is",
    )


def _answers(link: Link, word: str) -> int:
    """Return how many answers somebody has given here; whoever was not invited is nobody."""
    with suppress(MossError):
        return sum(a.invited and a.listener == word for a in kept_answers(link.folder))
    return 0


def _ask_consent(link: Link, ready: bool) -> None:
    st.markdown(
        "Two of three short sounds are the same: which? It takes two minutes, all by keys if you "
        "like. Headphones and a quiet room help; begin with the volume low."
    )
    with st.container(border=True):
        st.text(link.consent)
        st.caption(_KEPT)
    press_button(
        "I agree: begin" if ready else _PREPARING,
        _agree,
        link,
        key="agree",
        type="primary",
        icon=":material/hearing:",
        disabled=not ready,
    )


def _show_progress(link: Link, made: Stimuli, word: str) -> None:
    by_ear, pairs = (_sitting(link, made, word, kinds) for kinds in (BY_EAR, PAIRS))
    test = by_ear.test()
    if test.is_enough:
        result = _result(by_ear)
        st.markdown(f"**{result.title}** {result.words}")
    elif test.answers:
        st.markdown(f"{len(test.answers)} of {test.planned} answered.")
    else:
        st.markdown("The sounds are others than those that you heard: the test begins anew.")
    with st.container(horizontal=True, gap="small"):
        if not test.is_enough:
            _begin_button("Go on with the test", by_ear)
            press_button("I am somebody else", _leave, icon=":material/person_add:")
        elif not pairs.test().is_enough:
            _begin_button("Compare pairs", pairs)
    if test.is_enough:
        st.page_link(
            "app_pages/create.py", label="Hide an image in a sound of yours", icon=":material/add:"
        )


def _sitting(link: Link, made: Stimuli, word: str, kinds: tuple[Kind, ...]) -> Sitting:
    return Sitting(link.folder, made.step, made.positions, word, kinds, invited=True)


def _begin_button(label: str, sitting: Sitting) -> None:
    press_button(label, take, sitting, type="primary", icon=":material/hearing:")


def _agree(link: Link) -> None:
    made, secret = _look(link.token).made, new_token()
    if not isinstance(made, Stimuli):
        return
    sitting = _sitting(link, made, word_of(secret), BY_EAR)
    try:
        check_guests(sitting.folder, sitting.step, sitting.listener)
        sitting.test()
    except MossError as error:
        logger.error("a listening test could not be begun: %s", error)
        full = "listeners" in error.thing
        words = "It has all the listeners that it takes. Thank you." if full else _LATER
        memory.put(memory.LISTENING_ERROR, words)
        return
    st.query_params[_SECRET] = secret
    take(sitting)


def _leave() -> None:
    st.query_params.pop(_SECRET, None)


def _remove(link: Link, word: str) -> None:
    try:
        forget_answers(link.folder, {word})
    except MossError as error:
        logger.error("answers could not be removed: %s", error)
        memory.put(memory.LISTENING_ERROR, _LATER)
        return
    _leave()


def _booth(token: str, hall: _Hall) -> None:
    sitting = taken_in(hall.link.folder, invited=True) if hall.link else None
    opened = memory.get(memory.BOOTH)
    booth(
        "guest-booth",
        opened,
        _inside(hall, sitting) if sitting else None,
        hall.made.sample_rate if isinstance(hall.made, Stimuli) else 0,
        partial(_answer, token),
        partial(_close, opened),
        partial(_go_on_with, PAIRS),
        memory.pop(memory.ANSWER_ERROR),
    )


def _inside(hall: _Hall, sitting: Sitting) -> Question | Ending | str:
    """Return what is in the booth: the next trial, the end, or what is waited for."""
    kept = "What you answered is kept."
    if hall.problem:
        return Ending("This test has stopped.", f"{hall.problem} {kept}")
    if not isinstance(hall.made, Stimuli):
        return _PREPARING
    if hall.made.step != sitting.step:
        return Ending("The sounds are others now.", f"{kept} Begin anew, please.")
    try:
        test = sitting.test()
        trial = test.next_trial()
        return question(hall.made, test, trial) if trial else _result(sitting)
    except MossError as error:
        logger.error("a listening test cannot go on: %s", error)
        return Ending("It cannot be heard just now.", kept)


def _result(sitting: Sitting) -> Ending:
    """Return what is said at the end of a test."""
    thanks, positions = "It goes to whoever invited you.", sitting.positions
    if sitting.kinds == PAIRS:
        return Ending("That was all.", thanks)
    answers = kept_answers(sitting.folder, sitting.step)
    found = heard_by(positions, positions, answers, sitting.listener)
    if found.threshold.guessing:
        return Ending("That was all.", thanks)
    words = f"0 % is the music alone, 100 % the image alone. Thank you. {thanks}"
    return Ending(f"{found}.", words, "Go on with pairs (2 min)")


def _answer(token: str, number: int, answered: Side, seconds: float) -> None:
    link = find_link(token)
    sitting = taken_in(link.folder, invited=True) if link and not link.closed else None
    if sitting is None:
        return
    try:
        sitting.keep(number, answered, seconds)
    except MossError as error:
        logger.error("an answer could not be kept: %s", error)
        memory.put(memory.ANSWER_ERROR, "It could not be kept. Try it once more.")


def _go_on_with(kinds: tuple[Kind, ...]) -> None:
    sitting: Sitting | None = memory.get(memory.SITTING)
    if sitting:
        take(replace(sitting, kinds=kinds))


def _close(opened: int) -> None:
    """Leave the booth, unless it has been opened again: a browser may tell of a press twice."""
    if opened == memory.get(memory.BOOTH):
        memory.put(memory.SITTING, None)
