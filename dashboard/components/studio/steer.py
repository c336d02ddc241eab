"""Pushing a run where one wants it: more image, more audio, a weight for each objective."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from background.commands import MORE_STEPS
from background.job import Job
from background.snapshots import Snapshot
from components.run.candidate_slider import candidate_slider
from components.run.view import View
from components.studio.effects import takes_effect, undo_words
from components.widgets.details import details
from components.widgets.faders import Fader, faders
from components.widgets.press import press_button
from moss_core.objectives import Objective
from moss_core.optimization import Preference, image_share, lean, reweigh
from session import memory

_PUSH = 0.1


def steer(view: View) -> None:
    """Show the candidate picker, and one weight on the image or one for each objective."""
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    with st.container(border=True, key="steer"):
        st.markdown(f"**Steer candidate {view.number}** :gray[(what it learns from now on)]")
        front = snapshot.front
        # A new one comes with the next step.
        if len(front.candidates) > 1 and candidate in {c.index for c in front.candidates}:
            candidate_slider("picker", job, front, candidate)
        if details() or not _can_lean(snapshot):
            _weights(view)
        else:
            _weight_on_image(view)
        st.caption(_effect(snapshot))
        if undo := undo_words(snapshot, candidate):
            st.caption(f"Undo: {undo[0].lower()}{undo[1:]}.")


def _weights(view: View) -> None:
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    percent = _percent(job.preference(candidate))
    faders(
        "weights",
        f"Weights of candidate {view.number}",
        [
            Fader(
                objective.name,
                objective.label,
                percent[index],
                100,
                note=objective.domain,
                help=objective.description,
                unit=" %",
                disabled=index not in snapshot.active,
            )
            for index, objective in enumerate(snapshot.objectives)
        ],
        partial(_reweigh, job, candidate),
        total=100,
    )


def _weight_on_image(view: View) -> None:
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    share = image_share(snapshot.objectives, job.preference(candidate))
    fader = Fader(
        "image",
        "Weight on the image",
        round(100 * share),
        100,
        note="the rest is on the track",
        unit=" %",
    )
    faders(
        "lean",
        f"Steer candidate {view.number}",
        [fader],
        lambda _, percent: _lean(job, candidate, percent / 100),
    )


def _can_lean(snapshot: Snapshot) -> bool:
    """Whether there is an image to lean to and a track to lean back to."""
    return {objective.domain for objective in snapshot.objectives} == {"image", "audio"}


def _percent(preference: Preference) -> list[int]:
    return [round(100 * weight) for weight in preference]


def _effect(snapshot: Snapshot) -> str:
    if snapshot.phase == "paused":
        return "The run is paused: a push takes effect when you resume."
    if snapshot.at_work:
        return "A push takes effect at the next step; nothing is lost."
    return f"A push sets the run going: it goes on from here for {MORE_STEPS} more steps."


def _reweigh(job: Job, candidate: int, name: str, percent: int) -> None:
    index = [objective.name for objective in job.look().objectives].index(name)
    memory.put(memory.REPLAYED, None)
    job.steer(candidate, reweigh(job.preference(candidate), index, percent / 100))


def push_buttons(view: View) -> None:
    """Show Better image, Better audio, and Undo."""
    snapshot, job, candidate = view.snapshot, view.job, view.candidate
    share = image_share(snapshot.objectives, job.preference(candidate))
    effect = takes_effect(snapshot)
    press_button(
        "Better audio",
        _push,
        job,
        candidate,
        -_PUSH,
        type="primary",
        icon=":material/hearing:",
        shortcut="A",
        disabled=share < 0.005,
        help=f"{_PUSH:.0%} more weight on sounding like the track; {effect}",
    )
    press_button(
        "Better image",
        _push,
        job,
        candidate,
        _PUSH,
        type="primary",
        icon=":material/image:",
        shortcut="I",
        disabled=share > 0.995,
        help=f"{_PUSH:.0%} more weight on looking like the image; {effect}",
    )
    press_button(
        "Undo",
        _undo,
        job,
        candidate,
        icon=":material/undo:",
        disabled=candidate not in snapshot.undoable,
        help=undo_words(snapshot, candidate) or "Takes back a push; there is none yet",
    )


def _push(job: Job, candidate: int, amount: float) -> None:
    share = image_share(job.look().objectives, job.preference(candidate))
    _lean(job, candidate, min(1.0, max(0.0, share + amount)))


def _lean(job: Job, candidate: int, share: float) -> None:
    objectives, preference = job.look().objectives, job.preference(candidate)
    weights = [weight for _, weight in job.request.config.objectives]
    kept = [
        value if _total(objectives, preference, place) > 0 else weights[place]
        for place, value in enumerate(preference)
    ]
    memory.put(memory.REPLAYED, None)
    job.steer(candidate, lean(objectives, kept, share))


def _total(objectives: Sequence[Objective], preference: Preference, place: int) -> float:
    """Return the weight of an objective's whole domain."""
    share = image_share(objectives, preference)
    return share if objectives[place].domain == "image" else 1 - share


def _undo(job: Job, candidate: int) -> None:
    memory.put(memory.REPLAYED, None)
    job.undo(candidate)
