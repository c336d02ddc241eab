"""The slider along a front, which chooses the candidate on show."""

from __future__ import annotations

from collections.abc import Sequence

from background.job import Job
from components.run.view import pick
from components.widgets.faders import Fader, faders


def candidate_slider(key: str, job: Job, order: Sequence[int], candidate: int) -> None:
    """Show the slider.

    Args:
        key: of the slider on the page.
        job: the run.
        order: indices of its candidates, from the most track to the most image.
        candidate: index of the one on show, one of them.
    """
    fader = Fader(
        "candidate",
        "Candidate",
        order.index(candidate),
        len(order) - 1,
        note="from most track to most image",
        names=tuple(str(index + 1) for index in order),
    )
    faders(key, "Candidate", [fader], lambda _, place: pick(job, order[place]))
