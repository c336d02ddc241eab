"""The slider along a front, which chooses the candidate on show."""

from __future__ import annotations

from background.job import Job
from components.run.view import pick
from components.widgets.faders import Fader, faders
from moss_core.optimization import Front


def candidate_slider(key: str, job: Job, front: Front, candidate: int) -> None:
    """Show the slider.

    Args:
        key: of the slider on the page.
        job: the run.
        front: its candidates, from the most track to the most image.
        candidate: index of the one on show, one of them.
    """
    order = [c.index for c in front.candidates]
    fader = Fader(
        "candidate",
        "Candidate",
        order.index(candidate),
        len(order) - 1,
        note="from most track to most image",
        names=tuple(str(front.number(index)) for index in order),
    )
    faders(key, "Candidate", [fader], lambda _, place: pick(job, order[place]))
