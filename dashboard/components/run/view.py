"""What a page shows of a run: which candidate, which step, which pin, which axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from background.job import Job
from background.publisher import REPLAYED
from background.snapshots import Pin, Shown, Snapshot
from charts.plane import SHARES, Plane, has_shares, loss_plane
from components.widgets.details import details
from moss_core.objectives import Objective
from moss_core.optimization import Candidate, Shares
from session import memory
from sources.sound import Sound


@dataclass(frozen=True)
class View:
    """One look at a run through the session's choices.

    Args:
        job: the run.
        snapshot: what it published last.
        candidate: index of the candidate on show.
        candidates: those of the step on show.
        step: the step on show.
        replayed: that step if it is a past one; None: the latest.
        shown: what of the candidates the pictures show.
        picture: of the candidate at that step.
        sound: of the candidate; None if there is none for that step.
        note: what picture and sound are, for people.
        pin: to compare with; None if nothing is pinned.
        beside: indices of other candidates to compare with.
        channels: of the track; 0 before it is read.
        plane: what spans the front; None before there are objectives.
    """

    job: Job
    snapshot: Snapshot
    candidate: int
    candidates: tuple[Candidate, ...]
    step: int
    replayed: int | None
    shown: Shown
    picture: bytes
    sound: Sound | None
    note: str
    pin: Pin | None
    beside: tuple[int, ...]
    channels: int
    plane: Plane | None

    @property
    def number(self) -> int:
        """What people call the candidate on show."""
        return self.snapshot.front.number(self.candidate)

    @property
    def shares(self) -> Shares | None:
        """How far the candidate was at the step on show; None where it was not measured then."""
        found = next((c for c in self.candidates if c.index == self.candidate), None)
        return self.snapshot.front.shares(found.losses) if found else None


def view_of(job: Job, snapshot: Snapshot) -> View:
    """Look at a run's snapshot through what this session has chosen."""
    candidate, shown = picked(snapshot), shown_of(snapshot)
    replayed = replayed_step(snapshot)
    past, of_step = (None, 0) if replayed is None else _past_picture(job, replayed, candidate)
    picture = past or (job.picture(candidate, snapshot, shown) if snapshot.picture else b"")
    sound = job.sound(candidate, snapshot) if snapshot.picture else None
    step = snapshot.step if replayed is None else replayed
    if replayed is not None and past is None:
        note = f"replay: step {step} in numbers; its picture is not kept, this is the latest"
    elif replayed is not None:
        note = f"replay: step {step}" + ("" if of_step == step else f", picture of step {of_step}")
    elif not snapshot.history:
        note = "crossfade, nothing learned yet"
    else:
        rendered = snapshot.rendered_at(candidate)
        heard = f" (sound: step {sound.step})" if sound and sound.step != rendered else ""
        note = f"step {rendered}{heard}"
    of_it = (REPLAYED if past else shown).words(snapshot.heard)
    note = ", ".join((note, *of_it))
    return View(
        job=job,
        snapshot=snapshot,
        candidate=candidate,
        candidates=snapshot.candidates if replayed is None else job.candidates_at(replayed),
        step=step,
        replayed=replayed,
        shown=shown,
        picture=picture,
        sound=sound,
        note=note,
        pin=compared(snapshot),
        beside=tuple(other for other in beside(snapshot) if other != candidate),
        channels=snapshot.channels,
        plane=plane_of(snapshot),
    )


def pick(job: Job, candidate: int, *, from_chart: bool = False) -> None:
    """Show another candidate, and play it."""
    if not from_chart:
        memory.put(memory.CHART_EPOCH, memory.get(memory.CHART_EPOCH) + 1)
    if candidate in {c.index for c in job.look().candidates}:
        job.watch(candidate)
        memory.put(memory.PICKED, candidate)
        memory.put(memory.PLAYED, memory.get(memory.PLAYED) + 1)


def beside(snapshot: Snapshot) -> tuple[int, ...]:
    """Return the candidates that are compared side by side, as far as they are there."""
    known = {candidate.index for candidate in snapshot.candidates}
    return tuple(index for index in memory.get(memory.BESIDE) if index in known)


def picked(snapshot: Snapshot) -> int:
    """Return the candidate on show: the picked one, or the one that the run watches."""
    chosen = memory.get(memory.PICKED)
    known = {candidate.index for candidate in snapshot.candidates}
    if chosen in known:
        return int(chosen)
    return snapshot.watched


def shown_of(snapshot: Snapshot) -> Shown:
    """Return what of the candidates the pictures show, as far as the run has it."""
    chosen: Shown = memory.get(memory.SHOWN)
    return chosen if chosen.channel < max(1, len(snapshot.heard)) else Shown()


def replayed_step(snapshot: Snapshot) -> int | None:
    """Return the past step that the replay is at; None: the latest, live."""
    wanted = memory.get(memory.REPLAYED)
    return None if wanted is None or wanted >= snapshot.step else int(wanted)


def _past_picture(job: Job, step: int, candidate: int) -> tuple[bytes | None, int]:
    """Return the last picture that was kept of a candidate up to a step, and of which step."""
    for kept in reversed(job.look().recorded):
        if kept <= step and (picture := job.picture_at(kept, candidate)):
            return picture, kept
    return None, step


def compared(snapshot: Snapshot) -> Pin | None:
    """Return the pin to compare with: the chosen one, or the latest."""
    wanted = [pin for pin in snapshot.pins if pin.number == memory.get(memory.COMPARED)]
    return next(iter(wanted or snapshot.pins[-1:]), None)


def axes_of(snapshot: Snapshot) -> tuple[Objective, Objective] | None:
    """Return the two objectives that span the front, across and up, if there are any yet.

    They are those that were chosen, else the first of the audio and of the image domain.
    """
    if not snapshot.objectives:
        return None
    across = _axis(snapshot.objectives, "audio", memory.get(memory.ACROSS))
    others = [objective for objective in snapshot.objectives if objective is not across]
    return across, _axis(others, "image", memory.get(memory.UP))


def _axis(offered: Sequence[Objective], domain: str, wanted: str) -> Objective:
    named = [objective for objective in offered if objective.name == wanted]
    fitting = [objective for objective in offered if objective.domain == domain]
    return next(iter(named or fitting or offered))


def plane_of(snapshot: Snapshot) -> Plane | None:
    """Return what spans the front: shares, or with the terms of the field two losses."""
    if not details() and has_shares(snapshot):
        return SHARES
    axes = axes_of(snapshot)
    return loss_plane(snapshot, *axes) if axes else None


def directions(snapshot: Snapshot, plane: Plane) -> str:
    """Return in words what it means to lie where on the front."""
    if not plane.losses:
        return "Right: more of the image. Up: more of the track. Best is both."
    across, up = (snapshot.objectives[k] for k in plane.losses)
    closer = {"audio": "sounds closer to the track", "image": "looks closer to the image"}
    return f"Left: {closer[across.domain]}. Low: {closer[up.domain]}."
