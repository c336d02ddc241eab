"""The files that people take home from a run."""

from __future__ import annotations

from background.encodings import part_shown, shown_of
from background.job import Job
from background.snapshots import Shown, Snapshot
from moss_core.runs import (
    CODECS,
    Certificate,
    certify_candidate,
    hybrid,
    picture_png,
    tagged,
)
from moss_core.synthesis import encode_picture, encode_sound


def sound_file(job: Job, candidate: int, kind: str) -> bytes:
    """Return the whole track with a candidate's canvas, as a kind of `FORMATS`."""
    snapshot = job.look()
    run, waveform = job.rendered(candidate, snapshot)
    sound = encode_sound(hybrid(run, waveform), run.track.sample_rate, kind)
    return tagged(run, candidate, sound, kind, snapshot.state)


def picture_file(job: Job, candidate: int, shown: Shown, axes: bool) -> bytes:
    """Return a PNG of a candidate's picture, with axes or one pixel a cell."""
    snapshot = job.look()
    run, waveform = job.rendered(candidate, snapshot)
    picture = encode_picture(shown_of(run, waveform, shown))
    if not axes:
        return tagged(run, candidate, picture, "png", snapshot.state)
    facts = (f"step {snapshot.rendered_at(candidate)}", *shown.words(snapshot.heard))
    title = f"{job.title}: candidate {snapshot.front.number(candidate)}, {', '.join(facts)}"
    drawn = picture_png(picture, part_shown(run, shown).canvas, title)
    return tagged(run, candidate, drawn, "png", snapshot.state)


def certificate_of(job: Job, candidate: int, snapshot: Snapshot, whole: bool) -> Certificate:
    """Return what others see of a candidate's file.

    Args:
        job: whose candidate it is.
        candidate: its index.
        snapshot: at whose step.
        whole: whether it is examined after codecs too.
    """
    run, waveform = job.rendered(candidate, snapshot)
    name = f"candidate {snapshot.front.number(candidate)}"
    if whole:
        return certify_candidate(run, waveform, name, tuple(CODECS))
    return certify_candidate(run, waveform, name)
