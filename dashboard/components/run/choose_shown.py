"""What of a run's candidates the pictures show: chosen in the player."""

from __future__ import annotations

from dataclasses import replace

from background.job import Job
from background.snapshots import Snapshot
from components.run.view import shown_of
from components.widgets.player import Choice
from moss_core.objectives import OWN_VIEWER, Viewer
from session import memory
from session.shared import installed

CHANNEL, VIEWER = "channel", "viewer"


def choices(snapshot: Snapshot) -> tuple[Choice, ...]:
    """Return what there is to choose: a channel, where there are several, and a program."""
    if not snapshot.heard:
        return ()
    now, names = shown_of(snapshot), snapshot.heard
    program = Choice(
        VIEWER,
        "As seen in",
        now.viewer.name if now.viewer else OWN_VIEWER,
        ((OWN_VIEWER, "MOSS"), *((viewer.name, viewer.label) for viewer in _others().values())),
        "How the picture looks in another program that is set to show just this part. "
        "Will others see it? on Front has a score for each, and the settings.",
    )
    if len(names) == 1:
        return (program,)
    channel = Choice(
        CHANNEL,
        "Picture of",
        str(now.channel),
        tuple((str(place), name.capitalize()) for place, name in enumerate(names)),
        "Whose picture is shown, such as the channel that you open in an editor.",
    )
    return channel, program


def choose(job: Job, id: str, value: str) -> None:
    """Show what was chosen; what is not offered is left out."""
    snapshot = job.look()
    if value not in {key for c in choices(snapshot) if c.id == id for key, _ in c.offered}:
        return
    now = shown_of(snapshot)
    shown = (
        replace(now, channel=int(value))
        if id == CHANNEL
        else replace(now, viewer=_others().get(value))
    )
    memory.put(memory.SHOWN, shown)
    job.show(shown)


def _others() -> dict[str, Viewer]:
    found = installed().viewers.items()
    return {name: entry.viewer for name, entry in found if name != OWN_VIEWER}
