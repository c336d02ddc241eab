"""Which objectives hear and see like whoever listened, and the weights that fit their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from background.job import Job
from background.snapshots import Snapshot
from moss_core.listening import (
    Agreement,
    Answer,
    FittedWeight,
    Measured,
    agreement,
    by_listener,
    fitted_weights,
    kept_answers,
    measured_by_all,
)
from moss_core.optimization import RunConfig
from moss_core.runs import LISTENING
from session.listening.sitting import BY_EAR, heard_positions, listening_of
from session.shared import find_job, installed, library, open_run
from sources.kept import Kept, size_of
from sources.made_later import MadeLater, Waiting

_MOST_BYTES = 1_000_000
_CLOSEST = 2
"""Objectives of a domain that weights are fitted for beside the run's own: more cost more time."""


@dataclass(frozen=True)
class Opinion:
    """What the answers of a run say of objectives.

    Args:
        title: of the run.
        answers: that it is from.
        whom: whose answers: of "you", or of "your listeners" where only those listened whom you
            invited.
        agreements: by the objective's name.
        weights: fitted, of the run's own objectives and those of each domain that agree most.
        config: of the run.
    """

    title: str
    answers: int
    whom: str
    agreements: Mapping[str, Agreement]
    weights: tuple[FittedWeight, ...]
    config: RunConfig


def listened_run(token: str | None) -> Job | None:
    """Return the run of this token, opened where need be, if somebody ever listened to it."""
    job = find_job(token)
    if job and job.folder:
        return job if (job.folder / LISTENING).exists() else None
    entry = library().find(token) if token else None
    if entry is None or not (library().path(entry.id) / LISTENING).exists():
        return None
    return open_run(entry.id)


def opinion(job: Job) -> Opinion | Waiting | None:
    """Return what the answers of a run say, or what it waits for; None where nobody listened.

    The installed objectives are measured on its candidates in the background, once a step.

    Raises:
        MossError: if the answers cannot be read, or the run has been let go of.
    """
    snapshot = job.look()
    if not snapshot.history and snapshot.phase != "failed":
        return Waiting(0)  # it is being opened
    assert job.folder is not None
    everyone = trusted(kept_answers(job.folder, snapshot.step), snapshot)
    own = tuple(answer for answer in everyone if not answer.invited)
    answers = own or everyone
    if not answers:
        return None
    plugins = installed()
    versions = tuple((i.objective.name, i.version) for i in plugins.installed.values())

    def make() -> tuple[Measured, ...]:
        with job.reading() as run:
            return measured_by_all(run, plugins)

    measured = _made_later().ask((job.folder, snapshot.step, versions), make)
    if isinstance(measured, Waiting):
        return measured
    key = job.folder, snapshot.step, versions, len(answers), answers[-1]
    return _opinions.once(key, lambda: _opinion(job, snapshot, measured, answers))


def _opinion(
    job: Job, snapshot: Snapshot, measured: Sequence[Measured], answers: Sequence[Answer]
) -> Opinion:
    found = agreement(measured, answers)
    closest = [
        one.name
        for domain in ("audio", "image")
        for one in [one for one in found if one.domain == domain and one.tau is not None][:_CLOSEST]
    ]
    chosen = {*closest, *(objective.name for objective in snapshot.objectives)}
    with job.reading() as run:
        config = run.config
    return Opinion(
        job.title,
        len(answers),
        "your listeners" if answers[0].invited else "you",
        {one.name: one for one in found},
        fitted_weights([one for one in measured if one.name in chosen], answers),
        config,
    )


def trusted(answers: Sequence[Answer], snapshot: Snapshot) -> tuple[Answer, ...]:
    """Return the answers of those who listened: whoever guessed is left out with all they said."""
    positions = heard_positions(snapshot.front)
    if len(positions) < 2:
        return ()
    guessed = {
        listener
        for listener in by_listener(answers)
        if listening_of(positions, answers, listener, BY_EAR).threshold().guessing
    }
    return tuple(answer for answer in answers if answer.listener not in guessed)


_opinions = Kept(_MOST_BYTES, size_of)


@st.cache_resource(show_spinner=False)
def _made_later() -> MadeLater:
    return MadeLater(Kept(_MOST_BYTES, size_of))
