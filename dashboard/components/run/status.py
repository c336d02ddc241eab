"""How far a run is, whether it is on the disk, and what went wrong."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from background.cause import Cause
from background.job import Job
from background.snapshots import Snapshot
from components.widgets.failures import plain, show_failures
from moss_core.errors import MossError
from moss_core.runs import Library
from moss_core.words import count_text, minutes_text
from session import memory
from sources.cards import length_text

_PHASES = {
    "running": ":material/autorenew: Running",
    "paused": ":material/pause_circle: Paused",
    "finished": ":material/check_circle: Finished",
    "stopped": ":material/stop_circle: Stopped",
    "failed": ":material/error: Failed",
}


def show_progress(job: Job, snapshot: Snapshot) -> None:
    """Show the phase, the steps, and what is saved."""
    if snapshot.phase == "waiting":
        share = min(1.0, snapshot.step / max(1, snapshot.planned))
        st.progress(share, text=f":material/hourglass_top: {_waiting(job, snapshot)}")
        return
    if snapshot.phase == "preparing":
        text = "Preparing: loading the objectives, measuring track and image"
        st.progress(0.0, text=f":material/hourglass_top: {text}")
        return
    parts = [f"**{_PHASES[snapshot.phase]}**", f"step {snapshot.step} of {snapshot.planned}"]
    if snapshot.at_work and snapshot.waiting:
        count = len(snapshot.preferences)
        learning = count - len(snapshot.waiting)
        parts.append(f"{learning} of {count_text(count, 'candidate')} learn, the others join")
    if snapshot.steps_per_second is not None:
        parts.append(f"{snapshot.steps_per_second:.1f} steps/s")
    slow = job.waits_for if snapshot.phase == "running" else None
    if slow:
        parts.append(f"waiting for {plain(slow[0])} for {length_text(slow[1])}")
    if job.asked:
        parts.append(f"{'pausing' if job.asked == 'pause' else 'stopping'} after this step")
    elif snapshot.phase == "running" and snapshot.seconds_left is not None and not slow:
        parts.append(f"about {length_text(snapshot.seconds_left)} left")
    elif not snapshot.at_work and snapshot.history:
        parts.append(f"{length_text(snapshot.history[-1].seconds)} of learning")
    if saved := _saved(snapshot):
        parts.append(saved)
    share = min(1.0, snapshot.step / max(1, snapshot.planned))
    with st.container(gap=None):
        st.progress(share, text=" · ".join(parts))
        _say(snapshot, share)


def _waiting(job: Job, snapshot: Snapshot) -> str:
    """Return how long a run waits for its turn, and until it is done."""
    wait = job.wait
    if wait is None:
        return "Waiting for its turn."
    if not wait.ahead:
        return "Next in line."
    first = (
        f"{count_text(wait.ahead, 'other run')} {'has' if wait.ahead == 1 else 'have'} a turn first"
    )
    done = f"done in {minutes_text(wait.end)}"
    if snapshot.history:
        step = f"step {snapshot.step} of {snapshot.planned}"
        return f"{step} · {first}, then it goes on: in {minutes_text(wait.seconds)} · {done}"
    return f"{first}: it begins in {minutes_text(wait.seconds)} · {done}"


def _say(snapshot: Snapshot, share: float) -> None:
    """Tell who listens to the page how far it is, in tenths: more often would be a nuisance."""
    st.html(f'<p role="status" class="said">{snapshot.phase}, {10 * int(10 * share)} %</p>')


def _saved(snapshot: Snapshot) -> str:
    if snapshot.saved is None or snapshot.deleted or snapshot.save_error:
        return ""
    return "saved" if snapshot.saved == snapshot.step else f"saved up to step {snapshot.saved}"


def show_troubles(job: Job, snapshot: Snapshot) -> None:
    """Say what went wrong, and what is still there."""
    show_failures(snapshot.failures, "was switched off in this run")
    if snapshot.skipped:
        step, candidate = snapshot.skipped
        st.warning(
            f"Candidate {snapshot.front.number(candidate)} learned nothing at step {step}: its "
            "gradient was not finite. It stays as it was, and the others go on.",
            icon=":material/warning:",
        )
    if snapshot.deleted:
        st.warning(
            f"**{plain(job.title)}** was deleted from the library, perhaps in another tab. It is "
            "still here while this page is open; put it back to keep it.",
            icon=":material/delete:",
        )
    if snapshot.save_error:
        st.error(
            f"Not saved: {plain(snapshot.save_error)} The run is kept in memory, and saving is "
            "tried again while it runs and at every rest; take home what you want to be sure of.",
            icon=":material/save:",
        )
    if snapshot.cause and not (snapshot.at_work or snapshot.deleted):
        st.caption(f":material/info: {_cause(snapshot.cause)}")
    if snapshot.message:
        show = st.error if snapshot.phase == "failed" else st.info
        show(plain(snapshot.message), icon=":material/info:")
    if snapshot.details:
        with st.expander("Details"):
            st.code(snapshot.details, language=None)


def _cause(cause: Cause) -> str:
    return replace(cause, what=plain(cause.what)).words(memory.tab())


def undelete_button(job: Job) -> None:
    """Show the button that undoes the deletion of a run that is open."""
    st.button("Put it back", icon=":material/restore_from_trash:", on_click=undelete, args=(job,))


def undelete(job: Job) -> None:
    """Undo the deletion of a run that is open; it is written anew if it is gone for good."""
    with suppress(MossError):  # what was deleted long ago is gone; the job still has it all
        if job.folder:
            Library(job.folder.parent).undelete(job.token)
    job.undelete()
    memory.put(memory.DELETED, None)
