"""The page of somebody who was invited to listen: what they agree to, the test, the end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import streamlit as st

from components.listening.booth import Ending, Question, booth
from components.listening.questions import question
from components.widgets.failures import plain
from components.widgets.press import press_button
from moss_core.errors import MossError
from moss_core.listening import Kind, Side, by_listener, forget_answers, kept_answers, new_listener
from moss_core.machine import logger
from session import memory
from session.links import Link, link_to
from session.listening.heard import heard_by
from session.listening.sitting import BY_EAR, PAIRS, Sitting
from session.listening.stimuli import Stimuli, stimuli_of_link
from sources.made_later import Waiting

MOST_GUESTS = 50
"""Listeners by one link: a few are invited, and nobody fills the disk."""
_LISTENER = "listener"
"""What names somebody's random word in the address, by which a reloaded page goes on."""
_POLL_SECONDS = 1.0
_WIDTH = 680
"""Of the page's text in pixels: it is read, not scanned."""
_KEPT = (
    "Kept are your answers, when you gave them and how long each took, under a random word. No "
    "name, no address, nothing about your device. You can stop whenever you like, and remove your "
    "answers on this page."
)


def listening_page(link: Link) -> None:
    """Show the test of a run to somebody whom a link invites."""
    st.fragment(_part)(link)


def _part(link: Link) -> None:
    made, problem = _stimuli(link)
    with st.container(horizontal_alignment="center"), st.container(width=_WIDTH):
        st.title("Can you hear it?")
        st.markdown(f"A listening test: **{plain(link.title)}**")
        if link_to(link.folder, None) != link:
            st.markdown("Whoever invited you has ended this test. What you answered is kept.")
        elif problem:
            st.markdown(problem)
        else:
            _show(link, made)
    _booth(link, made)
    if isinstance(made, Waiting):
        st.fragment(_wait, run_every=_POLL_SECONDS)(link)


def _stimuli(link: Link) -> tuple[Stimuli | Waiting | None, str]:
    """Return what is played, or why nothing can be."""
    try:
        made = stimuli_of_link(link)
    except MossError as error:
        logger.error("a listening test could not be opened: %s", error)
        return None, "This test cannot be opened just now. Try the link again later."
    if isinstance(made, Stimuli) and len(made.positions) < 2:
        return None, "There is not enough to compare yet. Try the link again later."
    return made, ""


def _wait(link: Link) -> None:
    if not isinstance(_stimuli(link)[0], Waiting):
        st.rerun()


def _show(link: Link, made: Stimuli | Waiting | None) -> None:
    """Show where the listener stands: before the test, in the midst of it, or at its end."""
    listener = st.query_params.get(_LISTENER, "")
    answers = _answers(link, listener)
    if not answers:
        _ask_consent(link, made)
    elif isinstance(made, Stimuli):
        _show_progress(link, made, listener)
    if problem := memory.pop(memory.LISTENING_ERROR):
        st.error(plain(problem), icon=":material/error:")


def _answers(link: Link, listener: str) -> int:
    """Return how many answers somebody has given here; whoever was not invited is nobody."""
    with suppress(MossError):
        kept = kept_answers(link.folder)
        return sum(a.invited and a.listener == listener for a in kept)
    return 0


def _ask_consent(link: Link, made: Stimuli | Waiting | None) -> None:
    st.markdown(
        "Two of three short sounds are the same: which? It takes two minutes, all by keys if you "
        "like. Headphones and a quiet room help; begin with the volume low."
    )
    with st.container(border=True):
        if link.consent:
            st.text(link.consent)
        st.caption(_KEPT)
    ready = isinstance(made, Stimuli)
    press_button(
        "I agree: begin" if ready else "Preparing the sounds ...",
        _agree,
        link,
        key="agree",
        type="primary",
        icon=":material/hearing:",
        disabled=not ready,
    )


def _show_progress(link: Link, made: Stimuli, listener: str) -> None:
    by_ear, pairs = (
        Sitting(link.folder, made.step, listener, kinds, invited=True) for kinds in (BY_EAR, PAIRS)
    )
    test = by_ear.test(made.positions)
    if not test.is_enough:
        st.markdown(f"{len(test.answers)} of {test.planned} answered.")
    else:
        st.markdown(f"**{_result(made, by_ear).title}** Thank you for listening.")
    with st.container(horizontal=True, gap="small"):
        if not test.is_enough:
            _begin_button("Go on with the test", by_ear)
        elif not pairs.test(made.positions).is_enough:
            _begin_button("Compare pairs", pairs)
        press_button(
            "Remove my answers",
            _remove,
            link,
            listener,
            icon=":material/delete:",
            help="Nothing of what you said is kept then",
        )
    if test.is_enough:
        st.page_link(
            "app_pages/create.py", label="Hide an image in a sound of yours", icon=":material/add:"
        )


