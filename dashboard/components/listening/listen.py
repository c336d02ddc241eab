"""Can you hear it? A blind test of a run's front, for the ears of whoever it belongs to."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from components.listening.booth import Ending, Question, booth
from components.listening.invite import invite
from components.listening.questions import consequence, ending, question
from components.run.view import pick
from components.widgets.failures import plain
from components.widgets.press import press_button
from moss_core.errors import MossError
from moss_core.listening import Kind, Side, kept_answers
from session import memory
from session.listening.heard import Heard, heard
from session.listening.sitting import (
    BY_EAR,
    PAIRS,
    Sitting,
    begin,
    heard_positions,
    latest_listener,
    take,
    taken_in,
)
from session.listening.stimuli import stimuli
from sources.made_later import Waiting

_POLL_SECONDS = 0.5
_WAITING = "Cutting out the same seconds of each ..."
_KEY = "L"


def can_you_hear_it(job: Job) -> None:
    """Show what was heard of a run, and the way to the test; and the test while it is taken."""
    st.fragment(_part)(job)


def _part(job: Job) -> None:
    snapshot = job.look()
    folder = job.folder
    if folder is None or snapshot.saved is None or snapshot.deleted:
        return
    if len(heard_positions(snapshot.front)) < 2:
        return
    with st.container(border=True, gap="small", key="listening"):
        st.markdown("**:material/hearing: Can you hear it?**")
        _result(job, snapshot, folder)
        if problem := memory.pop(memory.LISTENING_ERROR):
            st.error(plain(problem), icon=":material/error:")
    _booth(job, snapshot, folder)
    if memory.pop(memory.LISTENED):
        st.rerun()  # the mark on the front is another one


def _result(job: Job, snapshot: Snapshot, folder: Path) -> None:
    """Show what was heard, and the ways to go on."""
    if taken_in(folder, invited=False):  # who is not to know yet
        st.markdown("You are listening just now.")
        return
    found = heard(folder, snapshot)
    if found is None:
        st.markdown(
            "Two minutes of blind listening, by keys alone if you like. What comes of it is a mark "
            "on the front: left of it you do not hear the image."
        )
        with st.container(horizontal=True, gap="small"):
            _begin_button("Begin the test", job, BY_EAR, again=True, first=True)
            invite(job, snapshot, folder)
        return
    count = f"{found.threshold.answers} of {found.planned} answered"
    if found.is_enough:
        st.markdown(f"**{found}.** {consequence(snapshot, found)} {found.together}")
    elif found.threshold.guessing:
        st.markdown(f"{count}.")
    else:
        st.markdown(f"{found} :gray[({count}; the more, the narrower)]")
    with st.container(horizontal=True, gap="small"):
        if not found.is_enough:
            _begin_button("Go on with the test", job, BY_EAR, first=True)
        elif found.candidate is not None:
            st.button(
                f"Show candidate {snapshot.front.number(found.candidate)}",
                key="show-heard",
                icon=":material/visibility:",
                on_click=pick,
                args=(job, found.candidate),
            )
        if found.is_enough and not found.threshold.guessing and _pairs_left(snapshot, folder):
            _begin_button("Compare pairs", job, PAIRS)
        _begin_button("Listen anew", job, BY_EAR, again=True, first=found.is_enough)
        invite(job, snapshot, folder)


def _pairs_left(snapshot: Snapshot, folder: Path) -> bool:
    try:
        listener = latest_listener(kept_answers(folder, snapshot.step)) or ""
        positions = heard_positions(snapshot.front)
        return not Sitting(folder, snapshot.step, positions, listener, PAIRS).test().is_enough
    except MossError:
        return False


def _begin_button(
    label: str, job: Job, kinds: tuple[Kind, ...], *, again: bool = False, first: bool = False
) -> None:
    at_work = job.look().at_work  # when this changes, the page is drawn anew
    press_button(
        label,
        _begin,
        job,
        kinds,
        again,
        key=f"listen-{label}",
        icon=":material/hearing:" if first else None,
        shortcut=_KEY if first else None,
        disabled=at_work,
        help="Once the run rests: its candidates still change" if at_work else None,
    )


def _begin(job: Job, kinds: tuple[Kind, ...], again: bool) -> None:
    assert job.folder is not None
    snapshot = job.look()
    positions = heard_positions(snapshot.front)
    try:
        take(begin(job.folder, snapshot.step, positions, kinds, again))
    except MossError as error:
        memory.put(memory.LISTENING_ERROR, str(error))


def _booth(job: Job, snapshot: Snapshot, folder: Path) -> None:
    sitting = taken_in(folder, invited=False)
    inside = _inside(job, snapshot, sitting) if sitting else None
    booth(
        "listening-booth",
        memory.get(memory.BOOTH),
        inside,
        snapshot.sample_rate,
        partial(_answer, job),
        partial(_close, memory.get(memory.BOOTH)),
        partial(_begin, job, PAIRS, False),
        memory.pop(memory.ANSWER_ERROR),
    )
    if isinstance(inside, str) and sitting:
        st.fragment(_wait, run_every=_POLL_SECONDS)(job, sitting)


def _inside(job: Job, snapshot: Snapshot, sitting: Sitting) -> Question | Ending | str:
    """Return what is in the booth: the next trial, the end, or what is waited for."""
    if snapshot.at_work or snapshot.step != sitting.step:
        words = "Its candidates are others now. What you answered is kept."
        return Ending("The run learned on.", words)
    try:
        made = stimuli(job, sitting)
        if isinstance(made, Waiting):
            return _WAITING
        test = sitting.test()
        trial = test.next_trial()
        if trial is None:
            found: Heard | None = heard(sitting.folder, snapshot)
            return ending(snapshot, found, sitting.kinds == PAIRS)
        return question(made, test, trial)
    except MossError as error:
        return Ending("It cannot be heard just now.", str(error))


def _wait(job: Job, sitting: Sitting) -> None:
    """Draw the page anew once the sounds are there."""
    try:
        ready = not isinstance(stimuli(job, sitting), Waiting)
    except MossError:
        ready = True  # which is then said
    if ready:
        st.rerun()


def _answer(job: Job, number: int, answered: Side, seconds: float) -> None:
    sitting, snapshot = taken_in(job.folder, invited=False), job.look()
    if sitting is None or sitting.step != snapshot.step:
        return
    try:
        sitting.keep(number, answered, seconds)
    except MossError as error:
        memory.put(memory.ANSWER_ERROR, str(error))


def _close(opened: int) -> None:
    """Leave the booth, unless it has been opened again: a browser may tell of a press twice."""
    if opened != memory.get(memory.BOOTH):
        return
    memory.put(memory.SITTING, None)
    memory.put(memory.LISTENED, True)