def _begin_button(label: str, sitting: Sitting) -> None:
    press_button(label, _begin, sitting, type="primary", icon=":material/hearing:")


def _agree(link: Link) -> None:
    made, _ = _stimuli(link)
    if not isinstance(made, Stimuli):
        return
    try:
        kept = kept_answers(link.folder)
    except MossError as error:
        logger.error("a listening test could not be begun: %s", error)
        memory.put(memory.LISTENING_ERROR, "It cannot be begun just now. Try it again later.")
        return
    if len(by_listener([answer for answer in kept if answer.invited])) >= MOST_GUESTS:
        words = f"This test has all the listeners that it takes ({MOST_GUESTS}). Thank you."
        memory.put(memory.LISTENING_ERROR, words)
        return
    listener = new_listener()
    st.query_params[_LISTENER] = listener
    _begin(Sitting(link.folder, made.step, listener, BY_EAR, invited=True))


def _begin(sitting: Sitting) -> None:
    memory.put(memory.SITTING, sitting)
    memory.put(memory.BOOTH, memory.get(memory.BOOTH) + 1)


def _remove(link: Link, listener: str) -> None:
    try:
        forget_answers(link.folder, listener)
    except MossError as error:
        logger.error("answers could not be removed: %s", error)
        memory.put(memory.LISTENING_ERROR, "They cannot be removed just now. Try it again later.")
        return
    st.query_params.pop(_LISTENER, None)


def _booth(link: Link, made: Stimuli | Waiting | None) -> None:
    sitting: Sitting | None = memory.get(memory.SITTING)
    opened = memory.get(memory.BOOTH)
    booth(
        "guest-booth",
        opened,
        _inside(link, made, sitting) if sitting else None,
        made.sample_rate if isinstance(made, Stimuli) else 0,
        partial(_answer, link),
        partial(_close, opened),
        partial(_go_on_with, PAIRS),
        memory.pop(memory.ANSWER_ERROR),
    )


def _inside(
    link: Link, made: Stimuli | Waiting | None, sitting: Sitting
) -> Question | Ending | str:
    """Return what is in the booth: the next trial, the end, or what is waited for."""
    if link_to(link.folder, None) != link:
        words = "Whoever invited you has ended it. What you answered is kept."
        return Ending("This test is over.", words)
    if isinstance(made, Waiting):
        return "Preparing the sounds ..."
    if made is None or made.step != sitting.step:
        return Ending(
            "The sounds are others now.", "What you answered is kept. Begin anew, please."
        )
    try:
        test = sitting.test(made.positions)
        trial = test.next_trial()
        if trial is not None:
            return question(made, test, trial)
        return _result(made, sitting)
    except MossError as error:
        logger.error("a listening test cannot go on: %s", error)
        return Ending("It cannot be heard just now.", "What you answered is kept.")


def _result(made: Stimuli, sitting: Sitting) -> Ending:
    """Return what is said at the end of a test."""
    thanks = "It goes to whoever invited you."
    if sitting.kinds == PAIRS:
        return Ending("That was all.", thanks)
    answers = kept_answers(sitting.folder, sitting.step)
    found = heard_by(made.positions, made.positions, answers, sitting.listener)
    if found.threshold.guessing:
        return Ending("That was all.", thanks)
    return Ending(f"{found}.", f"Thank you. {thanks}", "Go on with pairs (2 min)")


def _answer(link: Link, number: int, answered: Side, seconds: float) -> None:
    sitting: Sitting | None = memory.get(memory.SITTING)
    made, _ = _stimuli(link)
    if not sitting or not isinstance(made, Stimuli) or made.step != sitting.step:
        return
    if link_to(link.folder, None) != link:
        return
    try:
        sitting.keep(made.positions, number, answered, seconds)
    except MossError as error:
        logger.error("an answer could not be kept: %s", error)
        memory.put(memory.ANSWER_ERROR, "It could not be kept. Try it once more.")


def _go_on_with(kinds: Sequence[Kind]) -> None:
    sitting: Sitting | None = memory.get(memory.SITTING)
    if sitting:
        _begin(Sitting(sitting.folder, sitting.step, sitting.listener, tuple(kinds), invited=True))


def _close(opened: int) -> None:
    """Leave the booth, unless it has been opened again: a browser may tell of a press twice."""
    if opened == memory.get(memory.BOOTH):
        memory.put(memory.SITTING, None)
